"""Pause, resume and change a schedule."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.domain.audit import Event
from core.domain.cron import BadExpression
from core.domain.json import Json
from core.domain.people import Caller, Project
from core.domain.schedules import Schedule, check_expression, paused, rescheduled, resumed
from core.engine.find_schedules import ScheduleView
from core.engine.sight import refuse_unless_owner, see_project
from core.errors import Invalid, NotFound
from core.ports.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSchedule:
    database: Database

    def pause(self, caller: Caller, name: str) -> ScheduleView:
        return self._change(caller, name, lambda schedule, now: paused(schedule))

    def resume(self, caller: Caller, name: str) -> ScheduleView:
        return self._change(caller, name, lambda schedule, now: resumed(schedule, now=now))

    def update(self, caller: Caller, name: str, workflow: str, expression: str) -> ScheduleView:
        """Set another expression, which wins over the file's. `workflow` has to be that of the schedule."""
        with self.database.read() as tx:
            checked = _checked(expression, tx.now())
        return self._change(caller, name, lambda schedule, now: rescheduled(schedule, checked, by_hand=True, now=now), workflow)

    def reset(self, name: str, expression: str, operator: str) -> Schedule:
        """Let the file's expression win again."""
        with self.database.begin() as tx:
            schedule = tx.schedules.lock(name)
            project = tx.projects.get(schedule.project_id) if schedule else None
            if schedule is None or project is None:
                raise NotFound("schedule")
            now = tx.now()
            return _saved(tx, schedule, rescheduled(schedule, _checked(expression, now), by_hand=False, now=now), operator)

    def _change(self, caller: Caller, name: str, change: Callable[[Schedule, datetime], Schedule], workflow: str | None = None
                ) -> ScheduleView:
        with self.database.begin() as tx:
            schedule = tx.schedules.lock(name)
            project = _seen(tx, caller, schedule)
            if schedule is None or project is None or workflow not in (None, schedule.flow):
                raise NotFound("schedule")
            refuse_unless_owner(tx, caller, project)
            return ScheduleView(project=project, schedule=_saved(tx, schedule, change(schedule, tx.now()), caller.name))


def _seen(tx: Transaction, caller: Caller, schedule: Schedule | None) -> Project | None:
    project = tx.projects.get(schedule.project_id) if schedule else None
    return see_project(tx, caller, project.identifier) if project else None


def _checked(expression: str, now: datetime) -> str:
    try:
        return check_expression(expression, now=now)
    except BadExpression as error:
        raise Invalid((f"expression {error}.",)) from None


def _saved(tx: Transaction, before: Schedule, after: Schedule, actor: str) -> Schedule:
    if after != before:
        tx.schedules.save(after)
        facts: dict[str, Json] = {"schedule": after.name, "expression": after.expression, "enabled": after.enabled}
        tx.audit.append(Event(kind="schedule", actor=actor, project_id=after.project_id, facts=facts))
    return after
