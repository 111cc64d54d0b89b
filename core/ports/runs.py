"""Runs as they are read: as lists, as single ones, and as somebody sees them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.executions import Execution
from core.domain.people import Project, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs of one project; None: any. `mode` is cicd or any other; `flow_path` is a substring of the routed type."""

    project_id: str
    mode: str | None = None
    category: str | None = None
    task_type: str | None = None
    flow_path: str | None = None
    work_item_key: str | None = None
    work_item_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    triggered_by: str | None = None
    include_scheduled: bool = False


class Runs(Protocol):
    """Runs as lists and single ones, to be read."""

    def get(self, execution_id: str) -> Execution | None:
        """Return the whole run."""

    def page(self, wanted: RunFilter, *, limit: int, offset: int) -> tuple[list[Execution], int]:
        """Return a page, the newest first, and the exact count of all."""

    def some(self, execution_ids: Collection[str]) -> list[Execution]:
        """Return whole runs."""

    def of_starter(self, starter: str, project_ids: Collection[str], *, limit: int, offset: int) -> list[Execution]:
        """Return what somebody, by the name that `triggered_by` has, started themselves in these projects, whole, the newest first."""

    def count_of_starter(self, starter: str, project_ids: Collection[str]) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run in its project, without payload, result and error; and the role that the person who looks has there."""

    execution: Execution
    project: Project
    role: Role | None
    has_children: bool


class Sight(Protocol):
    """Runs and projects as somebody sees them; `person_id` None: an application, which has no role in a project."""

    def execution(self, identifier: str, person_id: str | None) -> Seen | None:
        """Return the run that an execution's id or one of its engine run ids names; None for none or two."""

    def project(self, identifier: str, person_id: str | None) -> tuple[Project, Role | None] | None: ...

    def another(self, identifier: str, execution_id: str) -> bool:
        """Tell whether an engine's run id or a task id, whosever that is, names a run other than this one."""

    def below(self, execution_ids: Collection[str], ancestor_id: str) -> set[str]:
        """Return those of some runs that are another one, or descendants of it."""
