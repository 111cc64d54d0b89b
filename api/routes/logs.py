"""The log of a run: its end, as it grows, and whole as a ZIP."""

import re

from starlette.responses import Response, StreamingResponse

from api.archive import log_archive
from api.call import Call, answer
from api.queries import Word
from api.route import ANYBODY, Operation
from api.schemas.logs import FlowLogsDto, LogUpdateDto, log_update, logs
from core.errors import Invalid

ZIP = "application/zip"
_OFFSET = re.compile("[0-9]{1,18}")


def get_logs(call: Call, id: str) -> Response:
    return answer(logs(call.use_cases.read_logs.read(call.caller, id)))


def stream_logs(call: Call, id: str, logOffset: Word = "0") -> Response:
    return answer(log_update(call.use_cases.read_logs.after(call.caller, id, parse_offset(logOffset))))


def download(call: Call, id: str) -> Response:
    log = call.use_cases.read_logs.whole(call.caller, id)
    name = f"flow-logs-{log.execution.id}.zip"
    return StreamingResponse(log_archive(log), media_type=ZIP, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def parse_offset(text: str) -> int:
    if not _OFFSET.fullmatch(text):
        raise Invalid(("logOffset must be one that an earlier answer gave, or absent for the log from its beginning.",))
    return int(text)


ROUTES = [
    Operation("GET", "/{id}/logs", get_logs, id="getFlowLogs", summary="Get execution logs", roles=ANYBODY, answer=FlowLogsDto,
              refusals=(400, 404)),
    Operation("GET", "/{id}/logs/stream", stream_logs, id="getFlowLogsStream", summary="Stream execution logs incrementally", roles=ANYBODY,
              answer=LogUpdateDto, refusals=(400, 404)),
    Operation("GET", "/{id}/logs/download", download, id="downloadFlowLogs", summary="Download execution logs as a ZIP file", roles=ANYBODY,
              answer=None, media=ZIP, refusals=(400, 404)),
]
