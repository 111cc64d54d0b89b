"""People, and their roles in projects."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, Connection, RowMapping, or_, select, update

from core.domain.people import Member, Person, Role, email_key
from integrations.database.tables import members
from integrations.database.tables import people as persons


class SqlPeople:
    def __init__(self, connection: Connection):
        self._connection = connection

    def find(self, email: str) -> Person | None:
        row = self._connection.execute(select(persons).where(persons.c.email_key == email_key(email))).mappings().one_or_none()
        return person_from_row(row) if row else None

    def members(self, project_id: str, *, people: Collection[str] = (), emails: Collection[str] = (),
                owners: bool = False) -> dict[str, Member]:
        wanted: list[ColumnElement[bool]] = [persons.c.id.in_(people), persons.c.email_key.in_([email_key(e) for e in emails])]
        if owners:
            wanted.append(members.c.role == Role.OWNER)
        rows = self._connection.execute(select(persons, members.c.role).join(members, members.c.person_id == persons.c.id)
                                        .where(members.c.project_id == project_id, or_(*wanted))).mappings()
        return {row["id"]: Member(person=person_from_row(row), role=Role(row["role"])) for row in rows}

    def disabled(self, people: Collection[str]) -> set[str]:
        return set(self._connection.execute(select(persons.c.id).where(persons.c.id.in_(people), persons.c.disabled)).scalars())

    def roles(self, person_id: str) -> dict[str, Role]:
        rows = self._connection.execute(select(members.c.project_id, members.c.role).where(members.c.person_id == person_id))
        return {row.project_id: Role(row.role) for row in rows}


class SqlPeopleRegister:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, person: Person) -> None:
        self._connection.execute(persons.insert(), {"id": person.id, "email": person.email, "email_key": email_key(person.email),
                                                   "name": person.name, "disabled": person.disabled})

    def disable(self, person_id: str, disabled: bool) -> None:
        self._connection.execute(update(persons).where(persons.c.id == person_id).values(disabled=disabled))

    def list(self) -> list[Person]:
        return [person_from_row(row) for row in self._connection.execute(select(persons).order_by(persons.c.email_key)).mappings()]


def person_from_row(row: RowMapping) -> Person:
    return Person(id=row["id"], email=row["email"], name=row["name"], disabled=row["disabled"])
