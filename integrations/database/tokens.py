"""The tokens that we minted, so that they can be listed and revoked."""

from dataclasses import fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, select, update

from core.domain.people import Person, Role, email_key
from core.ports.tokens import MintedToken
from integrations.database.people import person_from_row
from integrations.database.tables import people, tokens


class SqlTokens:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, token: MintedToken) -> None:
        self._connection.execute(tokens.insert(), {
            "id": token.id, "subject": token.subject, "role": token.role,
            "projects": list(token.projects) if token.projects is not None else None,
            "created_at": token.created_at, "expires_at": token.expires_at, "revoked_at": token.revoked_at,
            "act_for": token.act_for, "break_glass": token.break_glass, "execution": token.execution})

    def find(self, token_id: str) -> MintedToken | None:
        row = self._connection.execute(select(tokens).where(tokens.c.id == token_id)).mappings().one_or_none()
        return _from_row(row) if row else None

    def bearer(self, token_id: str, email: str) -> tuple[MintedToken, Person | None] | None:
        row = self._connection.execute(_BEARER, {"token": token_id, "key": email_key(email)}).mappings().one_or_none()
        return (_from_row(row), person_from_row(row, "person_") if row["person_id"] else None) if row else None

    def of_person(self, email: str) -> list[MintedToken]:
        return [_from_row(row) for row in self._connection.execute(_OF_PERSON, {"subject": email}).mappings()]

    def revoke(self, token_id: str, at: datetime) -> None:
        self._connection.execute(update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None)).values(revoked_at=at))

    def list(self) -> list[MintedToken]:
        return [_from_row(row) for row in self._connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id)).mappings()]


def _from_row(row: RowMapping) -> MintedToken:
    projects = row["projects"]
    return MintedToken(**{name: row[name] for name in _TOKEN} | {
        "role": Role(row["role"]), "projects": tuple(projects) if projects is not None else None})


_TOKEN = tuple(f.name for f in fields(MintedToken))
_OF_PERSON = (select(tokens).where(tokens.c.subject == bindparam("subject"), tokens.c.role != Role.APPLICATION)
              .order_by(tokens.c.created_at.desc(), tokens.c.id.desc()))
_BEARER = (select(tokens, *(c.label(f"person_{c.name}") for c in people.c))
           .outerjoin(people, people.c.email_key == bindparam("key")).where(tokens.c.id == bindparam("token")))
