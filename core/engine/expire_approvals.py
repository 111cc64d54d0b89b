"""Record that an approval's time is over."""

from dataclasses import dataclass
from datetime import datetime

from core.domain.approvals import Answer, Approval, expire
from core.domain.audit import event_of
from core.domain.executions import Execution, Mode
from core.domain.json import Json
from core.engine.dispatch_answer import heed
from core.ports.database import Database, Transaction

AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireApprovals:
    database: Database

    def sweep(self) -> int:
        """Expire what is overdue, each in its own transaction; return how many that were."""
        with self.database.read() as tx:
            overdue = tx.approval_search.overdue(tx.now(), AT_ONCE)
        return sum(self.expire(approval.execution_id) for approval in overdue)

    def expire(self, execution_id: str) -> bool:
        with self.database.begin() as tx:
            execution = tx.executions.lock(execution_id)
            approval = tx.approvals.lock(execution_id)
            if execution is None or approval is None:
                return False
            return expire_locked(tx, execution, approval, now=tx.now()) is not None


def expire_locked(tx: Transaction, execution: Execution, approval: Approval, *, now: datetime) -> Approval | None:
    """Expire an approval that is locked with its run, if its time is over; return it as it is then."""
    expired = expire(approval, now=now)
    if expired is None:
        return None
    end_locked(tx, execution, expired, kind="expire", actor="placet")
    return expired


def end_locked(tx: Transaction, execution: Execution, approval: Approval, answer: Answer | None = None, *, kind: str, actor: str) -> None:
    """Save how an approval ended: the run is rung in the same transaction, and the audit says so."""
    tx.approvals.end(approval, answer, nudge=execution.mode is Mode.FLOW)
    tx.audit.append(event_of(execution, kind, actor, approval_id=approval.id, **ending(approval), **_course(approval, answer)))
    heed(tx, execution, approval)


def ending(approval: Approval) -> dict[str, Json]:
    """Return what the audit says of an ended approval."""
    return {"status": approval.status, "by": approval.resolved_by, "digest": approval.digest, "reason": approval.reason}


def _course(approval: Approval, answer: Answer | None) -> dict[str, Json]:
    """Return how it came to its end: the surface of the last answer, and how long it took."""
    seconds = (approval.resolved_at - approval.requested_at).total_seconds() if approval.resolved_at else None
    return {"surface": answer.surface if answer else None, "seconds": seconds, **acting(answer)}


def acting(answer: Answer | None) -> dict[str, Json]:
    """Return what the audit says of an answer that was given in somebody's name."""
    return {"actedBy": answer.acted_by} if answer is not None and answer.acted_by is not None else {}
