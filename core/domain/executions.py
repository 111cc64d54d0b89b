"""A run: its states, and how a parent's follows from its children's. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.json import Json
from core.domain.work_items import WorkItem


class Status(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


TERMINAL = frozenset({Status.COMPLETED, Status.PARTIAL, Status.FAILED, Status.CANCELLED})


class Mode(StrEnum):
    """Who moves a run: our engine, a pipeline that reports back, or somebody's own workflow.

    Of the last, one that is registered has told of itself; a foreign one is a placeholder for what was asked on its behalf.
    """

    FLOW = "flow"
    CICD = "cicd"
    REGISTERED = "registered"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A row of `executions`. `initiators`: person ids and names of whoever started it, its ancestors, and what it reruns.

    `outcome` is how its own code ended; `settled_at`: nothing is left to do, no undo and no child. `payload` is without its secrets.
    `ended_by`: who cancelled it.
    `report_by`: until when a pipeline that may have been told of the run, by then, has to report again; None: no pipeline knows of it.
    """

    id: str
    project_id: str
    parent_id: str | None = None
    rerun_of: str | None = None
    mode: Mode = Mode.FLOW
    flow: str
    flow_version: int = 1
    task_type: str
    category: str
    payload: Mapping[str, Json]
    secrets: str | None = None
    callback: Mapping[str, Json] | None = None
    work_item: WorkItem | None = None
    scheduled: bool = False
    task_id: str | None = None
    engine_run_id: str | None = None
    schedule: str | None = None
    cicd_run_id: str | None = None
    cicd_run_url: str | None = None
    skip_reason: str | None = None
    dispatched_at: datetime | None = None
    reported_at: datetime | None = None
    report_by: datetime | None = None
    triggered_by: str
    triggered_by_id: str | None = None
    initiators: tuple[str, ...]
    status: Status = Status.PENDING
    outcome: Status | None = None
    result: Mapping[str, Json] | None = None
    error: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None
    settled_at: datetime | None = None

    @property
    def success(self) -> bool | None:
        return self.status is Status.COMPLETED if self.status in TERMINAL else None

    @property
    def duration_ms(self) -> int | None:
        if self.started_at is None or self.ended_at is None:
            return None
        return round((self.ended_at - self.started_at).total_seconds() * 1000)


def settled_status(own: Status, children: Sequence[Status]) -> Status:
    """Return how a run ends once its children have: its own failure or cancel stays, else all, some or none of them completed."""
    if own is not Status.COMPLETED or not children:
        return own
    if all(c is Status.COMPLETED for c in children):
        return Status.COMPLETED
    if any(c in (Status.COMPLETED, Status.PARTIAL) for c in children):
        return Status.PARTIAL
    return Status.FAILED
