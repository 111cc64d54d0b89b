"""The approval of a run that asks nothing itself: what those of its children come to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.approvals import Approval, Status
from core.domain.executions import Execution

FIRST_OF = (Status.PENDING, Status.REJECTED, Status.EXPIRED, Status.STALE, Status.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitedApproval:
    """Nobody answers it: each child's approval is answered by itself."""

    execution_id: str
    task_type: str
    requested_by: str
    requested_at: datetime
    expires_at: datetime
    approvers: tuple[str, ...]
    status: Status


def unite(run: Execution, approvals: Sequence[Approval]) -> UnitedApproval:
    """Return what the approvals of a run's children, at least one, come to: open while one is, approved only if all are."""
    states = {approval.status for approval in approvals}
    still = [approval for approval in approvals if approval.status is Status.PENDING]
    return UnitedApproval(
        execution_id=run.id, task_type=run.task_type, requested_by=run.triggered_by,
        requested_at=min(approval.requested_at for approval in approvals),
        expires_at=min(approval.expires_at for approval in still) if still else max(approval.expires_at for approval in approvals),
        approvers=tuple(dict.fromkeys(each for approval in approvals for each in approval.approvers)),
        status=next((status for status in FIRST_OF if status in states), Status.APPROVED))
