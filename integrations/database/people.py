"""People, and their roles in projects."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, bindparam, or_, select, update

from core.domain.approvers import by_key
from core.domain.people import Member, Person, Role, email_key
from integrations.database.tables import group_members, members
from integrations.database.tables import people as persons


class SqlPeople:
    def __init__(self, connection: Connection):
        self._connection = connection

    def find(self, email: str) -> Person | None:
        row = self._connection.execute(_FIND, {"key": email_key(email)}).mappings().one_or_none()
        return person_from_row(row) if row else None

    def members(self, project_id: str, *, people: Collection[str] = (), emails: Collection[str] = (), groups: Collection[str] = (),
                owners: bool = False) -> dict[str, Member]:
        wanted: dict[str, Any] = {"project": project_id, "people": list(people), "emails": [email_key(email) for email in emails]}
        if groups:
            return self._in_groups(owners, wanted | {"groups": list(groups)})
        rows = self._connection.execute(_members(owners), wanted).mappings()
        return {row["id"]: Member(person=person_from_row(row), role=Role(row["role"])) for row in rows}

    def _in_groups(self, owners: bool, wanted: Mapping[str, Any]) -> dict[str, Member]:
        """Read roles and groups in one statement: two would see a person both before and after a change."""
        found: dict[str, Member] = {}
        for row in self._connection.execute(_members_and_groups(owners), wanted).mappings():
            member = found.get(row["id"]) or Member(person=person_from_row(row), role=Role(row["role"]))
            found[row["id"]] = replace(member, groups=member.groups | {row["in_group"]} if row["in_group"] else member.groups)
        return found

    def owners(self, project_id: str) -> tuple[str, ...]:
        return by_key(self._connection.execute(_OWNERS, {"project": project_id}).scalars())

    def disabled(self, people: Collection[str]) -> set[str]:
        if not people:
            return set()
        return set(self._connection.execute(select(persons.c.id).where(persons.c.id.in_(people), persons.c.disabled)).scalars())

    def roles(self, person_id: str) -> dict[str, Role]:
        rows = self._connection.execute(select(members.c.project_id, members.c.role).where(members.c.person_id == person_id))
        return {row.project_id: Role(row.role) for row in rows}


_OWNERS = (select(persons.c.email).join(members, members.c.person_id == persons.c.id)
           .where(members.c.project_id == bindparam("project"), members.c.role == Role.OWNER, ~persons.c.disabled))
_FIND = select(persons).where(persons.c.email_key == bindparam("key"))


@cache
def _members(owners: bool) -> Select[Any]:
    return (select(persons, members.c.role).join(members, members.c.person_id == persons.c.id)
            .where(members.c.project_id == bindparam("project"), or_(*_wanted(owners))))


@cache
def _members_and_groups(owners: bool) -> Select[Any]:
    wanted = [*_wanted(owners), group_members.c.name.is_not(None)]
    in_group = and_(group_members.c.person_id == persons.c.id, group_members.c.project_id == members.c.project_id,
                    group_members.c.name.in_(bindparam("groups", expanding=True)))
    return (select(persons, members.c.role, group_members.c.name.label("in_group")).join(members, members.c.person_id == persons.c.id)
            .outerjoin(group_members, in_group).where(members.c.project_id == bindparam("project"), or_(*wanted)))


def _wanted(owners: bool) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [persons.c.id.in_(bindparam("people", expanding=True)),
                                         persons.c.email_key.in_(bindparam("emails", expanding=True))]
    return [*wanted, members.c.role == Role.OWNER] if owners else wanted


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


def person_from_row(row: RowMapping, prefix: str = "") -> Person:
    return Person(id=row[f"{prefix}id"], email=row[f"{prefix}email"], name=row[f"{prefix}name"], disabled=row[f"{prefix}disabled"])
