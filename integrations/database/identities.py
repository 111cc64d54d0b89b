"""Who people are at providers."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, or_, select, update

from core.domain.identities import Identity, login_key
from core.domain.people import Person, email_key
from integrations.database.people import person_from_row
from integrations.database.tables import identities as i
from integrations.database.tables import members, people
from integrations.database.upsert import insert_or_replace


class SqlIdentities:
    def __init__(self, connection: Connection):
        self._connection = connection

    def find(self, provider: str, external_id: str) -> tuple[Identity, Person] | None:
        return self._one(_BOTH.where(i.c.provider == provider, i.c.external_id == external_id))

    def by_login(self, provider: str, login: str, project_ids: Collection[str] | None) -> tuple[Identity, Person] | None:
        somewhere = select(members.c.person_id)
        if project_ids is not None:
            somewhere = somewhere.where(members.c.project_id.in_(project_ids))
        return self._one(_BOTH.where(i.c.provider == provider, i.c.login_key == login_key(login), ~people.c.disabled,
                                     people.c.id.in_(somewhere)))

    def bearer(self, provider: str, external_id: str, email: str | None) -> Person | None:
        key = None if email is None else email_key(email)
        row = self._connection.execute(_BEARER, {"at": provider, "id": external_id, "key": key}).mappings().one_or_none()
        return person_from_row(row) if row else None

    def subjects(self, provider: str, person_id: str) -> set[str]:
        return set(self._connection.execute(_SUBJECTS, {"at": provider, "person": person_id}).scalars())

    def of_person(self, person_id: str) -> Sequence[Identity]:
        return [identity for identity, _ in self._many(_BOTH.where(people.c.id == person_id).order_by(i.c.provider, i.c.external_id))]

    def all(self) -> Sequence[tuple[Identity, Person]]:
        return self._many(_BOTH.order_by(people.c.email_key, i.c.provider, i.c.external_id))

    def link(self, identity: Identity) -> None:
        key = login_key(identity.login) if identity.login is not None else None
        self._connection.execute(_NOT_ANY_MORE, {"at": identity.provider, "key": key})
        insert_or_replace(self._connection, i, {
            "provider": identity.provider, "external_id": identity.external_id, "person_id": identity.person_id, "login": identity.login,
            "login_key": key, "linked_at": identity.linked_at}, keys=("provider", "external_id"))

    def unlink(self, provider: str, external_id: str) -> None:
        self._connection.execute(delete(i).where(i.c.provider == provider, i.c.external_id == external_id))

    def _one(self, wanted: Select[Any]) -> tuple[Identity, Person] | None:
        found = self._many(wanted.limit(2))
        return found[0] if len(found) == 1 else None

    def _many(self, wanted: Select[Any]) -> Sequence[tuple[Identity, Person]]:
        return [(Identity(provider=row["provider"], external_id=row["external_id"], person_id=row["id"], login=row["login"],
                          linked_at=row["linked_at"]), person_from_row(row)) for row in self._connection.execute(wanted).mappings()]


_BOTH = select(people, i.c.provider, i.c.external_id, i.c.login, i.c.linked_at).join(people, people.c.id == i.c.person_id)
_NOT_ANY_MORE = update(i).where(i.c.provider == bindparam("at"), i.c.login_key == bindparam("key")).values(login=None, login_key=None)
_AT = i.c.provider == bindparam("at")
_SUBJECTS = select(i.c.external_id).where(_AT, i.c.person_id == bindparam("person"))
_LINKED = select(i.c.person_id).where(_AT, i.c.external_id == bindparam("id")).scalar_subquery()
_OTHERWISE_LINKED = select(i.c.person_id).where(_AT, i.c.person_id == people.c.id).exists()
_BEARER = select(people).where(or_(
    people.c.id == _LINKED, and_(people.c.email_key == bindparam("key"), _LINKED.is_(None), ~_OTHERWISE_LINKED)))
