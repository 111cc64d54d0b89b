"""A row of a run's journal: what the run has done, by position. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.executions import Status
from core.domain.json import Json

UNDO_BACKOFF_LIMIT = timedelta(minutes=5)


class Kind(StrEnum):
    STEP = "step"
    APPROVAL = "approval"
    SLEEP = "sleep"
    NOW = "now"
    SPAWN = "spawn"
    CHILDREN = "children"
    LOCK = "lock"
    UNDO = "undo"


class State(StrEnum):
    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`key` is the name and how often it occurred (`grant#1`); `undo` a registered effect's name; secrets are sealed apart."""

    position: int
    key: str
    kind: Kind
    state: State
    arguments: Json = None
    secrets: str | None = None
    result: Json = None
    result_secrets: str | None = None
    error: str | None = None
    tries: int = 0
    undo_tries: int = 0
    retry_at: datetime | None = None
    undo: str | None = None
    effect_key: str | None = None
    begun_at: datetime | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """How a flow type tries a failing step again: up to `tries` in all, `first` apart, then twice as long each time."""

    tries: int = 3
    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=1)

    def wait(self, tries: int) -> timedelta:
        """Return the time to wait after so many tries."""
        wait: timedelta = self.first * 2 ** min(tries - 1, 20)
        return min(wait, self.longest)


UNDO_RETRY = Retry(longest=UNDO_BACKOFF_LIMIT)


def effect_key(execution_id: str, position: int) -> str:
    """Return the idempotency key that every try of a step carries."""
    return f"{execution_id}:{position}"


def left_to_undo(journal: Mapping[int, Step], outcome: Status) -> Step | None:
    """Return the last step that has to be taken back; a run that returned keeps what it did, but not a step that it gave up."""
    for position in sorted(journal, reverse=True):
        step = journal[position]
        if step.undo is None or step.kind is not Kind.STEP:
            continue
        if step.state is State.FAILED or step.state in (State.BEGUN, State.DONE) and outcome is not Status.COMPLETED:
            return step
    return None
