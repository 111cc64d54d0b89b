"""Lines of runs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.sql.dml import ReturningUpdate

from core.domain.executions import Execution
from core.domain.logs import Line
from integrations.database.executions import SAVE, changes
from integrations.database.tables import executions, log_lines
from integrations.database.upsert import as_named, insert_or_ignore, named

LARGEST = 2**31 - 1  # of PostgreSQL's integers; an offset from outside may be anything


class SqlLogs:
    def __init__(self, connection: Connection):
        self._connection = connection

    def write(self, execution_id: str, *, position: int, attempt: int, line: int, level: str, message: str, at: datetime,
              saved: Execution | None = None) -> None:
        row = {"execution_id": execution_id, "position": position, "attempt": attempt, "line": line, "at": at, "level": level,
               "message": message}
        if self._connection.dialect.name == "postgresql":
            values = as_named(row) | (changes(saved) if saved else {"this": execution_id})
            written = self._connection.execute(_SAVE_AND_WRITE if saved else _WRITE, values).rowcount == 1
        else:
            if saved:
                self._connection.execute(SAVE, changes(saved))
            seq = self._connection.execute(_NEXT, {"this": execution_id}).scalar_one()
            written = insert_or_ignore(self._connection, log_lines, {**row, "seq": seq})
        if not written:
            self._connection.execute(_BACK, {"this": execution_id})

    def after(self, execution_id: str, seq: int, limit: int) -> list[Line]:
        return self._lines(select(log_lines).where(log_lines.c.execution_id == execution_id, log_lines.c.seq > min(seq, LARGEST))
                           .order_by(log_lines.c.seq).limit(limit))

    def last(self, execution_id: str, limit: int) -> list[Line]:
        return self._lines(select(log_lines).where(log_lines.c.execution_id == execution_id)
                           .order_by(log_lines.c.seq.desc()).limit(limit))[::-1]

    def end(self, execution_id: str) -> int:
        end: int = self._connection.execute(select(executions.c.log_end).where(executions.c.id == execution_id)).scalar_one()
        return end

    def _lines(self, wanted: Select[Any]) -> list[Line]:
        return [Line(seq=row.seq, at=row.at, level=row.level, message=row.message) for row in self._connection.execute(wanted)]


_END = executions.c.log_end
_NEXT = update(executions).where(executions.c.id == bindparam("this")).values(log_end=_END + 1).returning(_END)


def _after(raising: ReturningUpdate[Any]) -> Insert:
    """Return what writes a line under the number that another statement brings."""
    raised = raising.cte("raised")
    line: dict[str, Any] = {**named(log_lines), "seq": raised.c.log_end}
    return (insert(log_lines).from_select(list(line), select(*line.values()).select_from(raised)).on_conflict_do_nothing()
            .execution_options(preserve_rowcount=True))


_WRITE = _after(_NEXT)
_SAVE_AND_WRITE = _after(SAVE.values(log_end=_END + 1).returning(_END))
_BACK = update(executions).where(executions.c.id == bindparam("this")).values(log_end=_END - 1)
