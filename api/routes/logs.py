"""The log of a run: whole, and as it grows."""

import re

from starlette.responses import Response

from api.call import Call, answer
from api.queries import Word
from api.route import ANYBODY, Operation
from api.schemas.logs import FlowLogsDto, LogUpdateDto, log_update, logs
from core.errors import Invalid

_OFFSET = re.compile("[0-9]{1,18}")


def get_logs(call: Call, id: str) -> Response:
    return answer(logs(call.use_cases.read_logs.read(call.caller, id)))


def stream_logs(call: Call, id: str, logOffset: Word = "0") -> Response:
    return answer(log_update(call.use_cases.read_logs.after(call.caller, id, parse_offset(logOffset))))


def parse_offset(text: str) -> int:
    if not _OFFSET.fullmatch(text):
        raise Invalid(("logOffset must be one that an earlier answer gave, or absent for the log from its beginning.",))
    return int(text)


ROUTES = [
    Operation("GET", "/{id}/logs", get_logs, id="getFlowLogs", summary="Get execution logs", roles=ANYBODY, answer=FlowLogsDto,
              refusals=(400, 404)),
    Operation("GET", "/{id}/logs/stream", stream_logs, id="getFlowLogsStream", summary="Stream execution logs incrementally", roles=ANYBODY,
              answer=LogUpdateDto, refusals=(400, 404)),
]
