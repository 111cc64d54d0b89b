"""What a run has done, by position."""

from sqlalchemy import Connection, bindparam, select

from core.domain.steps import Step
from integrations.database.rows import step_from_row, step_to_row
from integrations.database.tables import steps
from integrations.database.upsert import insert_or_replace


class SqlJournal:
    def __init__(self, connection: Connection):
        self._connection = connection

    def read(self, execution_id: str) -> dict[int, Step]:
        rows = self._connection.execute(_READ, {"run": execution_id}).mappings()
        return {row["position"]: step_from_row(row) for row in rows}

    def last(self, execution_id: str, limit: int) -> dict[int, Step]:
        rows = self._connection.execute(_LAST, {"run": execution_id, "most": limit}).mappings()
        return {row["position"]: step_from_row(row) for row in rows}

    def write(self, execution_id: str, step: Step) -> None:
        insert_or_replace(self._connection, steps, step_to_row(execution_id, step), keys=("execution_id", "position"))


_READ = select(steps).where(steps.c.execution_id == bindparam("run"))
_LAST = _READ.order_by(steps.c.position.desc()).limit(bindparam("most"))
