"""The clock that decides: the database's own, or on SQLite the system's, kept from going back."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Connection, DateTime, Interval, func, literal, select, type_coerce
from sqlalchemy.dialects.sqlite import insert

from integrations.database.tables import marks
from integrations.database.types import Timestamp

log = logging.getLogger("placet.clock")
MARK_EVERY = timedelta(seconds=1)


_NOW = select(func.clock_timestamp(type_=DateTime(timezone=True)))
_MARK = select(marks.c.value).where(marks.c.name == "clock")


class Clock(Protocol):
    def now(self, connection: Connection, *, writing: bool) -> datetime:
        """Read the time, after the locks that a decision depends on."""

    def shown(self, at: datetime) -> datetime:
        """Return what the database's own clock showed as the time by this one."""

    def expression(self, connection: Connection) -> ColumnElement[Any]:
        """Return the time as part of a statement that writes."""

    def index_expression(self, connection: Connection) -> ColumnElement[Any]:
        """Return the time as an index condition wants it: the same throughout the statement."""

    @property
    def ahead(self) -> timedelta:
        """By how much it is ahead of the database's own clock."""

    @property
    def behind(self) -> timedelta:
        """By how much the machine's clock lags behind a time that it had shown before."""


@dataclass(slots=True)
class PostgresClock:
    """`ahead` shifts it, for tests."""

    ahead: timedelta = timedelta()
    behind: timedelta = timedelta()

    def now(self, connection: Connection, *, writing: bool) -> datetime:
        return self.shown(connection.execute(_NOW).scalar_one())

    def shown(self, at: datetime) -> datetime:
        return at.astimezone(UTC) + self.ahead

    def expression(self, connection: Connection) -> ColumnElement[Any]:
        return self._shifted(func.clock_timestamp(type_=DateTime(timezone=True)))

    def index_expression(self, connection: Connection) -> ColumnElement[Any]:
        return self._shifted(func.statement_timestamp(type_=DateTime(timezone=True)))

    def _shifted(self, at: ColumnElement[Any]) -> ColumnElement[Any]:
        return later(at, self.ahead)


def later(at: ColumnElement[Any], plus: timedelta) -> ColumnElement[Any]:
    """Return a time and a duration after it, as one expression."""
    return type_coerce(at + literal(plus, Interval), Timestamp) if plus else at


def system_time() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class SqliteClock:
    """While the system's clock is behind a stored mark, or behind what it showed last, time goes on from there by the monotonic clock."""

    system: Callable[[], datetime] = system_time
    monotonic: Callable[[], float] = time.monotonic
    ahead: timedelta = timedelta()
    _anchor: tuple[datetime, float] | None = None
    _shown: tuple[datetime, float] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, connection: Connection, *, writing: bool) -> datetime:
        stored = connection.execute(_MARK).scalar()
        mark = datetime.fromisoformat(stored) if stored else None
        now = self._at_least(mark)
        if writing and (mark is None or now - mark >= MARK_EVERY):
            row = insert(marks).values(name="clock", value=now.isoformat())
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))
        return now

    def shown(self, at: datetime) -> datetime:
        return at

    def expression(self, connection: Connection) -> ColumnElement[Any]:
        return literal(self.now(connection, writing=True), Timestamp)

    def index_expression(self, connection: Connection) -> ColumnElement[Any]:
        return self.expression(connection)

    @property
    def behind(self) -> timedelta:
        with self._lock:
            return self._virtual() - self.system() if self._anchor else timedelta()

    def _virtual(self) -> datetime:
        assert self._anchor is not None
        at, since = self._anchor
        return at + timedelta(seconds=self.monotonic() - since)

    def _at_least(self, mark: datetime | None) -> datetime:
        with self._lock:
            tick = self.monotonic()
            latest = max([seen for seen in (self._shown, (mark, tick) if mark else None) if seen], default=None)
            if self._anchor and self.system() >= self._virtual():
                self._anchor = None
            now = self._virtual() if self._anchor else self.system()
            if latest and now < latest[0]:
                log.warning("clock.behind", extra={"seconds": (latest[0] - now).total_seconds()})
                self._anchor = latest
                now = self._virtual()
            self._shown = (now, tick)
            return now
