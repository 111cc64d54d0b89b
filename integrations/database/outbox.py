"""Effects that wait to be delivered."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, delete, or_, select, update
from uuid_utils import uuid7

from core.domain.effects import (
    Acknowledge,
    Announce,
    CallBack,
    CancelDispatch,
    DispatchRun,
    Effect,
    Mirror,
    PassGate,
    Remind,
    RingNext,
    Say,
    ShowCard,
    Tell,
    receiver,
)
from core.ports.outbox import Posted
from integrations.database.session import Session
from integrations.database.tables import outbox

KINDS: dict[str, type[Effect]] = {
    "ring-next": RingNext, "pass-gate": PassGate, "dispatch-run": DispatchRun, "cancel-dispatch": CancelDispatch,
    "announce": Announce, "show-card": ShowCard, "remind": Remind, "tell": Tell, "say": Say, "acknowledge": Acknowledge,
    "mirror": Mirror, "call-back": CallBack}
NAMES = {kind: name for name, kind in KINDS.items()}
MOVING = ("ring-next", "pass-gate", "dispatch-run", "cancel-dispatch")  # what a run itself waits for


class SqlOutbox:
    def __init__(self, session: Session):
        self._session = session

    def put(self, effect: Effect, at: datetime) -> None:
        self._session.connection.execute(_PUT, {
            "id": str(uuid7()), "kind": NAMES[type(effect)], "project_id": None, "execution_id": effect.execution_id,
            "content": asdict(effect), "created_at": at, "due_at": at, "tries": 0, "error": None,
            "receiver": receiver(effect)})
        self._session.posted = True

    def take(self, again: timedelta, kinds: Collection[type[Effect]], busy: Collection[str] = ()) -> Posted | None:
        """Kinds that a newer process has put there are left to it."""
        due = select(outbox.c.id).where(outbox.c.due_at <= self._session.index_clock(), *_to(kinds, busy))
        due = due.order_by(outbox.c.due_at).limit(1)
        found = self._session.connection.execute(due.with_for_update(skip_locked=True)).scalar()
        if found is None:
            return None
        row = self._session.connection.execute(_TAKE, {"this": found, "until": self._session.now() + again}).one()
        return Posted(id=row.id, effect=KINDS[row.kind](**row.content), tries=row.tries)

    def waiting(self, kinds: Collection[type[Effect]], busy: Collection[str]) -> bool:
        due = select(outbox.c.id).where(outbox.c.due_at <= self._session.now(), *_to(kinds, busy)).limit(1)
        return self._session.connection.execute(due).scalar() is not None

    def why(self, execution_id: str) -> str | None:
        newest = select(outbox.c.error).where(
            outbox.c.execution_id == execution_id, outbox.c.kind.in_(MOVING)).order_by(outbox.c.id.desc()).limit(1)
        error: str | None = self._session.connection.execute(newest).scalar()
        return error

    def done(self, posted_id: str) -> bool:
        return self._session.connection.execute(delete(outbox).where(outbox.c.id == posted_id)).rowcount > 0

    def failed(self, posted_id: str, error: str, again: timedelta) -> None:
        self._session.connection.execute(update(outbox).where(outbox.c.id == posted_id).values(
            due_at=self._session.now() + again, error=error))


def _to(kinds: Collection[type[Effect]], busy: Collection[str]) -> list[ColumnElement[bool]]:
    """Return what holds for effects of these kinds that are not to these receivers."""
    named = outbox.c.kind.in_([NAMES[kind] for kind in kinds])
    return [named, or_(outbox.c.receiver.is_(None), outbox.c.receiver.not_in(sorted(busy)))] if busy else [named]


_PUT = outbox.insert()
_DUE: dict[str, Any] = {"due_at": bindparam("until", type_=outbox.c.due_at.type), "tries": outbox.c.tries + 1}
_TAKE = update(outbox).where(outbox.c.id == bindparam("this")).values(_DUE).returning(*outbox.c)
