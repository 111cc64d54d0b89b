"""What people said, each message once."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, bindparam, delete, select, tuple_

from core.domain.messages import Heard
from integrations.database.conversation_tables import messages
from integrations.database.upsert import insert_or_ignore


class SqlMessages:
    def __init__(self, connection: Connection):
        self._connection = connection

    def hear(self, heard: Heard) -> bool:
        return insert_or_ignore(self._connection, messages, asdict(heard))

    def heard(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        if not keys:
            return set()
        key = tuple_(messages.c.provider, messages.c.message_id)
        return {(provider, message) for provider, message in self._connection.execute(
            select(messages.c.provider, messages.c.message_id).where(key.in_(list(keys))))}

    def of_run(self, execution_id: str, limit: int) -> list[Heard]:
        latest = self._connection.execute(_LATEST, {"run": execution_id, "most": limit}).mappings().all()
        return [_heard(row) for row in reversed(latest)]

    def forget(self, before: datetime, limit: int) -> int:
        old = select(messages.c.id).where(messages.c.execution_id.is_(None), messages.c.heard_at < before)
        return self._connection.execute(delete(messages).where(
            messages.c.id.in_(old.order_by(messages.c.heard_at).limit(limit)))).rowcount


def _heard(row: RowMapping) -> Heard:
    return Heard(**row)


_LATEST = (select(messages).where(messages.c.execution_id == bindparam("run"))
           .order_by(messages.c.written_at.desc(), messages.c.id.desc()).limit(bindparam("most")))
