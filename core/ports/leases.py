"""Whose turn a run is, and who holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.executions import Execution, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A run that a worker holds since `at`: `attempt` is its fencing number, `seen` its wake counter then.

    `lost`: how many claims in a row ended without any progress.
    """

    execution: Execution
    attempt: int
    seen: int
    lost: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the fence found: the run's outcome (set by a cancel, perhaps) and its wake counter now, and the run itself if it was wanted."""

    outcome: Status | None
    wake: int
    execution: Execution | None = None

    def run(self) -> Execution:
        """Return the run as it is behind the fence."""
        assert self.execution is not None
        return self.execution


class Leases(Protocol):
    """Whose turn it is, and who holds it."""

    def claim(self, versions: Mapping[str, int], lease: timedelta, execution_id: str | None = None) -> Claim | None:
        """Take a run that is due: of these flows in no newer version, or of any flow once its outcome is set."""

    def hold(self, execution_id: str, attempt: int, renew: timedelta | None = None, *, whole: bool = False) -> Held | None:
        """Lock a run and pass the fence; None if the run is not held under this number any more. `renew`: from now, the lease.

        `whole`: return the run as well, as it is now.
        """

    def progress(self, execution_id: str) -> None:
        """Forget the claims that were lost: the run gets on."""

    def park(self, execution_id: str, due_at: datetime | None) -> None:
        """Let go of a run that this transaction has passed the fence of."""

    def ring(self, execution_id: str) -> None:
        """Count a wake; a run that nobody holds is due now, a settled one never."""

    def next_due(self, versions: Mapping[str, int]) -> timedelta | None:
        """Return how long it is until the next run is due; None if none will be by itself."""

    def unclaimed(self, versions: Mapping[str, int], than: timedelta, limit: int) -> list[tuple[str, str]]:
        """Return (id, flow) of runs that `claim` leaves alone and that have been due for longer than that: nobody holds them any more."""
