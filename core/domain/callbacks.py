"""What programs are told of a run, in the contract's words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from core.domain.approvals import Approval
from core.domain.approvals import Status as ApprovalStatus
from core.domain.executions import TERMINAL, Execution
from core.domain.json import Json, canonical, timestamp

WEBHOOK = "webhook"
# https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: the first is at once
WAITS = (*(timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30)),
         *(timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)))
MOST_TRIES = len(WAITS) + 1


class Event(StrEnum):
    STARTED = "started"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ENDS: Mapping[ApprovalStatus, Event] = {
    ApprovalStatus.APPROVED: Event.APPROVED, ApprovalStatus.REJECTED: Event.REJECTED, ApprovalStatus.EXPIRED: Event.EXPIRED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A message to a program, the same at every try: `id` is what the receiver knows it by, `about` the run or request that it tells of.

    `delivered_at`, `set_aside_at`: whether it arrived, or nobody tries any more, for the reason in `error`.
    """

    id: str
    execution_id: str
    approval_id: str | None
    about: str
    event: Event
    body: str = field(repr=False)
    put_at: datetime
    delivered_at: datetime | None = None
    set_aside_at: datetime | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSecret:
    """What signs callbacks: those of one run, or of a project's runs that have none of their own."""

    id: str
    project_id: str
    execution_id: str | None
    sealed: str = field(repr=False)
    made_at: datetime


def wait(tries: int) -> timedelta:
    """Return the time to wait after so many tries."""
    return WAITS[min(tries, len(WAITS)) - 1]


def address_of(callback: Mapping[str, Json] | None) -> str | None:
    """Return where a program listens, if that is where a callback leads."""
    url = callback.get("url") if callback is not None and callback.get("type") == WEBHOOK else None
    return url if isinstance(url, str) else None


def listener(url: str) -> str:
    """Return the host that an address names, as the one that has to take part."""
    try:
        return f"callback:{urlsplit(url).hostname}"
    except ValueError:
        return "callback:"


def event_of(kind: str, execution: Execution, approval: Approval | None) -> Event | None:
    """Return what a kind of audit row is to a program; None: nothing. How a run ended is told once nothing is left to take back."""
    match kind:
        case "start":
            return Event.STARTED
        case "ask":
            return Event.APPROVAL_REQUESTED
        case "decide" | "reject" | "expire" if approval is not None:
            return _ENDS.get(approval.status)
        case "settle" if execution.status in TERMINAL:
            return Event(execution.status.value)
    return None


def body_of(event: Event, execution: Execution, project: str, approval: Approval | None, at: datetime) -> str:
    """Return the message: only what stays as it is, however late it is written. Nothing secret is in it, nor any parameter."""
    told: dict[str, Json] = {
        "id": execution.id, "taskType": execution.task_type, "repositoryIdentifier": project, "triggeredBy": execution.triggered_by,
        "createdAt": timestamp(execution.created_at)}
    if approval is not None and event in (Event.APPROVAL_REQUESTED, *_ENDS.values()):
        told["approval"] = _request(approval, ended=event is not Event.APPROVAL_REQUESTED)
    elif event is not Event.STARTED:
        told |= {"status": execution.status.value, "success": execution.success}
        told |= {"endedAt": timestamp(execution.ended_at)} if execution.ended_at else {}
        told |= {"error": execution.error} if execution.error is not None else {}
    return canonical({"type": event.value, "timestamp": timestamp(at), "data": told}).decode()


def _request(approval: Approval, *, ended: bool) -> dict[str, Json]:
    told: dict[str, Json] = {
        "ref": approval.ref, "requestedBy": approval.requested_by, "requestedAt": timestamp(approval.requested_at),
        "expiresAt": timestamp(approval.expires_at), "digest": approval.digest,
        "status": approval.status.value if ended else ApprovalStatus.PENDING.value}
    if ended:
        told |= {"resolvedBy": approval.resolved_by} if approval.resolved_by is not None else {}
        told |= {"resolvedAt": timestamp(approval.resolved_at)} if approval.resolved_at else {}
        told |= {"reason": approval.reason} if approval.reason is not None else {}
    return told
