"""Groups of people in a project."""

from collections.abc import Collection

from sqlalchemy import Connection, CursorResult, delete, select

from core.domain.people import Person
from integrations.database.people import person_from_row
from integrations.database.tables import group_members as m
from integrations.database.tables import groups, people
from integrations.database.upsert import insert_or_ignore


class SqlGroups:
    def __init__(self, connection: Connection):
        self._connection = connection

    def of(self, project_id: str) -> dict[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        for row in self._connection.execute(
                select(groups.c.name.label("in_group"), people)
                .outerjoin(m, (m.c.project_id == groups.c.project_id) & (m.c.name == groups.c.name))
                .outerjoin(people, people.c.id == m.c.person_id)
                .where(groups.c.project_id == project_id).order_by(groups.c.name, people.c.email_key)).mappings():
            inside = found.setdefault(row["in_group"], [])
            if row["id"] is not None:
                inside.append(person_from_row(row))
        return found

    def missing(self, project_id: str, names: Collection[str]) -> list[str]:
        there = set(self._connection.execute(
            select(groups.c.name).where(groups.c.project_id == project_id, groups.c.name.in_(names))).scalars())
        return sorted(set(names) - there)

    def add(self, project_id: str, name: str) -> bool:
        return insert_or_ignore(self._connection, groups, {"project_id": project_id, "name": name})

    def remove(self, project_id: str, name: str) -> None:
        self._connection.execute(delete(m).where(m.c.project_id == project_id, m.c.name == name))
        self._connection.execute(delete(groups).where(groups.c.project_id == project_id, groups.c.name == name))

    def admit(self, project_id: str, name: str, person_id: str) -> bool:
        return insert_or_ignore(self._connection, m, {"project_id": project_id, "name": name, "person_id": person_id})

    def expel(self, project_id: str, name: str, person_id: str) -> bool:
        gone: CursorResult[tuple[()]] = self._connection.execute(
            delete(m).where(m.c.project_id == project_id, m.c.name == name, m.c.person_id == person_id))
        return gone.rowcount == 1
