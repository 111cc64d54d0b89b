"""The tokens that we minted, so that they can be listed and revoked."""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, select, update

from core.domain.people import Role
from core.ports import MintedToken
from integrations.database.tables import tokens


class SqlTokens:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, token: MintedToken) -> None:
        self._connection.execute(tokens.insert(), {
            "id": token.id, "subject": token.subject, "role": token.role,
            "projects": list(token.projects) if token.projects is not None else None,
            "created_at": token.created_at, "expires_at": token.expires_at, "revoked_at": token.revoked_at})

    def find(self, token_id: str) -> MintedToken | None:
        row = self._connection.execute(select(tokens).where(tokens.c.id == token_id)).mappings().one_or_none()
        return _from_row(row) if row else None

    def revoke(self, token_id: str, at: datetime) -> None:
        self._connection.execute(update(tokens).where(tokens.c.id == token_id, tokens.c.revoked_at.is_(None)).values(revoked_at=at))

    def list(self) -> list[MintedToken]:
        return [_from_row(row) for row in self._connection.execute(select(tokens).order_by(tokens.c.created_at, tokens.c.id)).mappings()]


def _from_row(row: RowMapping) -> MintedToken:
    return MintedToken(**{**row, "role": Role(row["role"]), "projects": tuple(row["projects"]) if row["projects"] is not None else None})
