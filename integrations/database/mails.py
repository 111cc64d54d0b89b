"""What is to be told by mail, gathered for each person."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CursorResult, bindparam, delete, func, select, update
from sqlalchemy.engine import Row

from core.ports.mail import Bundle, Fate, Kind, Note
from integrations.database.conversation_tables import mailboxes, mails
from integrations.database.session import Session
from integrations.database.types import Timestamp
from integrations.database.upsert import insert_or_ignore


class SqlMails:
    """A person's row of `mailboxes` is locked before their notes: whoever writes to somebody is alone with them."""

    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def add(self, note: Note, *, quiet: timedelta, longest: timedelta) -> bool:
        box, now = self._box(note.person_id), self._session.now()
        if not insert_or_ignore(self._connection, mails, {
                "id": note.id, "person_id": note.person_id, "approval_id": note.approval_id, "kind": note.kind, "put_at": now,
                "bundle": None, "ended_at": None, "fate": None, "error": None}):
            return False
        since = box.since or now
        due = box.due_at if box.bundle is not None else min(now + quiet, since + longest)
        self._save(note.person_id, since=since, due_at=due)
        return True

    def due(self) -> bool:
        return self._connection.execute(_DUE_ONE, {"now": self._session.now()}).scalar() is not None

    def take(self, new_id: str, again: timedelta) -> Bundle | None:
        now = self._session.now()
        box = self._connection.execute(_DUE, {"now": now}).one_or_none()
        if box is None:
            return None
        name = box.bundle or new_id
        if box.bundle is None:
            self._connection.execute(update(mails).where(*_NEW).values(bundle=name), {"person": box.person_id})
            self._save(box.person_id, bundle=name, since=None, begun_at=box.since or now)
        self._save(box.person_id, due_at=now + again, tries=box.tries + 1)
        notes = self._connection.execute(_IN_BUNDLE, {"bundle": name}).mappings()
        return Bundle(id=name, person_id=box.person_id, tries=box.tries + 1, since=box.begun_at or box.since or now, notes=[
            Note(id=row["id"], person_id=row["person_id"], approval_id=row["approval_id"], kind=Kind(row["kind"])) for row in notes])

    def done(self, bundle: Bundle, fate: Fate, *, quiet: timedelta, error: str | None = None) -> None:
        now, box = self._session.now(), self._box(bundle.person_id)
        if box.bundle != bundle.id:
            return  # another process took it over and is done with it
        self._connection.execute(update(mails).where(mails.c.bundle == bundle.id, mails.c.ended_at.is_(None)).values(
            ended_at=now, fate=fate, error=error))
        due = max(now, box.since + quiet) if box.since is not None else None
        self._save(bundle.person_id, bundle=None, begun_at=None, tries=0, error=error, due_at=due)

    def failed(self, bundle: Bundle, error: str, again: timedelta) -> None:
        if self._box(bundle.person_id).bundle == bundle.id:
            self._save(bundle.person_id, due_at=self._session.now() + again, error=error)

    def is_off(self, person_id: str) -> bool:
        off = select(mailboxes.c.off_at.is_not(None)).where(mailboxes.c.person_id == person_id)
        return bool(self._connection.execute(off).scalar())

    def switch(self, person_id: str, *, off: bool) -> bool:
        box = self._box(person_id)
        if (box.off_at is not None) is off:
            return False
        self._save(person_id, off_at=self._session.now() if off else None)
        return True

    def forget(self, before: datetime, limit: int) -> int:
        old = select(mails.c.id).where(mails.c.ended_at < before).order_by(mails.c.ended_at).limit(limit)
        gone: CursorResult[Any] = self._connection.execute(delete(mails).where(mails.c.id.in_(old)))
        return gone.rowcount

    def counts(self) -> tuple[int, datetime | None]:
        count, since = self._connection.execute(select(func.count(), func.min(mails.c.put_at)).where(mails.c.ended_at.is_(None))).one()
        return count, since

    def _box(self, person_id: str) -> Row[Any]:
        insert_or_ignore(self._connection, mailboxes, {
            "person_id": person_id, "off_at": None, "since": None, "due_at": None, "bundle": None, "begun_at": None, "tries": 0,
            "error": None})
        return self._connection.execute(_BOX, {"person": person_id}).one()

    def _save(self, person_id: str, **values: Any) -> None:
        self._connection.execute(update(mailboxes).where(mailboxes.c.person_id == person_id).values(**values))


_BOX = select(mailboxes).where(mailboxes.c.person_id == bindparam("person")).with_for_update()
_PAST = mailboxes.c.due_at <= bindparam("now", type_=Timestamp)
_DUE = select(mailboxes).where(_PAST).order_by(mailboxes.c.due_at).limit(1).with_for_update(skip_locked=True)
_DUE_ONE = select(mailboxes.c.person_id).where(_PAST).limit(1)
_NEW = (mails.c.person_id == bindparam("person"), mails.c.bundle.is_(None), mails.c.ended_at.is_(None))
_IN_BUNDLE = select(mails).where(mails.c.bundle == bindparam("bundle"), mails.c.ended_at.is_(None)).order_by(mails.c.put_at, mails.c.id)
