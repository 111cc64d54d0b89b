"""The audit's chains, one a project."""

from collections.abc import Sequence
from functools import cache
from itertools import groupby
from typing import Any

from sqlalchemy import Insert, Row, Select, bindparam, select, true, update

from core.domain.audit import BEGINNING, Event, chain
from core.domain.effects import Announce
from integrations.database.announcing import NOBODY, Announcing
from integrations.database.session import Session
from integrations.database.tables import audit, audit_heads
from integrations.database.upsert import insert_or_ignore

AT_ONCE = 8  # rows in one statement


class SqlAudit:
    """Rows wait until the end of the transaction: the head of a chain is the last thing that it locks."""

    def __init__(self, session: Session):
        self._session = session
        self._waiting: list[Event] = []
        self.written: list[Event] = []

    def append(self, event: Event) -> None:
        self._waiting.append(event)

    def flush(self, announcing: Announcing = NOBODY) -> None:
        """Write what waits, and announce it where somebody wants to know of it."""
        in_order = sorted(self._waiting, key=lambda event: event.project_id)
        for project_id, events in groupby(in_order, key=lambda event: event.project_id):
            self._extend(project_id, list(events), announcing)
        self.written += self._waiting
        self._waiting = []

    def _extend(self, project_id: str, events: list[Event], announcing: Announcing) -> None:
        connection, announced = self._session.connection, announcing.of(events)
        head = self._head(project_id, announced, announcing)
        seq, previous, at = head.seq, head.hash, self._session.read_at or self._session.now()
        rows = []
        for event in events:
            seq, previous = seq + 1, chain(previous, seq + 1, at, event)
            rows.append({"project_id": project_id, "seq": seq, "at": at, "kind": event.kind, "actor": event.actor, "hash": previous,
                         "execution_id": event.execution_id, "approval_id": event.approval_id, "facts": dict(event.facts)})
        end = {"project": project_id, "end": seq, "last": previous}
        if self._session.postgres and len(rows) <= AT_ONCE:
            connection.execute(_append(len(rows)), end | _numbered(rows))
        else:
            connection.execute(_APPEND, rows)
            connection.execute(_MOVE, end)
        if announced and head.wanted:
            announcing.put(self._session, announced, at)

    def _head(self, project_id: str, announced: list[Announce], announcing: Announcing) -> Row[Any]:
        """Lock the head of a chain. With it comes whether anything that is announced is wanted at all, where it is of one run.

        Nobody comes to want to know of a run that this transaction has locked while it waits for the head.
        """
        runs = {each.execution_id for each in announced}
        statement, values = (_head_and(announcing), {"run": runs.pop()}) if len(runs) == 1 else (_HEAD, {})
        values["project"] = project_id
        found = self._session.connection.execute(statement, values).one_or_none()
        if found is None:
            insert_or_ignore(self._session.connection, audit_heads, {"project_id": project_id, "seq": 0, "hash": BEGINNING})
            found = self._session.connection.execute(statement, values).one()
        return found


_OF_PROJECT = audit_heads.c.project_id == bindparam("project")
_HEAD = select(audit_heads.c.seq, audit_heads.c.hash, true().label("wanted")).where(_OF_PROJECT).with_for_update()
_MOVE = update(audit_heads).where(_OF_PROJECT).values(seq=bindparam("end"), hash=bindparam("last"))
_APPEND = audit.insert()


@cache
def _head_and(announcing: Announcing) -> Select[Any]:
    run = bindparam("run", type_=audit.c.execution_id.type)
    return (select(audit_heads.c.seq, audit_heads.c.hash, announcing.wanted(run).label("wanted"))
            .select_from(audit_heads).where(_OF_PROJECT).with_for_update(of=audit_heads))


@cache
def _append(count: int) -> Insert:
    """Return what writes so many rows and moves the head. Rows of one VALUES would be a new statement each time."""
    rows = [audit.insert().values({column.name: bindparam(f"{column.name}_{number}", type_=column.type) for column in audit.c})
            for number in range(count)]
    return rows[-1].add_cte(*(row.cte(f"row_{number}") for number, row in enumerate(rows[:-1])), _MOVE.cte("moved"))


def _numbered(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {f"{name}_{number}": value for number, row in enumerate(rows) for name, value in row.items()}
