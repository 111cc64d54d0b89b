"""Fail a run that its pipeline is not to do, or does not: what it still asks people is asked no more."""

from core.domain.approvals import Status, resolve
from core.domain.executions import Execution
from core.engine.dispatch_end import fail_elsewhere
from core.engine.expire_approvals import end_locked, expire_locked
from core.ports.database import Transaction


def give_up(tx: Transaction, execution: Execution, error: str) -> None:
    """End a locked run as failed, then a question of its pipeline's that is still open."""
    fail_elsewhere(tx, execution, error)
    approval, now = tx.approvals.lock(execution.id), tx.now()
    if approval is not None and approval.status is Status.PENDING and expire_locked(tx, execution, approval, now=now) is None:
        end_locked(tx, execution, resolve(approval, Status.STALE, by=None, reason=None, now=now), kind="stale", actor="placet")
