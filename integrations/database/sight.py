"""Runs and projects beside the role that somebody has there, each in one statement."""

from collections.abc import Collection
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, and_, bindparam, exists, select, union

from core.domain.people import Project, Role, project_key
from core.ports.runs import Seen
from integrations.database.rows import LIGHT, execution_from_row
from integrations.database.tables import engine_runs, members, projects
from integrations.database.tables import executions as e


class SqlSight:
    def __init__(self, connection: Connection):
        self._connection = connection

    def execution(self, identifier: str, person_id: str | None) -> Seen | None:
        rows = self._connection.execute(_execution(), {"identifier": identifier, "person": person_id}).mappings().all()
        if len(rows) != 1:
            return None
        row = rows[0]
        return Seen(execution=execution_from_row(row), project=Project(id=row["project_id"], identifier=row["project_identifier"]),
                    role=Role(row["role"]) if row["role"] else None, has_children=row["has_children"])

    def project(self, identifier: str, person_id: str | None) -> tuple[Project, Role | None] | None:
        row = self._connection.execute(_project(), {"key": project_key(identifier), "person": person_id}).one_or_none()
        return (Project(id=row.id, identifier=row.identifier), Role(row.role) if row.role else None) if row else None

    def another(self, identifier: str, execution_id: str) -> bool:
        return self._connection.execute(_another(), {"identifier": identifier, "this": execution_id}).first() is not None

    def below(self, execution_ids: Collection[str], ancestor_id: str) -> set[str]:
        found = self._connection.execute(_below(), {"these": list(execution_ids), "ancestor": ancestor_id})
        return set(found.scalars())


@cache
def _execution() -> Select[Any]:
    identifier: BindParameter[str] = bindparam("identifier")
    child = e.alias()
    ids = union(select(e.c.id).where(e.c.id == identifier), select(engine_runs.c.execution_id).where(engine_runs.c.run_id == identifier))
    return (select(*(e.c[name] for name in LIGHT), projects.c.identifier.label("project_identifier"), members.c.role,
                   exists().where(child.c.parent_id == e.c.id).label("has_children"))
            .join(projects, projects.c.id == e.c.project_id)
            .outerjoin(members, and_(members.c.project_id == e.c.project_id, members.c.person_id == bindparam("person")))
            .where(e.c.id.in_(ids)).limit(2))


@cache
def _another() -> Select[Any]:
    """Task ids are unique within a project, and found by an index that begins with it."""
    identifier: BindParameter[str] = bindparam("identifier")
    this: BindParameter[str] = bindparam("this")
    registered = select(engine_runs.c.execution_id).where(engine_runs.c.run_id == identifier, engine_runs.c.execution_id != this)
    asked = select(e.c.id).where(e.c.project_id.in_(select(projects.c.id)), e.c.task_id == identifier, e.c.id != this)
    both = union(registered, asked).subquery()
    return select(*both.c).limit(1)


@cache
def _below() -> Select[Any]:
    up = select(e.c.id.label("origin"), e.c.id, e.c.parent_id).where(e.c.id.in_(bindparam("these", expanding=True))).cte(recursive=True)
    up = up.union(select(up.c.origin, e.c.id, e.c.parent_id).where(e.c.id == up.c.parent_id))
    return select(up.c.origin).where(up.c.id == bindparam("ancestor"))


@cache
def _project() -> Select[Any]:
    return (select(projects.c.id, projects.c.identifier, members.c.role)
            .outerjoin(members, and_(members.c.project_id == projects.c.id, members.c.person_id == bindparam("person")))
            .where(projects.c.identifier_key == bindparam("key")))
