"""Deliveries, from their arrival until they are handled."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, func, or_, select, update

from core.domain.messages import Delivery
from core.ports.conversation import Filed, Pending
from integrations.database.conversation_tables import inbox
from integrations.database.session import Session
from integrations.database.upsert import insert_or_ignore


class SqlInbox:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def add(self, inbox_id: str, delivery: Delivery, at: datetime) -> bool:
        added = insert_or_ignore(self._connection, inbox, {
            "id": inbox_id, "provider": delivery.provider, "delivery_id": delivery.delivery_id, "headers": delivery.headers,
            "body": delivery.body, "received_at": at, "due_at": at, "tries": 0, "error": None, "handled_at": None, "set_aside_at": None})
        self._session.posted |= added
        return added

    def take(self, again: timedelta) -> Pending | None:
        due = select(inbox.c.id).where(inbox.c.due_at <= self._session.index_clock()).order_by(inbox.c.due_at, inbox.c.id).limit(1)
        found = self._connection.execute(due.with_for_update(skip_locked=True)).scalar()
        if found is None:
            return None
        row = self._connection.execute(_TAKE, {"this": found, "until": self._session.now() + again}).mappings().one()
        return Pending(id=row["id"], delivery=_delivery(row), tries=row["tries"], received_at=row["received_at"])

    def waiting(self) -> bool:
        return self._connection.execute(_WAITING, {"now": self._session.now()}).scalar() is not None

    def done(self, inbox_id: str, at: datetime) -> None:
        self._connection.execute(update(inbox).where(inbox.c.id == inbox_id).values(
            due_at=None, error=None, handled_at=at, set_aside_at=None))

    def failed(self, inbox_id: str, error: str, again: timedelta | None) -> None:
        now = self._session.now()
        self._connection.execute(update(inbox).where(inbox.c.id == inbox_id, inbox.c.handled_at.is_(None)).values(
            error=error, due_at=None if again is None else now + again, set_aside_at=now if again is None else None))

    def list(self, *, set_aside: bool, limit: int) -> list[Filed]:
        wanted = inbox.c.set_aside_at.is_not(None) if set_aside else or_(inbox.c.due_at.is_not(None), inbox.c.set_aside_at.is_not(None))
        rows = self._connection.execute(select(inbox).where(wanted).order_by(inbox.c.received_at, inbox.c.id).limit(limit)).mappings()
        return [Filed(id=row["id"], delivery=_delivery(row), received_at=row["received_at"], tries=row["tries"], error=row["error"],
                      handled_at=row["handled_at"], set_aside_at=row["set_aside_at"]) for row in rows]

    def replay(self, inbox_id: str) -> bool:
        replayed = self._connection.execute(update(inbox).where(inbox.c.id == inbox_id).values(
            due_at=self._session.now(), tries=0, handled_at=None, set_aside_at=None)).rowcount == 1
        self._session.posted |= replayed
        return replayed

    def forget(self, before: datetime, limit: int) -> int:
        old = select(inbox.c.id).where(inbox.c.handled_at < before).order_by(inbox.c.handled_at).limit(limit)
        return self._connection.execute(delete(inbox).where(inbox.c.id.in_(old))).rowcount

    def latest(self, provider: str) -> datetime | None:
        latest: datetime | None = self._connection.execute(_LATEST, {"at": provider}).scalar()
        return latest

    def counts(self) -> tuple[int, datetime | None, int]:
        waiting, since = self._connection.execute(_DUE).one()
        aside: int = self._connection.execute(_ASIDE).scalar_one()
        return waiting, since, aside


def _delivery(row: RowMapping) -> Delivery:
    return Delivery(provider=row["provider"], delivery_id=row["delivery_id"], headers=row["headers"], body=row["body"])


_TAKEN: dict[str, Any] = {"due_at": bindparam("until", type_=inbox.c.due_at.type), "tries": inbox.c.tries + 1}
_TAKE = update(inbox).where(inbox.c.id == bindparam("this")).values(_TAKEN).returning(*inbox.c)
_WAITING = select(inbox.c.id).where(inbox.c.due_at <= bindparam("now", type_=inbox.c.due_at.type)).limit(1)
_LATEST = (select(inbox.c.received_at).where(inbox.c.provider == bindparam("at")).order_by(inbox.c.id.desc()).limit(1))
_DUE = select(func.count(), func.min(inbox.c.received_at)).where(inbox.c.due_at.is_not(None))
_ASIDE = select(func.count()).where(inbox.c.set_aside_at.is_not(None))
