"""Runs as lists, to be read."""

from sqlalchemy import ColumnElement, Connection, func, select

from core.domain.executions import Execution, Mode
from core.ports.runs import RunFilter
from integrations.database.rows import LIGHT, execution_from_row
from integrations.database.tables import executions as e


class SqlRuns:
    def __init__(self, connection: Connection):
        self._connection = connection

    def get(self, execution_id: str) -> Execution | None:
        row = self._connection.execute(select(e).where(e.c.id == execution_id)).mappings().one_or_none()
        return execution_from_row(row) if row else None

    def page(self, wanted: RunFilter, *, limit: int, offset: int) -> tuple[list[Execution], int]:
        conditions = _conditions(wanted)
        total = self._connection.execute(select(func.count()).select_from(e).where(*conditions)).scalar_one()
        if offset >= total:
            return [], total
        rows = self._connection.execute(select(*(e.c[name] for name in LIGHT)).where(*conditions)
                                        .order_by(e.c.created_at.desc(), e.c.id.desc()).limit(limit).offset(offset)).mappings()
        return [execution_from_row(row) for row in rows], total


def _conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    conditions = [e.c.project_id == wanted.project_id, e.c.mode != Mode.FOREIGN]
    if not wanted.include_scheduled:
        conditions.append(~e.c.scheduled)
    if wanted.mode is not None:
        conditions.append(e.c.mode == Mode.CICD if wanted.mode == Mode.CICD else e.c.mode != Mode.CICD)
    exact = {"category": wanted.category, "task_type": wanted.task_type, "work_item_key": wanted.work_item_key,
             "work_item_type": wanted.work_item_type, "triggered_by": wanted.triggered_by}
    conditions += [e.c[name] == value for name, value in exact.items() if value is not None]
    if wanted.flow_path is not None:
        conditions.append(e.c.flow.contains(wanted.flow_path, autoescape=True))
    if wanted.since is not None:
        conditions.append(e.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(e.c.created_at < wanted.until)
    return conditions
