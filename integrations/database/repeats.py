"""What came with an Idempotency-Key, for a day."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, bindparam, case, delete
from sqlalchemy.sql.dml import ReturningInsert

from integrations.database.tables import repeats
from integrations.database.upsert import as_named, insert_into, named

KEPT = timedelta(hours=24)


class SqlRepeats:
    def __init__(self, connection: Connection):
        self._connection = connection

    def first(self, subject: str, operation: str, key: str, body: str, answer: str, now: datetime) -> tuple[str, str]:
        new = as_named({"subject": subject, "operation": operation, "key": key, "body": body, "answer": answer, "at": now})
        row = self._connection.execute(_first(self._connection.dialect.name), {**new, "expired": now - KEPT}).one()
        return row.body, row.answer

    def forget(self, now: datetime) -> None:
        """Drop what is older than a day."""
        self._connection.execute(delete(repeats).where(repeats.c.at <= now - KEPT))


@cache
def _first(dialect: str) -> ReturningInsert[Any]:
    """Return what inserts a row, or answers the one that has its key; one that is too old gives way."""
    added = insert_into(repeats, dialect).values(named(repeats))
    old = repeats.c.at <= bindparam("expired", type_=repeats.c.at.type)
    kept = {name: case((old, added.excluded[name]), else_=repeats.c[name]) for name in ("body", "answer", "at")}
    return added.on_conflict_do_update(index_elements=list(repeats.primary_key), set_=kept).returning(repeats.c.body, repeats.c.answer)
