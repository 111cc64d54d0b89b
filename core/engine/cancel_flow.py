"""Cancel a run and everything below it, or only what is below."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.domain.approvals import Status as ApprovalStatus
from core.domain.approvals import resolve
from core.domain.audit import event_of
from core.domain.effects import CancelDispatch
from core.domain.executions import Execution, Status
from core.domain.people import Caller
from core.engine.expire_approvals import end_locked, expire_locked
from core.engine.sight import see_execution
from core.errors import AlreadyEnded, NotFound
from core.ports.database import Database, Transaction

REASON = "execution cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """`children`: how many descendants were cancelled with the run."""

    execution_id: str
    children: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelledChildren:
    """`ids`: the descendants of a run that were cancelled, the upper ones first."""

    execution_id: str
    ids: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelFlow:
    database: Database

    def cancel(self, caller: Caller, target: str) -> Cancelled:
        """Set the outcome of a run and of its live descendants; what they did is undone by whoever holds or claims them next.

        One whose pipeline may know of it is called off there, too; one that was not handed over yet never is.
        """
        with self.database.begin() as tx:
            return cancel_seen(tx, caller, see_execution(tx, caller, target).execution.id)

    def cancel_children(self, caller: Caller, target: str) -> CancelledChildren:
        """Cancel the live descendants of a run, which itself stays as it is and may have ended."""
        with self.database.begin() as tx:
            execution_id = see_execution(tx, caller, target).execution.id
            tx.executions.lock_row(execution_id)
            live = [child for child in tx.family.lock_descendants(execution_id) if child.outcome is None]
            for each in live:
                _cancel_locked(tx, each, caller)
        return CancelledChildren(execution_id=execution_id, ids=[each.id for each in live])


def cancel_seen(tx: Transaction, caller: Caller, execution_id: str) -> Cancelled:
    """Cancel a run that its caller sees and may cancel, with all that lives below it."""
    execution = tx.executions.lock(execution_id)
    if execution is None:
        raise NotFound("execution")
    if execution.outcome is Status.CANCELLED:
        return Cancelled(execution_id=execution.id, children=0)
    below = tx.family.lock_descendants(execution.id)
    live = [child for child in below if child.outcome is None]
    if execution.outcome is not None:
        raise AlreadyEnded(execution.outcome, len(live))
    for each in (execution, *live):
        _cancel_locked(tx, each, caller)
    return Cancelled(execution_id=execution.id, children=len(live))


def _cancel_locked(tx: Transaction, execution: Execution, caller: Caller) -> None:
    approval = tx.approvals.lock(execution.id)
    now = tx.now()
    cancelled = replace(execution, outcome=Status.CANCELLED, status=Status.CANCELLED, ended_at=now, ended_by=caller.name)
    tx.executions.save(cancelled)
    if approval is None or approval.status is not ApprovalStatus.PENDING:
        tx.leases.ring(execution.id)
    elif expire_locked(tx, cancelled, approval, now=now) is None:
        rejected = resolve(approval, ApprovalStatus.REJECTED, by=caller.subject, reason=REASON, now=now)
        end_locked(tx, cancelled, rejected, kind="reject", actor=caller.name)
    if execution.report_by is not None:
        tx.outbox.put(CancelDispatch(execution_id=execution.id, flow=execution.flow), now)
    tx.audit.append(event_of(execution, "cancel", caller.name))
