"""Look at the projects that a person belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.people import Caller, Project, Role, capped
from core.engine.sight import visible_projects
from core.ports.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnProject:
    """`role`: the one that counts, which the token may have capped."""

    project: Project
    role: Role

    @property
    def owned(self) -> bool:
        return self.role is Role.OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class FindProjects:
    database: Database

    def list(self, caller: Caller) -> Sequence[OwnProject]:
        """Return what a person belongs to and sees, by name."""
        if caller.person is None or caller.execution is not None:
            return []
        with self.database.read() as tx:
            roles, visible = tx.people.roles(caller.person.id), visible_projects(tx, caller)
            projects = [each for each in tx.projects.list() if each.id in roles and (visible is None or each.id in visible)]
        return [OwnProject(project=each, role=capped(roles[each.id], caller.role)) for each in projects]
