"""Look at runs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from core.domain.approvals import Approval
from core.domain.executions import Execution
from core.domain.json import parse_timestamp
from core.domain.people import Caller
from core.engine.sight import see_execution, see_project, whole
from core.errors import Invalid
from core.ports.database import Database, Transaction
from core.ports.runs import RunFilter

_AGO = re.compile(r"([0-9]{1,6})([mhdw])")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQuery:
    """A list of runs as it is asked for: `since` a time or `<n>m|h|d|w`, `date` a day in UTC, `page` from 1."""

    repository_identifier: str
    mode: str | None = None
    category: str | None = None
    task_type: str | None = None
    flow_path: str | None = None
    work_item_key: str | None = None
    work_item_type: str | None = None
    since: str | None = None
    date: str | None = None
    triggered_by: str | None = None
    include_scheduled: bool = False
    limit: int = 50
    page: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A page of a list; `runs` are without payload, result and error."""

    runs: Sequence[Execution]
    total: int
    page: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionView:
    """A run with its approval as it is now, below its parent and above its direct children."""

    execution: Execution
    parent: Execution | None
    approval: Approval | None
    children: Sequence["ExecutionView"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildList:
    parent_id: str
    children: Sequence[ExecutionView]


@dataclass(frozen=True, slots=True, kw_only=True)
class FindExecutions:
    database: Database

    def page(self, caller: Caller, query: RunQuery) -> RunPage:
        """Return a page of a project's runs, the newest first; an unknown or unseen project has none."""
        with self.database.read() as tx:
            wanted = _times(query, tx.now())
            project = see_project(tx, caller, query.repository_identifier)
            if project is None:
                return RunPage(runs=(), total=0, page=query.page)
            runs, total = tx.runs.page(RunFilter(
                project_id=project.id, mode=query.mode, category=query.category, task_type=query.task_type, flow_path=query.flow_path,
                work_item_key=query.work_item_key, work_item_type=query.work_item_type, since=wanted[0], until=wanted[1],
                triggered_by=query.triggered_by, include_scheduled=query.include_scheduled),
                limit=query.limit, offset=(query.page - 1) * query.limit)
        return RunPage(runs=runs, total=total, page=query.page)

    def get(self, caller: Caller, target: str) -> ExecutionView:
        with self.database.read() as tx:
            execution = whole(tx, see_execution(tx, caller, target))
            parent = tx.runs.get(execution.parent_id) if execution.parent_id else None
            return replace(_views(tx, parent, [execution])[0], children=_children(tx, execution))

    def children(self, caller: Caller, target: str) -> ChildList:
        with self.database.read() as tx:
            parent = see_execution(tx, caller, target).execution
            return ChildList(parent_id=parent.id, children=_children(tx, parent))


def _children(tx: Transaction, parent: Execution) -> list[ExecutionView]:
    return _views(tx, parent, tx.family.children(parent.id))


def _views(tx: Transaction, parent: Execution | None, executions: Sequence[Execution]) -> list[ExecutionView]:
    """Return runs of one project with their approvals as they are now."""
    asked = tx.approval_search.of_runs([execution.id for execution in executions])
    owners = tx.people.owners(executions[0].project_id) if asked else ()
    now = tx.now()
    shown = {run: approval.at(now).named(owners) for run, approval in asked.items()}
    return [ExecutionView(execution=execution, parent=parent, approval=shown.get(execution.id)) for execution in executions]


def _times(query: RunQuery, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the first moment wanted and the first not wanted any more."""
    since = _since(query.since, now) if query.since else None
    if not query.date:
        return since, None
    try:
        day = datetime.combine(date.fromisoformat(query.date), datetime.min.time(), UTC)
        if not _DAY.fullmatch(query.date):
            raise ValueError(query.date)
        return max(since, day) if since else day, day + timedelta(days=1)
    except (ValueError, OverflowError):
        raise Invalid(("date must be a day such as 2026-01-31.",)) from None


def _since(text: str, now: datetime) -> datetime:
    ago = _AGO.fullmatch(text)
    try:
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])}) if ago else parse_timestamp(text)
    except (ValueError, OverflowError):
        raise Invalid(("since must be a time such as 2026-01-31T12:00:00Z, or a span such as 24h or 7d.",)) from None
