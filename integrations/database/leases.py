"""Whose turn it is: claims, fences, wakes."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Interval,
    Update,
    and_,
    bindparam,
    case,
    false,
    func,
    or_,
    select,
    type_coerce,
    update,
)
from sqlalchemy.sql.dml import ReturningUpdate

from core.domain.executions import Mode, Status
from core.ports.leases import Claim, Held
from integrations.database.rows import execution_from_row
from integrations.database.session import Session
from integrations.database.tables import executions as e


class SqlLeases:
    def __init__(self, session: Session):
        self._session = session

    def claim(self, versions: Mapping[str, int], lease: timedelta, execution_id: str | None = None) -> Claim | None:
        """A row that another worker has locked is passed over, so the clock that is read beside the lock has waited for nobody."""
        claim, clock = _claim(tuple(versions.items()), execution_id is not None, self._session.postgres), self._session.database_clock
        values: dict[str, Any] = {"this": execution_id} if execution_id is not None else {}
        if self._session.postgres:
            values |= {"ahead": clock.ahead, "lease": lease}
        else:
            now = self._session.now()
            values |= {"now": now, "until": now + lease}
        row = self._session.connection.execute(claim, values).mappings().one_or_none()
        if row is None:
            return None
        now = row["due_at"] - lease
        return Claim(execution=execution_from_row(row), attempt=row["attempt"], seen=row["wake"], lost=row["lost"], at=now)

    def hold(self, execution_id: str, attempt: int, renew: timedelta | None = None, *, whole: bool = False) -> Held | None:
        mine = {"this": execution_id, "number": attempt}
        if renew is not None:
            return self._renewed(renew, mine)
        row = self._session.connection.execute(_HOLD_WHOLE if whole else _HOLD, mine).mappings().one_or_none()
        if row is None:
            return None
        return Held(outcome=Status(row["outcome"]) if row["outcome"] else None, wake=row["wake"],
                    execution=execution_from_row(row) if whole else None)

    def _renewed(self, lease: timedelta, mine: Mapping[str, Any]) -> Held | None:
        if self._session.postgres:
            found = self._session.connection.execute(_RENEW_BY_CLOCK, {**mine, "ahead": self._session.database_clock.ahead, "lease": lease})
        else:
            found = self._session.connection.execute(_RENEW, {**mine, "until": self._session.now() + lease})
        row = found.one_or_none()
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
_HOLD_WHOLE = select(e).where(_MINE).with_for_update()
_UNTIL = bindparam("until", type_=e.c.due_at.type)
_AHEAD = bindparam("ahead", type_=Interval)
_NOW = func.clock_timestamp(type_=DateTime(timezone=True)) + _AHEAD
_UNTIL_BY_CLOCK = type_coerce(_NOW + bindparam("lease", type_=Interval), e.c.due_at.type)
_RENEW = update(e).where(_MINE).values(due_at=_UNTIL).returning(e.c.outcome, e.c.wake)
_RENEW_BY_CLOCK = update(e).where(_MINE).values(due_at=_UNTIL_BY_CLOCK).returning(e.c.outcome, e.c.wake)
_PARK = update(e).where(e.c.id == bindparam("this")).values(held=False, lost=0, due_at=bindparam("until", type_=e.c.due_at.type))


def ring_statement(execution_id: Any, now: Any) -> Update:
    """Count a wake, and make the run due unless somebody holds it."""
    return update(e).where(e.c.id == execution_id, e.c.settled_at.is_(None)).values(
        wake=e.c.wake + 1, due_at=case((or_(e.c.held, e.c.mode != Mode.FLOW), e.c.due_at), else_=now))


@cache
def _claim(versions: tuple[tuple[str, int], ...], of_one: bool, postgres: bool) -> ReturningUpdate[Any]:
    """Return what takes a run that is due. statement_timestamp() is the same throughout, as an index condition wants it."""
    now: ColumnElement[Any] = type_coerce(_NOW, e.c.due_at.type) if postgres else bindparam("now", type_=e.c.due_at.type)
    since = type_coerce(func.statement_timestamp(type_=DateTime(timezone=True)) + _AHEAD, e.c.due_at.type) if postgres else now
    until = _UNTIL_BY_CLOCK if postgres else _UNTIL
    due = select(e.c.id).where(e.c.due_at <= since, _ours(dict(versions)))
    if of_one:
        due = due.where(e.c.id == bindparam("this"))
    due = due.order_by(e.c.due_at).limit(1).with_for_update(skip_locked=True)
    return update(e).where(e.c.id == due.scalar_subquery()).values(
        held=True, attempt=e.c.attempt + 1, lost=case((e.c.held, e.c.lost + 1), else_=e.c.lost), due_at=until,
        status=case((e.c.status == Status.PENDING, Status.RUNNING), else_=e.c.status),
        started_at=case((e.c.outcome.is_not(None), e.c.started_at), else_=func.coalesce(e.c.started_at, now))).returning(*e.c)


def _ours(versions: Mapping[str, int]) -> ColumnElement[bool]:
    known: Iterable[ColumnElement[bool]] = (and_(e.c.flow == flow, e.c.flow_version <= version) for flow, version in versions.items())
    return or_(e.c.outcome.is_not(None), *known, false())
