"""The audit's chains, one a project."""


from sqlalchemy import bindparam, select, update

from core.domain.audit import BEGINNING, Event, chain
from integrations.database.session import Session
from integrations.database.tables import audit, audit_heads
from integrations.database.upsert import as_named, insert_or_ignore, named


class SqlAudit:
    """Rows wait until the end of the transaction: the head of a chain is the last thing that it locks."""

    def __init__(self, session: Session):
        self._session = session
        self.waiting: list[Event] = []
        self.written: list[Event] = []

    def append(self, event: Event) -> None:
        self.waiting.append(event)

    def flush(self) -> None:
        for project_id in sorted({event.project_id for event in self.waiting}):
            self._extend(project_id, [event for event in self.waiting if event.project_id == project_id])
        self.written += self.waiting
        self.waiting = []

    def _extend(self, project_id: str, events: list[Event]) -> None:
        connection = self._session.connection
        found = connection.execute(_HEAD, {"project": project_id}).one_or_none()
        if found is None:
            insert_or_ignore(connection, audit_heads, {"project_id": project_id, "seq": 0, "hash": BEGINNING})
            found = connection.execute(_HEAD, {"project": project_id}).one()
        (seq, previous), at = found, self._session.read_at or self._session.now()
        rows = []
        for event in events:
            seq, previous = seq + 1, chain(previous, seq + 1, at, event)
            rows.append({"project_id": project_id, "seq": seq, "at": at, "kind": event.kind, "actor": event.actor, "hash": previous,
                         "execution_id": event.execution_id, "approval_id": event.approval_id, "facts": dict(event.facts)})
        end = {"project": project_id, "end": seq, "last": previous}
        if self._session.postgres and len(rows) == 1:
            connection.execute(_APPEND_ONE, as_named(rows[0]) | end)
            return
        connection.execute(_APPEND, rows)
        connection.execute(_MOVE, end)


_OF_PROJECT = audit_heads.c.project_id == bindparam("project")
_HEAD = select(audit_heads.c.seq, audit_heads.c.hash).where(_OF_PROJECT).with_for_update()
_MOVE = update(audit_heads).where(_OF_PROJECT).values(seq=bindparam("end"), hash=bindparam("last"))
_APPEND = audit.insert()
_APPEND_ONE = _APPEND.values(named(audit)).add_cte(_MOVE.cte("moved"))
