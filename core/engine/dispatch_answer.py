"""What people's answer means for a run that a pipeline does: its yes leads on, all else ends the run."""

from core.domain.approvals import Approval, Status, how_it_ended
from core.domain.effects import PassGate
from core.domain.executions import Execution, Mode
from core.engine.dispatch_end import fail_elsewhere
from core.ports.database import Transaction

GATE = "dispatch"


def is_gate(execution: Execution, approval: Approval) -> bool:
    """Tell whether an approval stands between a run and its pipeline. What a pipeline asks itself bears its event key, or has no gate."""
    return execution.mode is Mode.CICD and approval.gate == GATE and approval.event_key is None


def heed(tx: Transaction, execution: Execution, approval: Approval) -> None:
    """Go on with a locked run whose approval has ended, in the transaction that ended it."""
    if not is_gate(execution, approval):
        return
    run = tx.executions.lock(execution.id)
    if run is None or run.outcome is not None:
        return
    if approval.status is Status.APPROVED:
        tx.outbox.put(PassGate(execution_id=run.id, approval_id=approval.id), tx.now())
    else:
        fail_elsewhere(tx, run, how_it_ended(approval))
