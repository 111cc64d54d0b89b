"""Runs, as the transactions of their protocol lock and save them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, literal_column, select, update

from core.domain.executions import Execution, Mode, Status
from integrations.database.reservations import reserve
from integrations.database.rows import LIGHT, execution_from_row, execution_to_row
from integrations.database.session import Session
from integrations.database.tables import engine_runs, executions
from integrations.database.upsert import insert_or_ignore

CHUNK = 5_000  # ids in one IN


class SqlExecutions:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def add(self, execution: Execution, due_at: datetime | None) -> None:
        self._connection.execute(_ADD, execution_to_row(execution) | {
            "wake": 0, "due_at": due_at, "held": False, "attempt": 0, "lost": 0, "log_end": 0})
        if execution.engine_run_id is not None:
            insert_or_ignore(self._connection, engine_runs, {"run_id": execution.engine_run_id, "execution_id": execution.id})
        if due_at is not None:
            self._session.rung.append(execution.id)

    def lock(self, execution_id: str) -> Execution | None:
        row = self._connection.execute(_LOCK, {"this": execution_id}).mappings().one_or_none()
        return execution_from_row(row) if row else None

    def lock_row(self, execution_id: str) -> None:
        self._connection.execute(_LOCK_ROW, {"this": execution_id})

    def save(self, execution: Execution) -> None:
        self._connection.execute(SAVE, changes(execution))

    def report(self, execution: Execution) -> None:
        self._connection.execute(_REPORT, {"this": execution.id, **{name: getattr(execution, name) for name in _REPORTED}})


_CHANGES = ("status", "outcome", "result", "error", "started_at", "ended_at", "ended_by", "settled_at")
_ADD = executions.insert()
SAVE = update(executions).where(executions.c.id == bindparam("this")).values({
    name: bindparam(name, type_=executions.c[name].type) for name in _CHANGES})
_REPORTED = (*_CHANGES, "dispatched_at", "reported_at", "report_by", "cicd_run_id", "cicd_run_url")
_REPORT = update(executions).where(executions.c.id == bindparam("this")).values({
    name: bindparam(name, type_=executions.c[name].type) for name in _REPORTED})
_LOCK_ROW = select(executions.c.id).where(executions.c.id == bindparam("this")).with_for_update()
_LOCK = select(executions).where(executions.c.id == bindparam("this")).with_for_update()


def changes(execution: Execution) -> dict[str, Any]:
    """Return what SAVE stores of a run."""
    return {"this": execution.id, **{name: getattr(execution, name) for name in _CHANGES}}


class SqlFamily:
    def __init__(self, connection: Connection):
        self._connection = connection

    def children(self, execution_id: str) -> list[Execution]:
        rows = self._connection.execute(select(executions).where(executions.c.parent_id == execution_id)
                                        .order_by(executions.c.created_at, executions.c.id)).mappings()
        return [execution_from_row(row) for row in rows]

    def outline(self, execution_id: str) -> list[Execution]:
        return [execution_from_row(row) for row in self._connection.execute(_OUTLINE, {"parent": execution_id}).mappings()]

    def parents(self, execution_ids: Sequence[str]) -> dict[str, Execution]:
        child = executions.alias()
        found: dict[str, Execution] = {}
        for start in range(0, len(execution_ids), CHUNK):
            rows = self._connection.execute(
                select(*(executions.c[name] for name in LIGHT), child.c.id.label("child_id"))
                .join(child, child.c.parent_id == executions.c.id).where(child.c.id.in_(execution_ids[start:start + CHUNK]))).mappings()
            found |= {row["child_id"]: execution_from_row(row) for row in rows}
        return found

    def lock_descendants(self, execution_id: str) -> list[Execution]:
        """Lock one generation after the other: a child that is being spawned needs its parent's lock, which is held by then."""
        found: list[Execution] = []
        generation = [execution_id]
        while generation:
            children: list[Execution] = []
            for start in range(0, len(generation), CHUNK):
                rows = self._connection.execute(_LOCK_CHILDREN, {"parents": generation[start:start + CHUNK]}).mappings()
                children += [execution_from_row(row) for row in rows]
            found += children
            generation = [child.id for child in children]
        return found

    def settled(self, execution_id: str) -> bool:
        return self._connection.execute(select(executions.c.id).where(
            executions.c.parent_id == execution_id, executions.c.settled_at.is_(None)).limit(1)).scalar() is None

    def ancestors(self, execution_id: str) -> list[str]:
        return list(self._connection.execute(_ABOVE, {"this": execution_id}).scalars())

    def silent(self, now: datetime, limit: int) -> list[str]:
        return list(self._connection.execute(select(executions.c.id).where(
            executions.c.report_by <= now, executions.c.outcome.is_(None)).order_by(executions.c.report_by).limit(limit)).scalars())

    def under_way(self, flows: Collection[str], after: str, limit: int) -> list[str]:
        found = select(executions.c.id).where(
            executions.c.report_by.is_not(None), executions.c.outcome.is_(None), executions.c.flow.in_(sorted(flows)))
        beyond = found.where(executions.c.id > after) if after else found
        return list(self._connection.execute(beyond.order_by(executions.c.id).limit(limit)).scalars())

    def ended_elsewhere(self, limit: int) -> list[str]:
        return list(self._connection.execute(_ENDED_ELSEWHERE, {"most": limit}).scalars())


