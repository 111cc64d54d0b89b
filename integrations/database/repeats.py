"""What came with an Idempotency-Key, for a day."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, select

from integrations.database.tables import repeats
from integrations.database.upsert import insert_or_ignore

KEPT = timedelta(hours=24)


class SqlRepeats:
    def __init__(self, connection: Connection):
        self._connection = connection

    def first(self, subject: str, operation: str, key: str, body: str, answer: str, now: datetime) -> tuple[str, str]:
        this = (repeats.c.subject == subject, repeats.c.operation == operation, repeats.c.key == key)
        self._connection.execute(delete(repeats).where(*this, repeats.c.at <= now - KEPT))
        insert_or_ignore(self._connection, repeats, {"subject": subject, "operation": operation, "key": key, "body": body, "answer": answer,
                                                     "at": now})
        row = self._connection.execute(select(repeats.c.body, repeats.c.answer).where(*this)).one()
        return row.body, row.answer

    def forget(self, now: datetime) -> None:
        """Drop what is older than a day."""
        self._connection.execute(delete(repeats).where(repeats.c.at <= now - KEPT))
