"""Whose turn it is: claims, fences, wakes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Update, and_, bindparam, case, false, func, or_, select, update

from core.domain.executions import Mode, Status
from core.ports.leases import Claim, Held
from integrations.database.rows import execution_from_row
from integrations.database.session import Session
from integrations.database.tables import executions as e


class SqlLeases:
    def __init__(self, session: Session):
        self._session = session

    def claim(self, versions: Mapping[str, int], lease: timedelta, execution_id: str | None = None) -> Claim | None:
        """A row that another worker has locked is passed over, so the clock that comes with the lock has waited for nobody."""
        due = select(e.c.id, self._session.clock().label("now")).where(e.c.due_at <= self._session.index_clock(), _ours(versions))
        if execution_id is not None:
            due = due.where(e.c.id == execution_id)
        found = self._session.connection.execute(due.order_by(e.c.due_at).limit(1).with_for_update(skip_locked=True, of=e)).one_or_none()
        if found is None:
            return None
        claim = {"this": found.id, "now": found.now, "until": found.now + lease}
        row = self._session.connection.execute(_CLAIM, claim).mappings().one()
        return Claim(execution=execution_from_row(row), attempt=row["attempt"], seen=row["wake"], lost=row["lost"], at=found.now)

    def hold(self, execution_id: str, attempt: int, renew: timedelta | None = None) -> Held | None:
        mine = {"this": execution_id, "number": attempt}
        if renew is None:
            row = self._session.connection.execute(_HOLD, mine).one_or_none()
        else:
            row = self._session.connection.execute(_RENEW.values(due_at=self._session.clock(renew)), mine).one_or_none()
        return Held(outcome=Status(row.outcome) if row.outcome else None, wake=row.wake) if row else None

    def progress(self, execution_id: str) -> None:
        self._session.connection.execute(update(e).where(e.c.id == execution_id).values(lost=0))

    def park(self, execution_id: str, due_at: datetime | None) -> None:
        self._session.connection.execute(_PARK, {"this": execution_id, "until": due_at})

    def ring(self, execution_id: str) -> None:
        self._session.connection.execute(ring_statement(execution_id, self._session.clock()))
        self._session.rung.append(execution_id)

    def next_due(self, versions: Mapping[str, int]) -> timedelta | None:
        due_at = self._session.connection.execute(select(e.c.due_at).where(e.c.due_at.is_not(None), _ours(versions))
                                             .order_by(e.c.due_at).limit(1)).scalar()
        return None if due_at is None else due_at - self._session.now()

    def unclaimed(self, versions: Mapping[str, int], than: timedelta, limit: int) -> list[tuple[str, str]]:
        waiting = and_(e.c.due_at <= self._session.now() - than, ~_ours(versions))
        rows = self._session.connection.execute(select(e.c.id, e.c.flow).where(waiting).limit(limit))
        return [(row.id, row.flow) for row in rows]


_MINE = and_(e.c.id == bindparam("this"), e.c.held, e.c.attempt == bindparam("number"))
_HOLD = select(e.c.outcome, e.c.wake).where(_MINE).with_for_update()
_RENEW = update(e).where(_MINE).returning(e.c.outcome, e.c.wake)
_PARK = update(e).where(e.c.id == bindparam("this")).values(held=False, lost=0, due_at=bindparam("until", type_=e.c.due_at.type))


_CLAIM = update(e).where(e.c.id == bindparam("this")).values(
    held=True, attempt=e.c.attempt + 1, lost=case((e.c.held, e.c.lost + 1), else_=e.c.lost),
    due_at=bindparam("until", type_=e.c.due_at.type),
    status=case((e.c.status == Status.PENDING, Status.RUNNING), else_=e.c.status),
    started_at=case((e.c.outcome.is_not(None), e.c.started_at),
                    else_=func.coalesce(e.c.started_at, bindparam("now", type_=e.c.started_at.type)))).returning(*e.c)


def ring_statement(execution_id: Any, now: Any) -> Update:
    """Count a wake, and make the run due unless somebody holds it."""
    return update(e).where(e.c.id == execution_id, e.c.settled_at.is_(None)).values(
        wake=e.c.wake + 1, due_at=case((or_(e.c.held, e.c.mode != Mode.FLOW), e.c.due_at), else_=now))


def _ours(versions: Mapping[str, int]) -> ColumnElement[bool]:
    known: Iterable[ColumnElement[bool]] = (and_(e.c.flow == flow, e.c.flow_version <= version) for flow, version in versions.items())
    return or_(e.c.outcome.is_not(None), *known, false())