def _above() -> Select[Any]:
    up = select(executions.c.parent_id).where(executions.c.id == bindparam("this")).cte(recursive=True)
    up = up.union(select(executions.c.parent_id).where(executions.c.id == up.c.parent_id))
    return select(up.c.parent_id).where(up.c.parent_id.is_not(None))


_ABOVE = _above()


_OUTLINE = (select(*(executions.c[name] for name in LIGHT)).where(executions.c.parent_id == bindparam("parent"))
            .order_by(executions.c.created_at, executions.c.id))


_ENDED_ELSEWHERE = select(executions.c.id).where(
    executions.c.mode != literal_column("'flow'"),  # a parameter would hide from the planner that the partial index fits
    executions.c.outcome.is_not(None), executions.c.settled_at.is_(None)).limit(bindparam("most"))


_LOCK_CHILDREN = (select(executions).where(executions.c.parent_id.in_(bindparam("parents", expanding=True)))
                  .order_by(executions.c.id).with_for_update())


class SqlPlaceholders:
    def __init__(self, connection: Connection):
        self._connection = connection

    def find(self, project_id: str, task_id: str) -> Execution | None:
        reserve(self._connection, f"task {project_id} {task_id}")
        row = self._connection.execute(_LOCK_PLACEHOLDER, {"project": project_id, "task": task_id}).mappings().one_or_none()
        return execution_from_row(row) if row else None

    def of_run(self, run_id: str) -> list[Execution]:
        reserve(self._connection, f"run {run_id}")
        return [execution_from_row(row) for row in self._connection.execute(_LOCK_OF_RUN, {"run": run_id}).mappings()]

    def waiting_rerun(self, execution_id: str) -> Execution | None:
        row = self._connection.execute(_LOCK_WAITING, {"earlier": execution_id}).mappings().one_or_none()
        return execution_from_row(row) if row else None

    def take_over(self, execution: Execution, run_id: str | None) -> None:
        self._connection.execute(update(executions).where(executions.c.id == execution.id).values(execution_to_row(execution)))
        if run_id is not None:
            insert_or_ignore(self._connection, engine_runs, {"run_id": run_id, "execution_id": execution.id})


_LOCK_PLACEHOLDER = select(executions).where(
    executions.c.project_id == bindparam("project"), executions.c.task_id == bindparam("task")).with_for_update()
_LOCK_OF_RUN = select(executions).where(executions.c.id.in_(
    select(engine_runs.c.execution_id).where(engine_runs.c.run_id == bindparam("run")))).order_by(executions.c.id).with_for_update()
_LOCK_WAITING = select(executions).where(
    executions.c.rerun_of == bindparam("earlier"), executions.c.mode == Mode.REGISTERED, executions.c.status == Status.PENDING).order_by(
    executions.c.created_at.desc(), executions.c.id.desc()).limit(1).with_for_update()
