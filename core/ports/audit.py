"""The audit: appended, followed, and shortened."""

from datetime import datetime
from typing import Protocol

from core.domain.audit import Event
from core.domain.chains import AuditRow, Checkpoint, Link


class Audit(Protocol):
    def append(self, event: Event) -> None:
        """Add a row to the project's chain, whose head is locked as the last thing in the transaction."""


class AuditChains(Protocol):
    """The audit's chains, to be verified, exported and looked at."""

    def projects(self) -> list[str]:
        """Return whose chains there are, or should be; empty: the installation's."""

    def bounds(self, project_id: str) -> tuple[int | None, int | None, Link | None]:
        """Return the numbers of the first and last row there is; then, read after them, the chain's head."""

    def rows(self, project_id: str, after: int, upto: int | None, limit: int) -> list[AuditRow]: ...

    def latest(self, project_id: str, before: int | None, limit: int) -> list[AuditRow]:
        """Return the last rows of a chain, or the last before a number, the newest first."""

    def of_run(self, execution_id: str, limit: int) -> list[AuditRow]:
        """Return what happened to a run, the oldest first, the latest of it if there is more."""

    def checkpoints(self, project_id: str) -> list[Checkpoint]: ...


class AuditPurge(Protocol):
    """Beginnings of the audit's chains, to be replaced by checkpoints."""

    def purgeable(self, project_id: str, before: datetime) -> int | None:
        """Return the last row of the beginning that is older than that, and tells of no run that is not settled."""

    def link(self, project_id: str, seq: int) -> Link: ...

    def keep(self, checkpoint: Checkpoint) -> None:
        """Insert a checkpoint, or replace the one at its place."""

    def drop(self, project_id: str, upto: int) -> None:
        """Delete the rows of a chain up to there, and the checkpoints."""
