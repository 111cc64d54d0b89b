"""The log of a run, as it goes out."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from core.domain.json import timestamp
from core.domain.logs import Line
from core.engine.read_logs import LogPart, RunLog


class LogLineDto(TypedDict):
    timestamp: str
    level: str
    message: str


class ChildLogsDto(TypedDict):
    id: str
    taskType: str
    status: str
    logs: str
    lines: list[LogLineDto]
    children: "list[ChildLogsDto]"
    truncated: NotRequired[bool]


class FlowLogsDto(TypedDict):
    id: str
    logs: str
    lines: list[LogLineDto]
    children: list[ChildLogsDto]
    truncated: NotRequired[bool]


class LogUpdateDto(TypedDict):
    id: str
    running: bool
    completed: bool
    status: str
    newLogs: str
    lines: list[LogLineDto]
    logOffset: str


def logs(log: RunLog) -> FlowLogsDto:
    children = [child_logs(c) for c in log.children]
    shown = FlowLogsDto(id=log.execution.id, logs=as_text(log.lines), lines=as_lines(log.lines), children=children)
    if log.truncated:
        shown["truncated"] = True
    return shown


def child_logs(log: RunLog) -> ChildLogsDto:
    return ChildLogsDto(**logs(log), taskType=log.execution.task_type, status=log.execution.status.value)


def log_update(part: LogPart) -> LogUpdateDto:
    """`completed`: nothing will be written any more; a run that is still taking back is not there yet."""
    completed = part.execution.settled_at is not None
    return LogUpdateDto(
        id=part.execution.id, running=not completed, completed=completed, status=part.execution.status.value, newLogs=as_text(part.lines),
        lines=as_lines(part.lines), logOffset=str(part.end))


def as_text(lines: Sequence[Line]) -> str:
    return "".join(f"{timestamp(line.at)} {line.level} {line.message}\n" for line in lines)


def as_lines(lines: Sequence[Line]) -> list[LogLineDto]:
    return [LogLineDto(timestamp=timestamp(line.at), level=line.level, message=line.message) for line in lines]
