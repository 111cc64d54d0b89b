"""Runs as lists, to be read."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Select, bindparam, func, literal_column, select

from core.domain.executions import Execution
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
        if wanted.flow_path is not None:
            flows = self._connection.execute(_FLOWS, {"project": wanted.project_id}).scalars()
            conditions.append(e.c.flow.in_([flow for flow in flows if wanted.flow_path in flow]))
        total = self._connection.execute(select(func.count()).select_from(e).where(*conditions)).scalar_one()
        if offset >= total:
            return [], total
        listed = select(*(e.c[name] for name in LIGHT)).where(*conditions).order_by(e.c.created_at.desc(), e.c.id.desc())
        rows = self._connection.execute(_piece(listed, limit, offset)).mappings()
        return [execution_from_row(row) for row in rows], total

    def some(self, execution_ids: Collection[str]) -> list[Execution]:
        if not execution_ids:
            return []
        return [execution_from_row(row) for row in self._connection.execute(select(e).where(e.c.id.in_(execution_ids))).mappings()]

    def of_starter(self, starter: str, project_ids: Collection[str], *, limit: int, offset: int) -> list[Execution]:
        started = select(e).where(*_started(starter, project_ids)).order_by(e.c.created_at.desc(), e.c.id.desc())
        rows = self._connection.execute(_piece(started, limit, offset)).mappings()
        return [execution_from_row(row) for row in rows]

    def count_of_starter(self, starter: str, project_ids: Collection[str]) -> int:
        count: int = self._connection.execute(
            select(func.count()).select_from(e).where(*_started(starter, project_ids))).scalar_one()
        return count


def _piece(listed: Select[Any], limit: int, offset: int) -> Select[Any]:
    """Take a piece of a list. Of a limit that is a parameter PostgreSQL expects a tenth of all, and plans the statement anew each time."""
    piece = listed.limit(literal_column(str(limit), Integer))
    return piece.offset(offset) if offset else piece


def _started(starter: str, project_ids: Collection[str]) -> list[ColumnElement[bool]]:
    return [e.c.project_id.in_(project_ids), e.c.triggered_by == starter, e.c.parent_id.is_(None), ~e.c.scheduled, _LISTED]


def _conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    conditions = [e.c.project_id == wanted.project_id, _LISTED]
    if not wanted.include_scheduled:
        conditions.append(~e.c.scheduled)
    if wanted.mode is not None:
        conditions.append(_IN_PIPELINES if wanted.mode == "cicd" else ~_IN_PIPELINES)
    exact = {"category": wanted.category, "task_type": wanted.task_type, "work_item_key": wanted.work_item_key,
             "work_item_type": wanted.work_item_type, "triggered_by": wanted.triggered_by}
    conditions += [e.c[name] == value for name, value in exact.items() if value is not None]
    if wanted.since is not None:
        conditions.append(e.c.created_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(e.c.created_at < wanted.until)
    return conditions


def _flows() -> Select[Any]:
    """Step from one routed type of a project to the next, however many runs each has."""
    known = select(func.min(e.c.flow).label("flow")).where(e.c.project_id == bindparam("project"), _LISTED).cte(recursive=True)
    after = select(func.min(e.c.flow)).where(e.c.project_id == bindparam("project"), _LISTED, e.c.flow > known.c.flow).scalar_subquery()
    known = known.union_all(select(after).where(known.c.flow.is_not(None)))
    return select(known.c.flow).where(known.c.flow.is_not(None))


# Words of the statements, as the partial indexes have them: a parameter would not tell the planner that an index holds all that is wanted.
_LISTED = e.c.mode != literal_column("'foreign'")
_IN_PIPELINES = e.c.mode == literal_column("'cicd'")
_FLOWS = _flows()
