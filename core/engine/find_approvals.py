"""Look at approvals."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from core.domain.approvals import Approval, Status
from core.domain.executions import Execution
from core.domain.orchestrators import UnitedApproval, unite
from core.domain.people import Caller
from core.engine.sight import find_asked, find_execution, visible_projects
from core.errors import NotFound
from core.ports.database import Database, Transaction
from core.ports.runs import Seen

A_PIECE = 100  # of the list of all that are open, in memory at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildApproval:
    execution: Execution
    parent: Execution
    approval: Approval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """An approval as it is now, with who may answer by name; below its parent and above its run's children."""

    approval: Approval
    parent: Execution | None = None
    children: Sequence[ChildApproval] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitedView:
    """What the approvals of a run's children come to, where the run itself asks nothing."""

    approval: UnitedApproval
    parent: Execution | None
    children: Sequence[ChildApproval]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindApprovals:
    database: Database

    def get(self, caller: Caller, target: str) -> ApprovalView | UnitedView:
        """Return the open approval of a run, else its newest, else its children's; `target`: an id of the run, or the approval's ref."""
        with self.database.read() as tx:
            seen, approval_id = find_asked(tx, caller, target)
            found = [a for a in tx.approval_search.of_run(seen.execution.id) if approval_id in (None, a.id)]
            if not found:
                return united_view(tx, seen, now=tx.now())
            return view(tx, seen, min(found, key=lambda a: a.status is not Status.PENDING), now=tx.now())

    def discussed_at(self, caller: Caller, keys: Iterable[str]) -> ApprovalView:
        """Return the newest open one that is discussed at one of these places and that the caller sees."""
        with self.database.read() as tx:
            now = tx.now()
            for approval in tx.approval_search.discussed_at(tuple(keys), now):
                seen = find_execution(tx, caller, approval.execution_id)
                if seen is not None:
                    return view(tx, seen, approval, now=now)
        raise NotFound("approval")

    def pending(self, caller: Caller) -> Iterator[ApprovalView]:
        """Give all open ones that the caller sees, the oldest first; the first of them is found at once, the others as they are wanted."""
        views = self._pending(caller)
        first = list(islice(views, 1))
        return chain(first, views)

    def _pending(self, caller: Caller) -> Iterator[ApprovalView]:
        """Each piece is read in a transaction of its own, which is over before anybody takes their time with it."""
        owners: dict[str, tuple[str, ...]] = {}
        with self.database.read() as tx:
            projects, now = visible_projects(tx, caller), tx.now()
        found: list[Approval] = []
        while True:
            with self.database.read() as tx:
                found = tx.approval_search.open(projects, now, found[-1] if found else None, A_PIECE)
                seen = [a for a in found if a.expires_at > now]
                if caller.execution is not None:
                    below = tx.sight.below([a.execution_id for a in seen], caller.execution)
                    seen = [a for a in seen if a.execution_id in below]
                parents = tx.family.parents([a.execution_id for a in seen])
                owners |= {project_id: tx.people.owners(project_id) for project_id in {a.project_id for a in seen} - owners.keys()}
            for each in seen:
                yield ApprovalView(approval=each.named(owners[each.project_id]), parent=parents.get(each.execution_id))
            if len(found) < A_PIECE:
                return


def view(tx: Transaction, seen: Seen, approval: Approval, *, now: datetime, owners: tuple[str, ...] | None = None) -> ApprovalView:
    """Return an approval as it is to be shown now. `owners`: today's, by e-mail, where they have just been read."""
    if owners is None:
        owners = tx.people.owners(seen.project.id) if seen.has_children or not approval.approvers else ()
    return ApprovalView(approval=approval.at(now).named(owners), parent=_parent(tx, seen), children=_children(tx, seen, owners, now=now))


def united_view(tx: Transaction, seen: Seen, *, now: datetime) -> UnitedView:
    """Return what the approvals of a run's children come to; raise NotFound if no child has one."""
    children = _children(tx, seen, tx.people.owners(seen.project.id), now=now)
    asked = [child.approval for child in children if child.approval is not None]
    if not asked:
        raise NotFound("approval")
    return UnitedView(approval=unite(seen.execution, asked), parent=_parent(tx, seen), children=children)


def _parent(tx: Transaction, seen: Seen) -> Execution | None:
    parent_id = seen.execution.parent_id
    return tx.runs.get(parent_id) if parent_id else None


def _children(tx: Transaction, seen: Seen, owners: tuple[str, ...], *, now: datetime) -> list[ChildApproval]:
    children = tx.family.outline(seen.execution.id) if seen.has_children else []
    found = tx.approval_search.of_runs([child.id for child in children])
    asked = {run: each.at(now).named(owners) for run, each in found.items()}
    return [ChildApproval(execution=child, parent=seen.execution, approval=asked.get(child.id)) for child in children]
