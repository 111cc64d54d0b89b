"""Resources that one run has at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who has a resource of a project, and who waits for it, the longest first."""

    owner: str | None
    waiting: tuple[str, ...]


class Locks(Protocol):
    """Resources that one run has at a time, until it is settled. Their rows are locked after all runs and approvals."""

    def lock(self, project_id: str, resource: str) -> Standing: ...

    def take(self, project_id: str, resource: str, execution_id: str, at: datetime) -> None:
        """Give a resource that is locked and free to a run, which waits for it no more."""

    def wait(self, project_id: str, resource: str, execution_id: str, at: datetime) -> None:
        """Put a run at the end of the queue, once."""

    def leave(self, execution_id: str) -> list[str]:
        """Free what a locked run has, take it out of its queues, and return who is first now wherever it was and nobody is owner."""


class TrackedLocks(Protocol):
    """Locks that were taken elsewhere, each under a ticket."""

    def place(self, ticket_id: str) -> tuple[str, str] | None:
        """Return project and resource of a ticket, and keep others from moving it until this transaction ends."""

    def name(self, project_id: str, resource: str, ticket_id: str) -> None:
        """Give a locked resource this ticket, which is no other's any more."""

    def free(self, project_id: str, resource: str) -> None:
        """Take a locked resource from whoever has it."""

    def of_settled(self, limit: int) -> list[str]:
        """Return runs that have a lock though they are settled."""
