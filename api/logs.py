"""Structured logs: one event is one line of JSON, without bodies and tokens."""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from core.domain.json import timestamp
from core.domain.logs import clean

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
_USUAL = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "color_message"}


class JsonFormatter(logging.Formatter):
    """What is given as `extra` stands beside the event's name."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": timestamp(datetime.fromtimestamp(record.created, UTC)), "level": record.levelname, "logger": record.name,
            "event": clean(record.getMessage())}
        if found := request_id.get():
            line["request_id"] = found
        line |= {k: _plain(v) for k, v in vars(record).items() if k not in _USUAL}
        if record.exc_info:
            line["traceback"] = clean(self.formatException(record.exc_info))
        return json.dumps(line)


def _plain(value: object) -> object:
    return value if value is None or isinstance(value, bool | int | float) else clean(str(value))


def configure_logs(level: str) -> None:
    """Write everything to standard error, the server's own lines too; what it says of each request we say ourselves."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
    for noisy in ("httpx", "httpcore", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
