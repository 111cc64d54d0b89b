"""Runs, by themselves and by their relation."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.executions import Execution


class Executions(Protocol):
    def add(self, execution: Execution, due_at: datetime | None) -> None:
        """Insert a run; one that is due is nudged after the commit."""

    def lock(self, execution_id: str) -> Execution | None:
        """Lock a run and return it as it is then."""

    def lock_row(self, execution_id: str) -> None:
        """Lock a run of which nothing more is wanted."""

    def save(self, execution: Execution) -> None:
        """Store status, outcome, result, error and times of a run locked by this transaction."""

    def report(self, execution: Execution) -> None:
        """Store likewise, and what is between us and a pipeline: its run, when it was told and has reported, and until when it has to."""


class Family(Protocol):
    """Runs by their relation."""

    def children(self, execution_id: str) -> list[Execution]:
        """Return the direct ones, the oldest first."""

    def outline(self, execution_id: str) -> list[Execution]:
        """Return likewise, without payload, result and error."""

    def parents(self, execution_ids: Sequence[str]) -> dict[str, Execution]:
        """Return the parent of each run that has one, without payload, result and error."""

    def lock_descendants(self, execution_id: str) -> list[Execution]:
        """Lock a locked run's descendants, top down, also below those that have ended."""

    def settled(self, execution_id: str) -> bool:
        """Tell whether all children are."""

    def ancestors(self, execution_id: str) -> list[str]:
        """Return the ids of the runs above it."""

    def silent(self, now: datetime, limit: int) -> list[str]:
        """Return runs whose pipeline should have reported by now and has not, the longest silent first."""

    def under_way(self, flows: Collection[str], after: str, limit: int) -> list[str]:
        """Return runs of these types that their pipelines may be doing, by id, after another one."""

    def ended_elsewhere(self, limit: int) -> list[str]:
        """Return runs without stretches that have ended and are not settled."""


class Placeholders(Protocol):
    """Rows that runs of other engines come for, once they register."""

    def find(self, project_id: str, task_id: str) -> Execution | None:
        """Lock the foreign run that stands for a task id, and keep others from making one until this transaction ends."""

    def of_run(self, run_id: str) -> list[Execution]:
        """Lock the runs that an engine's run id names, and keep others from looking for it likewise until this transaction ends."""

    def waiting_rerun(self, execution_id: str) -> Execution | None:
        """Lock the newest rerun of a run that has not registered yet."""

    def take_over(self, execution: Execution, run_id: str | None) -> None:
        """Store all of a locked run anew, which is known by this run id, too."""
