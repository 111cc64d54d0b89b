"""What a caller may know of: unseen and unknown are the same."""

from core.domain.executions import Execution
from core.domain.people import Caller, Person, Project, Role, capped
from core.errors import NotFound, RoleTooLow
from core.ports.database import Transaction
from core.ports.runs import Seen

REF_LENGTH = 6


def answering(caller: Caller) -> Person:
    """Return the person who acts; an application does not act for itself where people answer: RoleTooLow."""
    if caller.person is None or caller.role is Role.APPLICATION:
        raise RoleTooLow((Role.OWNER, Role.MEMBER))
    return caller.person


def at_home(caller: Caller) -> Person:
    """Return the person whose own things these are; a token for one run is none of theirs: RoleTooLow likewise."""
    if caller.execution is not None:
        raise RoleTooLow((Role.OWNER, Role.MEMBER))
    return answering(caller)


def see_execution(tx: Transaction, caller: Caller, target: str) -> Seen:
    """Return the run that an id names, if the caller sees it; else raise NotFound."""
    seen = find_execution(tx, caller, target)
    if seen is None:
        raise NotFound("execution")
    return seen


def whole(tx: Transaction, seen: Seen) -> Execution:
    """Return a run that is seen, with its payload and its result."""
    execution = tx.runs.get(seen.execution.id)
    assert execution is not None
    return execution


def find_execution(tx: Transaction, caller: Caller, target: str) -> Seen | None:
    """Return the run that an id names, if the caller sees its project and, where the token is for one run, it is below that."""
    seen = tx.sight.execution(target, _person_id(caller))
    if seen is None or not caller.sees(seen.project) or caller.person is not None and seen.role is None:
        return None
    if caller.execution is not None and not tx.sight.below([seen.execution.id], caller.execution):
        return None
    return seen


def find_asked(tx: Transaction, caller: Caller, target: str) -> tuple[Seen, str | None]:
    """Return the run that a target means and, where that is an approval's ref, the approval's id.

    Raises NotFound for an unseen one, and for a ref that is another run's own name as well: nobody guesses which of the two is meant.
    """
    named = tx.approval_search.by_ref(target) if len(target) == REF_LENGTH else None
    if named is not None and tx.sight.another(target, named.execution_id):
        raise NotFound("approval")
    seen = find_execution(tx, caller, named.execution_id if named else target)
    if seen is None:
        raise NotFound("approval")
    return seen, named.id if named else None


def see_project(tx: Transaction, caller: Caller, identifier: str) -> Project | None:
    """Return a project that the caller sees; None for an unknown or unseen one, and for a token that is for one run."""
    found = tx.sight.project(identifier, _person_id(caller))
    if found is None or caller.execution is not None or not caller.sees(found[0]) or caller.person is not None and found[1] is None:
        return None
    return found[0]


def get_project(tx: Transaction, caller: Caller, identifier: str) -> Project:
    """Return a project that the caller sees; else raise NotFound."""
    project = see_project(tx, caller, identifier)
    if project is None:
        raise NotFound("project")
    return project


def refuse_unless_owner(tx: Transaction, caller: Caller, project: Project) -> None:
    """Raise RoleTooLow for a person who does not own a project, or whose token caps that."""
    if caller.person is not None and capped(tx.people.roles(caller.person.id)[project.id], caller.role) is not Role.OWNER:
        raise RoleTooLow((Role.OWNER,))


def visible_projects(tx: Transaction, caller: Caller) -> set[str] | None:
    """Return the ids of the projects that a caller sees; None: all."""
    roles = None if caller.person is None else set(tx.people.roles(caller.person.id))
    if caller.projects is None:
        return roles
    named = {project.id for project in map(tx.projects.find, sorted(caller.projects)) if project is not None}
    return named if roles is None else named & roles


def _person_id(caller: Caller) -> str | None:
    return caller.person.id if caller.person else None
