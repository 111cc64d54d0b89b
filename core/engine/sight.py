"""What a caller may know of: unseen and unknown are the same."""

from core.domain.executions import Execution
from core.domain.people import Caller, Project, Role, capped
from core.errors import NotFound, RoleTooLow
from core.ports import Transaction


def role_in(tx: Transaction, caller: Caller, project: Project) -> Role | None:
    """Return the role that a caller has in a project: the project's, capped by the token's; None if the caller does not see it."""
    if not caller.sees(project):
        return None
    if caller.person is None:
        return Role.APPLICATION
    given = tx.projects.role(project.id, caller.person.id)
    return capped(given, caller.role) if given else None


def see_project(tx: Transaction, caller: Caller, identifier: str) -> Project | None:
    """Return a project that the caller sees; None for an unknown or unseen one."""
    project = tx.projects.find(identifier)
    return project if project and caller.execution is None and role_in(tx, caller, project) else None


def see_execution(tx: Transaction, caller: Caller, target: str) -> Execution:
    """Return the run that an id names, if the caller sees its project and, where the token is for one run, the run is below that."""
    execution = tx.runs.find(target)
    if execution is None or not sees(tx, caller, execution):
        raise NotFound("execution")
    return execution


def sees(tx: Transaction, caller: Caller, execution: Execution) -> bool:
    project = tx.projects.get(execution.project_id)
    if project is None or role_in(tx, caller, project) is None:
        return False
    return caller.execution is None or tx.runs.below(execution.id, caller.execution)


def visible_projects(tx: Transaction, caller: Caller) -> set[str] | None:
    """Return the ids of the projects that a caller sees; None: all."""
    if caller.person is None:
        if caller.projects is None:
            return None
        return {p.id for p in map(tx.projects.find, sorted(caller.projects)) if p is not None}
    roles = tx.people.roles(caller.person.id)
    if caller.projects is None:
        return set(roles)
    return {p.id for p in map(tx.projects.find, sorted(caller.projects)) if p is not None and p.id in roles}


def refuse_unless(role: Role | None, *needed: Role) -> None:
    if role not in needed:
        raise RoleTooLow(tuple(needed))
