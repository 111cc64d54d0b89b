"""Note which lock of somebody else's engine a run has, and let go of it when that run is over."""

from dataclasses import dataclass

from core.domain.audit import event_of
from core.domain.effects import RingNext
from core.domain.executions import Mode
from core.domain.people import Caller, project_key
from core.engine.sight import see_execution
from core.errors import Invalid, LockTaken
from core.ports.database import Database, Transaction

AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LockRun:
    """`ticket_id` is what the lock is known by where it was taken."""

    repository: str
    resource: str
    ticket_id: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackLock:
    database: Database

    def track(self, caller: Caller, told: LockRun) -> None:
        """Write down that a run has a lock; a ticket that came before stands for what it says now."""
        with self.database.begin() as tx:
            seen = see_execution(tx, caller, told.run_id)
            if project_key(told.repository) != project_key(seen.project.identifier):
                raise Invalid(("repository must name the project of the run that hatchetRunId names.",))
            tx.executions.lock_row(seen.execution.id)
            wanted = (seen.project.id, told.resource)
            before = tx.tracked_locks.place(told.ticket_id)
            standings = {place: tx.locks.lock(*place) for place in sorted({wanted, before or wanted})}
            if any(_has_another(tx, standing.owner, seen.execution.id) for standing in standings.values()):
                raise LockTaken(told.resource)
            now = tx.now()
            if before is not None and before != wanted and seen.execution.mode is not Mode.FLOW:  # a flow of ours may have it by itself
                tx.tracked_locks.free(*before)
                for first in standings[before].waiting[:1]:
                    tx.outbox.put(RingNext(execution_id=first), now)
            tx.locks.take(*wanted, seen.execution.id, now)
            tx.tracked_locks.name(*wanted, told.ticket_id)
            tx.audit.append(event_of(seen.execution, "lock", caller.name, resource=told.resource, ticket=told.ticket_id))

    def sweep(self) -> int:
        """Free what runs have that are over, each in its own transaction; return how many runs that were."""
        with self.database.read() as tx:
            over = tx.tracked_locks.of_settled(AT_ONCE)
        for execution_id in over:
            self._release(execution_id)
        return len(over)

    def _release(self, execution_id: str) -> None:
        with self.database.begin() as tx:
            tx.executions.lock_row(execution_id)
            first = tx.locks.leave(execution_id)
            now = tx.now()
            for each in first:
                tx.outbox.put(RingNext(execution_id=each), now)


def _has_another(tx: Transaction, owner: str | None, execution_id: str) -> bool:
    """Tell whether a lock is another run's that is not over yet."""
    if owner in (None, execution_id):
        return False
    run = tx.runs.get(str(owner))
    return run is not None and run.settled_at is None
