"""Cards, and the reminders of what is open."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, or_, select, update

from core.domain.approvals import Status
from core.ports.conversation import CardRow, Due, Unshown
from integrations.database.conversation_tables import cards, reminders
from integrations.database.session import Session
from integrations.database.tables import approvals, conversations
from integrations.database.types import Timestamp
from integrations.database.upsert import insert_or_ignore


class SqlCards:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def conversations(self, approval_id: str) -> list[str]:
        return list(self._connection.execute(_DISCUSSED, {"approval": approval_id}).scalars())

    def claim(self, approval_id: str, conversation: str, lease: timedelta) -> CardRow | None:
        insert_or_ignore(self._connection, cards, {
            "approval_id": approval_id, "conversation": conversation, "message_id": None, "shown": None, "begun_at": None,
            "busy_until": None, "failed": None})
        this, now = {"approval": approval_id, "where": conversation}, self._session.now()
        row = self._connection.execute(_FREE, this | {"now": now}).one_or_none()
        if row is None:
            return None
        self._connection.execute(update(cards).where(*_THIS).values(
            busy_until=now + lease, begun_at=row.begun_at or now), this)
        return CardRow(message_id=row.message_id, shown=row.shown, begun=row.begun_at is not None, failed=row.failed)

    def shown(self, approval_id: str, conversation: str, *, message_id: str, shown: str) -> None:
        self._connection.execute(update(cards).where(*_THIS).values(message_id=message_id, shown=shown, busy_until=None),
                                 {"approval": approval_id, "where": conversation})

    def unshown(self, limit: int, project_id: str | None = None) -> list[Unshown]:
        wanted = _UNSHOWN if project_id is None else _UNSHOWN.where(approvals.c.project_id == project_id)
        return [Unshown(**row) for row in self._connection.execute(wanted.limit(limit), {"now": self._session.now()}).mappings()]

    def release(self, approval_id: str, conversation: str, *, failed: str | None = None) -> None:
        self._connection.execute(update(cards).where(*_THIS).values(busy_until=None, failed=failed),
                                 {"approval": approval_id, "where": conversation})


_THIS = (cards.c.approval_id == bindparam("approval"), cards.c.conversation == bindparam("where"))
_FREE = select(cards).where(*_THIS, or_(
    cards.c.busy_until.is_(None), cards.c.busy_until <= bindparam("now", type_=Timestamp))).with_for_update()
_UNSHOWN = (
    select(approvals.c.execution_id, cards.c.approval_id, cards.c.conversation, cards.c.failed.label("why"))
    .join(approvals, approvals.c.id == cards.c.approval_id)
    .where(cards.c.failed.is_not(None), approvals.c.status == Status.PENDING, approvals.c.expires_at > bindparam("now", type_=Timestamp))
    .order_by(approvals.c.requested_at, cards.c.approval_id, cards.c.conversation))
_DISCUSSED = select(conversations.c.key).where(conversations.c.approval_id == bindparam("approval")).order_by(conversations.c.key)


class SqlReminders:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def add(self, approval_id: str, next_at: datetime) -> None:
        insert_or_ignore(self._connection, reminders, {"approval_id": approval_id, "sent": 0, "next_at": next_at})

    def due(self) -> bool:
        return self._connection.execute(_DUE_ONE, {"now": self._session.now()}).scalar() is not None

    def take(self) -> Due | None:
        row = self._connection.execute(_DUE, {"now": self._session.now()}).one_or_none()
        return Due(approval_id=row.approval_id, sent=row.sent) if row else None

    def sent(self, approval_id: str) -> int:
        return self._connection.execute(select(reminders.c.sent).where(reminders.c.approval_id == approval_id)).scalar() or 0

    def next(self, approval_id: str, sent: int, next_at: datetime | None) -> None:
        self._connection.execute(update(reminders).where(reminders.c.approval_id == approval_id).values(sent=sent, next_at=next_at))


_DUE = (select(reminders).where(reminders.c.next_at <= bindparam("now", type_=Timestamp)).order_by(reminders.c.next_at).limit(1)
        .with_for_update(skip_locked=True))
_DUE_ONE = select(reminders.c.approval_id).where(reminders.c.next_at <= bindparam("now", type_=Timestamp)).limit(1)
