"""Look at approvals."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.approvals import Approval
from core.domain.executions import Execution
from core.domain.people import Caller
from core.engine.sight import see_execution, sees, visible_projects
from core.errors import NotFound
from core.ports import Database, Transaction

REF_LENGTH = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildApproval:
    execution: Execution
    approval: Approval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """An approval as it is now, below its parent and above its run's children."""

    approval: Approval
    parent: Execution | None = None
    children: Sequence[ChildApproval] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FindApprovals:
    database: Database

    def get(self, caller: Caller, target: str) -> ApprovalView:
        """Return the open approval of a run, else its newest; `target`: an id of the run, or the approval's ref."""
        with self.database.read() as tx:
            execution, approval = see_approval(tx, caller, target)
            return view(tx, execution, approval)

    def pending(self, caller: Caller) -> list[ApprovalView]:
        """Return all open ones that the caller sees, the oldest first."""
        with self.database.read() as tx:
            projects = visible_projects(tx, caller)
            found = [a for a in tx.approval_search.open(projects, tx.now())
                     if caller.execution is None or tx.runs.below(a.execution_id, caller.execution)]
            parents = tx.family.parents([a.execution_id for a in found])
            return [ApprovalView(approval=a, parent=parents.get(a.execution_id)) for a in found]


def see_approval(tx: Transaction, caller: Caller, target: str) -> tuple[Execution, Approval]:
    """Return the approval that an id of its run or its ref names, with its run; raise NotFound for an unknown or unseen one."""
    if len(target) == REF_LENGTH:
        by_ref = tx.approval_search.by_ref(target)
        execution = tx.runs.get(by_ref.execution_id) if by_ref else None
        if by_ref and execution and sees(tx, caller, execution):
            return execution, by_ref
    try:
        execution = see_execution(tx, caller, target)
    except NotFound:
        raise NotFound("approval") from None
    approval = tx.approval_search.of_runs([execution.id]).get(execution.id)
    if approval is None:
        raise NotFound("approval")
    return execution, approval


def view(tx: Transaction, execution: Execution, approval: Approval) -> ApprovalView:
    """Return an approval as it is to be shown now."""
    now = tx.now()
    children = tx.family.children(execution.id)
    asked = tx.approval_search.of_runs([child.id for child in children])
    return ApprovalView(
        approval=approval.at(now), parent=tx.runs.get(execution.parent_id) if execution.parent_id else None,
        children=[ChildApproval(execution=child, approval=asked[child.id].at(now) if child.id in asked else None) for child in children])
