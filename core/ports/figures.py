"""How the work stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Undelivered effects of one kind: how many, and since when the oldest."""

    kind: str
    depth: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckUndo:
    """A step that could not be taken back yet, after so many tries."""

    execution_id: str
    key: str
    tries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """An effect that has not been delivered yet, and why not the last time."""

    kind: str
    execution_id: str
    tries: int
    error: str | None


class Figures(Protocol):
    """How the work stands, as one who watches over it asks."""

    def open_approvals(self, now: datetime, ages: Sequence[timedelta]) -> list[int]:
        """Count the open approvals that are older than each of these ages."""

    def outbox(self) -> list[Waiting]: ...

    def undelivered(self, before: datetime, limit: int) -> list[Undelivered]:
        """Return what has waited since before that time, the oldest first."""

    def unreported(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """Return (id, flow) of runs that were handed to a pipeline before that time, and of which it has reported nothing yet."""

    def due(self, now: datetime) -> tuple[int, datetime | None]:
        """Count the runs that are due, whose lease has passed if somebody held them; since when the first of them is."""

    def failed_cards(self) -> int:
        """Count the conversations that do not take the card of an open request."""

    def stuck_undos(self, tries: int, limit: int) -> list[StuckUndo]: ...
