"""One-time codes for accounts elsewhere."""

from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from core.domain.messages import LinkCode
from integrations.database.conversation_tables import link_codes
from integrations.database.reservations import reserve

FORGOTTEN = timedelta(days=1)


class SqlLinkCodes:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, code: LinkCode, hash: str, at: datetime) -> None:
        self._connection.execute(delete(link_codes).where(link_codes.c.expires_at < at - FORGOTTEN))
        self._connection.execute(insert(link_codes).values(hash=hash, created_at=at, **asdict(code)))

    def find(self, hash: str, at: datetime) -> LinkCode | None:
        row = self._connection.execute(select(*_CODE).where(*_usable(hash, at))).mappings().one_or_none()
        return LinkCode(**row) if row else None

    def use(self, hash: str, person_id: str, at: datetime) -> LinkCode | None:
        """Of two who use codes at once, for one account or for one person, the second waits, and then sees what the first has done."""
        found = self.find(hash, at)
        if found is None:
            return None
        reserve(self._connection, f"account {found.provider} {found.external_id}")
        reserve(self._connection, f"accounts of {person_id}")
        used = update(link_codes).where(*_usable(hash, at)).values(used_at=at, person_id=person_id).returning(*_CODE)
        row = self._connection.execute(used).mappings().one_or_none()
        return LinkCode(**row) if row else None


_CODE = tuple(link_codes.c[name] for name in LinkCode.__dataclass_fields__)


def _usable(hash: str, at: datetime) -> tuple[ColumnElement[bool], ...]:
    return link_codes.c.hash == hash, link_codes.c.used_at.is_(None), link_codes.c.expires_at > at
