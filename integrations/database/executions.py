"""Runs, as the transactions of their protocol lock and save them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from core.domain.executions import Execution, Mode
from integrations.database.reservations import reserve
from integrations.database.rows import execution_from_row, execution_to_row
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
        self._connection.execute(_SAVE, {"this": execution.id, **{name: getattr(execution, name) for name in _CHANGES}})


_CHANGES = ("status", "outcome", "result", "error", "started_at", "ended_at", "settled_at")
_ADD = executions.insert()
_SAVE = update(executions).where(executions.c.id == bindparam("this")).values({
    name: bindparam(name, type_=executions.c[name].type) for name in _CHANGES})
_LOCK_ROW = select(executions.c.id).where(executions.c.id == bindparam("this")).with_for_update()
_LOCK = select(executions).where(executions.c.id == bindparam("this")).with_for_update()


class SqlFamily:
    def __init__(self, connection: Connection):
        self._connection = connection

    def children(self, execution_id: str) -> list[Execution]:
        rows = self._connection.execute(select(executions).where(executions.c.parent_id == execution_id)
                                        .order_by(executions.c.created_at, executions.c.id)).mappings()
        return [execution_from_row(row) for row in rows]

    def parents(self, execution_ids: Sequence[str]) -> dict[str, Execution]:
        child = executions.alias()
        found: dict[str, Execution] = {}
        for start in range(0, len(execution_ids), CHUNK):
            rows = self._connection.execute(
                select(executions, child.c.id.label("child_id")).join(child, child.c.parent_id == executions.c.id)
                .where(child.c.id.in_(execution_ids[start:start + CHUNK]))).mappings()
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

    def ended_elsewhere(self, limit: int) -> list[str]:
        return list(self._connection.execute(select(executions.c.id).where(
            executions.c.mode != Mode.FLOW, executions.c.outcome.is_not(None), executions.c.settled_at.is_(None)).limit(limit)).scalars())


_LOCK_CHILDREN = (select(executions).where(executions.c.parent_id.in_(bindparam("parents", expanding=True)))
                  .order_by(executions.c.id).with_for_update())


class SqlPlaceholders:
    def __init__(self, connection: Connection):
        self._connection = connection

    def find(self, project_id: str, task_id: str) -> Execution | None:
        reserve(self._connection, f"task {project_id} {task_id}")
        row = self._connection.execute(_LOCK_PLACEHOLDER, {"project": project_id, "task": task_id}).mappings().one_or_none()
        return execution_from_row(row) if row else None


_LOCK_PLACEHOLDER = select(executions).where(
    executions.c.project_id == bindparam("project"), executions.c.task_id == bindparam("task")).with_for_update()
