"""Approvals, to be changed and to be found."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.approvals import Answer, Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballots:
    """Open approvals that are alike in whose answer they wait for: how many, and when the first of them lapses. `kind` is theirs alone."""

    kind: tuple[object, ...]
    project_id: str
    approvers: tuple[str, ...]
    among: tuple[str, ...]
    excluded: tuple[str, ...]
    self_approval: bool
    count: int
    next_lapse: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """An approval that is locked, and the time as it was read after that. `last_answer`: somebody's latest to another one of its run."""

    approval: Approval
    now: datetime
    last_answer: Answer | None


class Approvals(Protocol):
    def add(self, approval: Approval) -> bool:
        """Insert an open approval; tell whether no other open one has its ref, else nothing is inserted."""

    def discuss(self, approval_id: str, keys: Collection[str]) -> None:
        """Note where an approval is discussed, so that it is found there."""

    def exclude(self, approval_id: str, excluded: Collection[str]) -> None:
        """Store anew who may not answer a locked approval."""

    def lock(self, execution_id: str, *, gate: str | None = None, approval_id: str | None = None) -> Approval | None:
        """Lock an approval of a run that this transaction has locked: the open one, else the newest, of those at a gate or of that id."""

    def lock_and_look(self, execution_id: str, *, gate: str | None = None, approval_id: str | None = None,
                      person_id: str | None = None) -> Locked | None:
        """Lock likewise, and then look at the clock and at how a person answered another approval of the run, in one statement."""

    def save(self, approval: Approval, answer: Answer | None = None) -> None:
        """Store its state and an answer that is new or changed."""

    def end(self, approval: Approval, answer: Answer | None = None, *, nudge: bool) -> None:
        """Store likewise how it ended; its run is suspended no more, and rung. `nudge` our engine, where that moves the run."""

    def of_event_key(self, event_key: str) -> Approval | None:
        """Return the open approval with an event key, and keep others from opening one with it until this transaction ends."""


class ApprovalSearch(Protocol):
    def get(self, approval_id: str) -> Approval | None: ...

    def of_run(self, execution_id: str) -> list[Approval]:
        """Return all of a run, the newest first."""

    def of_runs(self, execution_ids: Collection[str]) -> dict[str, Approval]:
        """Return of each run the open one, else the newest."""

    def by_ref(self, ref: str) -> Approval | None: ...

    def discussed_at(self, keys: Collection[str], now: datetime) -> list[Approval]:
        """Return the open ones whose time is not over that are discussed at one of these places, the newest first."""

    def ended_there(self, key: str, since: datetime, now: datetime, limit: int) -> list[Approval]:
        """Return those that were discussed at a place since then and have ended, or whose time is over, the newest first."""

    def open(self, project_ids: Collection[str] | None, now: datetime, after: Approval | None, limit: int) -> list[Approval]:
        """Return the open ones until now, also those whose time is over, the oldest first, after another one. None: of all projects."""

    def overdue(self, now: datetime, limit: int) -> list[Approval]: ...

    def open_of_requester(self, person_id: str, rejected: int) -> tuple[int, list[datetime]]:
        """Count a person's own open requests, and tell when the last so many of them were rejected, the newest first."""

    def ballots(self, project_ids: Collection[str], person_id: str, now: datetime) -> list[Ballots]:
        """Return the open ones whose time is not over and that a person has not answered, counted by their kind."""

    def of_kinds(self, kinds: Collection[tuple[object, ...]], person_id: str, now: datetime, *, skip: int, limit: int) -> list[Approval]:
        """Return likewise those of some kinds, the oldest first."""
