"""Look at the audit of a project."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.chains import AuditRow
from core.domain.people import Caller, Project, Role
from core.engine.sight import get_project, refuse_unless_owner
from core.errors import RoleTooLow
from core.ports.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditPage:
    """Rows of a project's chain, the newest first. `first` and `last`: the numbers of the rows there are, 0 for none."""

    project: Project
    rows: Sequence[AuditRow]
    first: int
    last: int

    @property
    def total(self) -> int:
        return self.last - self.first + 1 if self.last else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FindAudit:
    database: Database

    def page(self, caller: Caller, identifier: str, *, before: int | None = None, limit: int = 50) -> AuditPage:
        """Return the newest rows, or those before a number; a project's owners see them."""
        if caller.person is None:
            raise RoleTooLow((Role.OWNER,))
        with self.database.read() as tx:
            project = get_project(tx, caller, identifier)
            refuse_unless_owner(tx, caller, project)
            rows = tx.audit_chains.latest(project.id, before, limit)
            first, last, _ = tx.audit_chains.bounds(project.id)
        return AuditPage(project=project, rows=rows, first=first or 0, last=last or 0)
