"""Which conversations are to be read again, and since when."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_, select, update

from core.ports.conversation import Look
from integrations.database.approvals import OPEN
from integrations.database.conversation_tables import reconciled
from integrations.database.session import Session
from integrations.database.tables import approvals, conversations
from integrations.database.upsert import insert_or_ignore


class SqlReconciled:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def enlist(self, provider: str, at: datetime, every: timedelta) -> int:
        """They are spread over that time, so that those of one moment are not all read at the same one."""
        known = select(reconciled.c.conversation).where(reconciled.c.conversation == conversations.c.key).exists()
        new = select(conversations.c.key, approvals.c.id, approvals.c.requested_at).join(
            approvals, approvals.c.id == conversations.c.approval_id).where(
            OPEN, conversations.c.key.startswith(f"{provider}:", autoescape=True), ~known).order_by(approvals.c.requested_at)
        found: dict[str, tuple[str, datetime]] = {}
        for key, approval_id, requested_at in self._connection.execute(new):
            found.setdefault(key, (approval_id, requested_at))
        return sum(insert_or_ignore(self._connection, reconciled, {
            "conversation": key, "approval_id": approval_id, "since": since, "next_at": at + every * (n + 1) / len(found)})
            for n, (key, (approval_id, since)) in enumerate(found.items()))

    def drop(self, at: datetime) -> int:
        still = select(conversations.c.key).join(approvals, approvals.c.id == conversations.c.approval_id).where(
            OPEN, conversations.c.key == reconciled.c.conversation).exists()
        return self._connection.execute(delete(reconciled).where(~still)).rowcount

    def take(self, providers: Collection[str], again: timedelta) -> Look | None:
        of_these = or_(*(reconciled.c.conversation.startswith(f"{provider}:", autoescape=True) for provider in sorted(providers)))
        due = select(reconciled.c.conversation).where(reconciled.c.next_at <= self._session.index_clock(), of_these)
        found = self._connection.execute(due.order_by(reconciled.c.next_at).limit(1).with_for_update(skip_locked=True)).scalar()
        if found is None:
            return None
        row = self._connection.execute(_TAKE, {"this": found, "until": self._session.now() + again}).mappings().one()
        return Look(conversation=row["conversation"], since=row["since"], failed=row["failed"])

    def looked(self, conversation: str, since: datetime) -> None:
        self._connection.execute(update(reconciled).where(reconciled.c.conversation == conversation, reconciled.c.since <= since).values(
            since=since, failed=None))

    def failed(self, conversation: str, error: str, again: timedelta) -> None:
        self._connection.execute(update(reconciled).where(reconciled.c.conversation == conversation).values(
            failed=error, next_at=self._session.now() + again))


_TAKEN: dict[str, Any] = {"next_at": bindparam("until", type_=reconciled.c.next_at.type)}
_TAKE = update(reconciled).where(reconciled.c.conversation == bindparam("this")).values(_TAKEN).returning(*reconciled.c)
