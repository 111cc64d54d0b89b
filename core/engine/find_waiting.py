"""Look at what waits for one person's answer, and at what they asked for themselves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.approvals import Approval
from core.domain.approvers import Electorate
from core.domain.executions import Execution
from core.domain.groups import groups_in
from core.domain.people import Caller, Member, capped
from core.engine.sight import visible_projects
from core.ports.approvals import Ballot
from core.ports.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A request that somebody may answer; `execution` is whole."""

    approval: Approval
    execution: Execution
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPage:
    """The oldest first. `next_lapse`: when the first of all of them lapses."""

    requests: Sequence[Waiting]
    total: int
    page: int
    next_lapse: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """A run that somebody started, with the approval that it asked for."""

    execution: Execution
    approval: Approval | None
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    runs: Sequence[Own]
    total: int
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FindWaiting:
    database: Database

    def count(self, caller: Caller) -> int:
        with self.database.read() as tx:
            return len(_waiting(tx, caller))

    def page(self, caller: Caller, page: int, size: int) -> WaitingPage:
        """Return a page of what is open, may be answered by the caller and was not yet, the oldest first."""
        with self.database.read() as tx:
            waiting, now = _waiting(tx, caller), tx.now()
            page = _at_most(page, len(waiting), size)
            shown = waiting[(page - 1) * size:page * size]
            found = {a.id: a.at(now) for a in tx.approval_search.some([each.id for each in shown])}
            projects = {project.id: project.identifier for project in tx.projects.list()}
            runs = {run.id: run for run in tx.runs.some([a.execution_id for a in found.values()])}
            owners = {project_id: tx.people.owners(project_id) for project_id in {a.project_id for a in found.values()}}
        requests = [Waiting(approval=a.named(owners[a.project_id]), execution=runs[a.execution_id], project=projects[a.project_id])
                    for a in (found[each.id] for each in shown if each.id in found)]
        return WaitingPage(requests=requests, total=len(waiting), page=page, next_lapse=min((b.expires_at for b in waiting), default=None))

    def own(self, caller: Caller, page: int, size: int) -> OwnPage:
        """Return a page of what the caller started, the newest first; what other runs started for them is below those."""
        if caller.person is None:
            return OwnPage(runs=(), total=0, page=1)
        with self.database.read() as tx:
            seen, now = visible_projects(tx, caller) or set(), tx.now()
            total = tx.runs.count_of_starter(caller.name, seen)
            page = _at_most(page, total, size)
            runs = tx.runs.of_starter(caller.name, seen, limit=size, offset=(page - 1) * size)
            asked = tx.approval_search.of_runs([run.id for run in runs])
            projects = {project.id: project.identifier for project in tx.projects.list()}
        own = [Own(execution=run, approval=asked[run.id].at(now) if run.id in asked else None, project=projects[run.project_id])
               for run in runs]
        return OwnPage(runs=own, total=total, page=page)


def _at_most(page: int, total: int, size: int) -> int:
    return min(page, max(1, -(-total // size)))


def _waiting(tx: Transaction, caller: Caller) -> list[Ballot]:
    """Return of what is open all that the caller may answer and has not, the oldest first."""
    projects = visible_projects(tx, caller)
    if caller.person is None or not projects:
        return []
    ballots = tx.approval_search.ballots(projects, caller.person.id, tx.now())
    members = {project_id: _member(tx, caller, project_id, [b for b in ballots if b.project_id == project_id])
               for project_id in {b.project_id for b in ballots}}
    return [b for b in ballots if _may_answer(b, members[b.project_id])]


def _member(tx: Transaction, caller: Caller, project_id: str, ballots: Sequence[Ballot]) -> Member | None:
    """Return the caller as a member of a project, with those of their groups that these ballots name."""
    assert caller.person is not None
    groups = {name for ballot in ballots for name in groups_in((*ballot.approvers, *ballot.among))}
    member = tx.people.members(project_id, people=[caller.person.id], groups=sorted(groups)).get(caller.person.id)
    return Member(person=member.person, role=capped(member.role, caller.role), groups=member.groups) if member else None


def _may_answer(ballot: Ballot, member: Member | None) -> bool:
    return member is not None and bool(Electorate(
        named=ballot.approvers, among=ballot.among, excluded=frozenset(ballot.excluded), self_approval=ballot.self_approval,
        members={member.person.id: member}).eligible())
