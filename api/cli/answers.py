"""What the service answers, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from core.domain.json import Json, parse_timestamp

Body: TypeAlias = Mapping[str, Any]
ENDED = frozenset({"completed", "partial", "failed", "cancelled"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    run_id: str
    status: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    approvers: tuple[str, ...]
    context: Mapping[str, Json]
    ref: str
    digest: str
    risk: str
    required: int
    answers: int
    resolved_by: str | None
    resolved_at: datetime | None
    question: str
    """What is asked, in one line; empty where the flow's parameters say it all."""

    @property
    def whom_to_ask(self) -> str:
        return ", ".join(self.approvers) or "the project's owners"

    @property
    def reason(self) -> str | None:
        reason = self.context.get("reason") if self.status == "rejected" else None
        return str(reason) if reason is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """`status` is the stored word in lower case, or the contract's where only that is told."""

    id: str
    task_type: str
    flow: str
    status: str
    created_at: datetime
    duration_ms: int | None
    triggered_by: str
    payload: Mapping[str, Json]
    result: Json
    error: str | None
    parent_id: str | None
    rerun_of: str | None
    pipeline: bool
    page: str | None
    """Of a run that a pipeline does: where that can be looked at."""
    skipped: str | None
    """By whose break-glass nobody was asked, and why."""
    approval: Approval | None
    children: tuple["Run", ...]

    @property
    def ended(self) -> bool:
        return self.status.lower() in ENDED

    @property
    def went_well(self) -> bool:
        return self.status.lower() == "completed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    at: datetime
    level: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    id: str
    task_type: str
    lines: tuple[LogLine, ...]
    truncated: bool
    children: tuple["RunLog", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    status: str
    completed: bool
    lines: tuple[LogLine, ...]
    offset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    description: str
    type: str
    required: bool
    default: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowType:
    id: str
    name: str
    description: str
    category: str
    parameters: tuple[Parameter, ...]


def parse_approval(body: Body) -> Approval:
    resolved_at = body.get("resolvedAt")
    return Approval(
        run_id=body["id"], status=body["status"], requested_by=body["requestedBy"], requested_at=parse_timestamp(body["requestedAt"]),
        expires_at=parse_timestamp(body["expiresAt"]), approvers=tuple(body["approvers"]), context=body["context"], ref=body.get("ref", ""),
        digest=body.get("digest", ""), risk=body.get("risk", "normal"), required=body.get("required", 1),
        answers=_count(body.get("answers", ())),
        resolved_by=body.get("resolvedBy"), resolved_at=parse_timestamp(resolved_at) if resolved_at else None,
        question=body.get("question", ""))


def _count(answers: int | Sequence[Any]) -> int:
    return answers if isinstance(answers, int) else len(answers)


def parse_run(body: Body) -> Run:
    approval = body.get("approval")
    return Run(
        id=body["id"], task_type=body.get("taskType", body["flowPath"]), flow=body["flowPath"], status=body["status"],
        created_at=parse_timestamp(body["createdAt"]), duration_ms=body.get("durationMs"), triggered_by=body.get("triggeredBy", ""),
        payload=body.get("payload", {}), result=body.get("result"), error=body.get("error"), parent_id=body.get("parentExecutionId"),
        rerun_of=body.get("rerunOfExecutionId"), pipeline=body.get("executionMode") == "cicd", page=body.get("cicdRunUrl"),
        skipped=_skipped(body), approval=parse_approval(approval) if approval else None,
        children=tuple(parse_run(child) for child in body.get("children", ())))


def _skipped(body: Body) -> str | None:
    return f"{body['skippedBy']}: {body['skipReason']}" if "skippedBy" in body else None


def parse_lines(bodies: Sequence[Body]) -> tuple[LogLine, ...]:
    return tuple(LogLine(at=parse_timestamp(b["timestamp"]), level=b["level"], message=b["message"]) for b in bodies)


def parse_log(body: Body) -> RunLog:
    return RunLog(
        id=body["id"], task_type=body.get("taskType", ""), lines=parse_lines(body["lines"]), truncated=body.get("truncated", False),
        children=tuple(parse_log(child) for child in body.get("children", ())))


def parse_log_part(body: Body) -> LogPart:
    return LogPart(status=body["status"], completed=body["completed"], lines=parse_lines(body["lines"]), offset=body["logOffset"])


def parse_flow_type(body: Body) -> FlowType:
    return FlowType(id=body["id"], name=body["name"], description=body["description"], category=body["category"], parameters=tuple(
        Parameter(name=p["name"], description=p["description"], type=p["type"], required=p["required"], default=p.get("default"))
        for p in body.get("parameters", ())))
