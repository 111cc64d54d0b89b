"""A connection within a transaction, with its clock and the runs that it rang."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, literal

from integrations.database.clock import Clock, later
from integrations.database.types import Timestamp


@dataclass(slots=True)
class Session:
    """`rung`: the runs to be nudged once this is committed; `posted`: so is the relay. `read_at`: the time as it was last read."""

    connection: Connection
    database_clock: Clock
    writing: bool
    rung: list[str] = field(default_factory=list)
    posted: bool = False
    read_at: datetime | None = None

    @property
    def postgres(self) -> bool:
        return self.connection.dialect.name == "postgresql"

    def now(self) -> datetime:
        self.read_at = self.database_clock.now(self.connection, writing=self.writing)
        return self.read_at

    def told(self, at: datetime) -> datetime:
        """Return the time that a statement of PostgreSQL's told beside what it read."""
        self.read_at = self.database_clock.shown(at)
        return self.read_at

    def clock(self, plus: timedelta = timedelta()) -> ColumnElement[Any]:
        """Return the time as part of a statement that writes."""
        if self.postgres:
            return later(self.database_clock.expression(self.connection), plus)
        return literal(self.now() + plus, Timestamp)

    def index_clock(self) -> ColumnElement[Any]:
        """Return the time as an index condition wants it: the same throughout the statement."""
        return self.database_clock.index_expression(self.connection)
