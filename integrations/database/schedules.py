"""Runs that begin by the clock."""

from collections.abc import Collection
from dataclasses import fields
from typing import Any

from sqlalchemy import RowMapping, bindparam, delete, select

from core.domain.schedules import Schedule
from integrations.database.session import Session
from integrations.database.tables import schedules
from integrations.database.upsert import insert_or_ignore, insert_or_replace

COLUMNS = tuple(f.name for f in fields(Schedule))


class SqlSchedules:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def list(self) -> list[Schedule]:
        return [_from_row(row) for row in self._connection.execute(select(schedules).order_by(schedules.c.name)).mappings()]

    def lock(self, name: str) -> Schedule | None:
        row = self._connection.execute(_LOCK, {"this": name}).mappings().one_or_none()
        return _from_row(row) if row else None

    def due(self, flows: Collection[str]) -> Schedule | None:
        row = self._connection.execute(
            select(schedules).where(schedules.c.next_at <= self._session.index_clock(), schedules.c.flow.in_(list(flows)))
            .order_by(schedules.c.next_at).limit(1).with_for_update(skip_locked=True)).mappings().one_or_none()
        return _from_row(row) if row else None

    def add(self, schedule: Schedule) -> bool:
        return insert_or_ignore(self._connection, schedules, _to_row(schedule))

    def save(self, schedule: Schedule) -> None:
        insert_or_replace(self._connection, schedules, _to_row(schedule), keys=("name",))

    def keep_only(self, names: Collection[str]) -> None:
        self._connection.execute(delete(schedules).where(schedules.c.name.not_in(list(names))))


def _to_row(schedule: Schedule) -> dict[str, Any]:
    return {name: getattr(schedule, name) for name in COLUMNS}


def _from_row(row: RowMapping) -> Schedule:
    return Schedule(**{name: row[name] for name in COLUMNS})


_LOCK = select(schedules).where(schedules.c.name == bindparam("this")).with_for_update()
