"""Effects that wait to be delivered."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from uuid_utils import uuid7

from core.domain.effects import Effect, RingNext
from core.ports.outbox import Posted
from integrations.database.session import Session
from integrations.database.tables import outbox

KINDS: dict[str, type[Effect]] = {"ring-next": RingNext}
NAMES = {kind: name for name, kind in KINDS.items()}


class SqlOutbox:
    def __init__(self, session: Session):
        self._session = session

    def put(self, effect: Effect, at: datetime) -> None:
        self._session.connection.execute(_PUT, {
            "id": str(uuid7()), "kind": NAMES[type(effect)], "project_id": None, "execution_id": effect.execution_id,
            "content": asdict(effect), "created_at": at, "due_at": at, "tries": 0, "error": None})
        self._session.posted = True

    def take(self, again: timedelta) -> Posted | None:
        """Kinds that a newer process has put there are left to it."""
        due = select(outbox.c.id).where(outbox.c.due_at <= self._session.index_clock(), outbox.c.kind.in_(list(KINDS)))
        due = due.order_by(outbox.c.due_at).limit(1)
        found = self._session.connection.execute(due.with_for_update(skip_locked=True)).scalar()
        if found is None:
            return None
        row = self._session.connection.execute(_TAKE, {"this": found, "until": self._session.now() + again}).one()
        return Posted(id=row.id, effect=KINDS[row.kind](**row.content), tries=row.tries)

    def done(self, posted_id: str) -> None:
        self._session.connection.execute(delete(outbox).where(outbox.c.id == posted_id))

    def failed(self, posted_id: str, error: str, again: timedelta) -> None:
        self._session.connection.execute(update(outbox).where(outbox.c.id == posted_id).values(
            due_at=self._session.now() + again, error=error))


_PUT = outbox.insert()
_DUE: dict[str, Any] = {"due_at": bindparam("until", type_=outbox.c.due_at.type), "tries": outbox.c.tries + 1}
_TAKE = update(outbox).where(outbox.c.id == bindparam("this")).values(_DUE).returning(*outbox.c)
