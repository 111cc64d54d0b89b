"""Look at who has access now."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.executions import Execution
from core.domain.people import Caller, Project, Role, capped
from core.engine.end_access import may_end
from core.engine.end_early import requesters
from core.engine.sight import see_execution, visible_projects
from core.ports.database import Database
from core.ports.grants import Authority, Grant

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessView:
    """Access that somebody has, by whose word, and whether the one who looks may end it."""

    grant: Grant
    project: Project
    authority: Authority
    requested_by: str | None
    endable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAccess:
    """A run with the access that it gives now, and whether the one who looks may end it."""

    execution: Execution
    project: Project
    live: Sequence[tuple[Grant, Authority]]
    requested_by: str
    endable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAccess:
    database: Database

    def live(self, caller: Caller, *, limit: int = PAGE, offset: int = 0) -> tuple[list[AccessView], int]:
        """Return some of the access that there is in what a caller sees, and how much there is; what ends first stands first."""
        if caller.execution is not None:
            return [], 0
        with self.database.read() as tx:
            visible = visible_projects(tx, caller)
            found, total = tx.grants.live_in(visible, limit=limit, offset=offset)
            asked = tx.approval_search.of_runs(sorted({grant.execution_id for grant, _, _ in found}))
            roles = tx.people.roles(caller.person.id) if caller.person else {}
        owned = {project_id for project_id, role in roles.items() if capped(role, caller.role) is Role.OWNER}
        return [AccessView(
            grant=grant, project=project, authority=authority,
            requested_by=asked[grant.execution_id].requested_by if grant.execution_id in asked else authority.break_glass,
            endable=project.id in owned or caller.person is not None and (
                grant.execution_id in asked and asked[grant.execution_id].requester_id == caller.person.id))
            for grant, project, authority in found], total

    def of_run(self, caller: Caller, target: str) -> RunAccess:
        """Return what access a run gives now, if any; raise NotFound if the caller does not see the run."""
        with self.database.read() as tx:
            seen = see_execution(tx, caller, target)
            live = [(grant, authority) for grant, _, authority in tx.grants.live_of(seen.execution.id)]
            requested_by = next(iter(requesters(tx, seen.execution, None).values()))
            return RunAccess(execution=seen.execution, project=seen.project, live=live, requested_by=requested_by,
                             endable=may_end(tx, caller, seen))
