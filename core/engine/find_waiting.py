"""Look at what waits for one person's answer, and at what they asked for themselves."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.approvals import Approval
from core.domain.approvers import Electorate
from core.domain.executions import Execution
from core.domain.groups import groups_in
from core.domain.people import Caller, Member, Role, capped
from core.domain.teams import teams_in
from core.engine.sight import visible_projects
from core.ports.approvals import Ballots
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
            return _total(_waiting(tx, caller))

    def page(self, caller: Caller, page: int, size: int) -> WaitingPage:
        """Return a page of what is open, may be answered by the caller and was not yet, the oldest first."""
        with self.database.read() as tx:
            waiting, now = _waiting(tx, caller), tx.now()
            total = _total(waiting)
            page = _at_most(page, total, size)
            found = [approval.at(now) for approval in tx.approval_search.of_kinds(
                [each.kind for each in waiting], _person_id(caller), now, skip=(page - 1) * size, limit=size)]
            projects = {project.id: project.identifier for project in tx.projects.list()}
            runs = {run.id: run for run in tx.runs.some([a.execution_id for a in found])}
            owners = {project_id: tx.people.owners(project_id) for project_id in {a.project_id for a in found}}
        requests = [Waiting(approval=a.named(owners[a.project_id]), execution=runs[a.execution_id], project=projects[a.project_id])
                    for a in found]
        return WaitingPage(requests=requests, total=total, page=page, next_lapse=min((each.next_lapse for each in waiting), default=None))

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


def _total(waiting: Sequence[Ballots]) -> int:
    return sum(each.count for each in waiting)


def _person_id(caller: Caller) -> str:
    return caller.person.id if caller.person else ""


def _waiting(tx: Transaction, caller: Caller) -> list[Ballots]:
    """Return of what is open all that the caller may answer and has not."""
    if caller.person is None:
        return []
    seen = visible_projects(tx, caller) or set()
    roles = {project_id: role for project_id, role in tx.people.roles(caller.person.id).items() if project_id in seen}
    ballots = tx.approval_search.ballots(sorted(roles), caller.person.id, tx.now()) if roles else []
    of_project: dict[str, list[Ballots]] = {}
    for each in ballots:
        of_project.setdefault(each.project_id, []).append(each)
    members = {project_id: _member(tx, Member(person=caller.person, role=roles[project_id]), project_id, theirs)
               for project_id, theirs in of_project.items()}
    return [b for b in ballots if _may_answer(b, members[b.project_id], caller.role)]


def _member(tx: Transaction, member: Member, project_id: str, ballots: Sequence[Ballots]) -> Member | None:
    """Return a member of a project with those of their groups and teams that these ballots name, and with their role there by then."""
    named = [name for each in ballots for name in (*each.approvers, *each.among)]
    groups, teams = set(groups_in(named)), set(teams_in(named))
    within = tx.teams.people(sorted(teams)).get(member.person.id, frozenset()) if teams else frozenset()
    found = tx.people.members(project_id, people=[member.person.id], groups=sorted(groups)).get(member.person.id) if groups else member
    return replace(found, groups=found.groups | within) if found is not None else None


def _may_answer(ballot: Ballots, member: Member | None, cap: Role) -> bool:
    if member is None:
        return False
    member = replace(member, role=capped(member.role, cap))
    return bool(Electorate(
        named=ballot.approvers, among=ballot.among, excluded=frozenset(ballot.excluded), self_approval=ballot.self_approval,
        members={member.person.id: member}).eligible())
