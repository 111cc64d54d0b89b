"""How a run ends that does not run here: by what is reported, or because nothing can come of it."""

from dataclasses import replace
from datetime import datetime

from core.domain.audit import event_of
from core.domain.executions import Execution, Status
from core.ports.database import Transaction


def ended(tx: Transaction, execution: Execution, status: Status, now: datetime) -> Execution:
    """Return a locked run with its outcome. One that has children has ended when they have, too, unless it was cancelled."""
    if status is not Status.CANCELLED and tx.family.outline(execution.id):
        return replace(execution, status=Status.RUNNING, outcome=status)
    return replace(execution, status=status, outcome=status, ended_at=now)


def fail_elsewhere(tx: Transaction, execution: Execution, error: str) -> None:
    """Fail a locked run; the sweeper settles it."""
    tx.executions.report(replace(ended(tx, execution, Status.FAILED, tx.now()), error=error))
    tx.audit.append(event_of(execution, "return", outcome=Status.FAILED, error=error))
