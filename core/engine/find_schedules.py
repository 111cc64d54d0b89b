"""Look at schedules."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.people import Caller, Project
from core.domain.schedules import Schedule
from core.engine.sight import see_project, visible_projects
from core.ports.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    schedule: Schedule
    project: Project


@dataclass(frozen=True, slots=True, kw_only=True)
class FindSchedules:
    database: Database

    def list(self, caller: Caller, identifier: str | None) -> Sequence[ScheduleView]:
        """Return what a caller sees, by name, of one project or of all; of an unknown one nothing."""
        with self.database.read() as tx:
            if identifier is None:
                visible = set() if caller.execution is not None else visible_projects(tx, caller)
            else:
                project = see_project(tx, caller, identifier)
                visible = {project.id} if project else set()
            projects = {project.id: project for project in tx.projects.list()}
            return [ScheduleView(schedule=each, project=projects[each.project_id]) for each in tx.schedules.list()
                    if visible is None or each.project_id in visible]
