"""Register a run that somebody else's engine moves: a child of another run, or what a schedule there has started."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from core.domain.executions import Execution, Mode, Status
from core.domain.flow_types import FlowType
from core.domain.json import Json, canonical
from core.domain.people import Caller, Project, project_key
from core.domain.work_items import WorkItem, parse_work_item
from core.engine.fire_schedules import CRON
from core.engine.run_flow import LARGEST_PAYLOAD
from core.engine.sight import find_execution, see_project
from core.engine.take_over import TAKEN, find_standing, registered, take_over, united
from core.errors import Invalid, NotRegistrable
from core.flows.registry import Registry
from core.ports.database import Database, NewId, Transaction
from core.ports.keys import Vault

NEVER_STORED = ("applicationToken", "sfpServerUrl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """A run as it tells of itself. `run_id` is its engine's; `rerun_of` names the run that it is again."""

    task_type: str
    flow: str
    repository_identifier: str
    run_id: str | None = None
    rerun_of: str | None = None
    payload: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterFlow:
    """The same run id and content again is the same run. A placeholder, or a rerun that waits, becomes the run that registers for it."""

    database: Database
    registry: Registry
    vault: Vault
    new_id: NewId

    def register_child(self, caller: Caller, parent_id: str, told: Registration) -> Execution:
        """Register a run below another one, on behalf of whoever started that."""
        shown, secrets, item = self._content(told)
        with self.database.begin() as tx:
            parent, project = _lock_parent(tx, caller, parent_id, told)
            earlier = _earlier(tx, caller, project, told)
            known = self.registry.find(told.task_type)
            return self._register(tx, caller, project, told.run_id, secrets, Execution(
                id=self.new_id(), project_id=project.id, parent_id=parent.id, rerun_of=earlier.id if earlier else None,
                mode=Mode.REGISTERED, flow=told.flow, task_type=told.task_type, category=known.category if known else parent.category,
                payload=shown, secrets=self.vault.seal(secrets), work_item=item or parent.work_item,
                scheduled=parent.scheduled and earlier is None, engine_run_id=told.run_id, triggered_by=parent.triggered_by,
                triggered_by_id=parent.triggered_by_id, initiators=united(parent.initiators, earlier), status=Status.RUNNING,
                created_at=tx.now()))

    def register_scheduled(self, caller: Caller, schedule: str, category: str | None, told: Registration) -> Execution:
        """Register a run that a schedule of somebody else's engine has started."""
        shown, secrets, item = self._content(told)
        with self.database.begin() as tx:
            project = see_project(tx, caller, told.repository_identifier)
            if project is None:
                raise Invalid((f"There is no project {told.repository_identifier} that you may use.",))
            earlier = _earlier(tx, caller, project, told)
            known = self.registry.find(told.task_type)
            return self._register(tx, caller, project, told.run_id, secrets, Execution(
                id=self.new_id(), project_id=project.id, rerun_of=earlier.id if earlier else None, mode=Mode.REGISTERED, flow=told.flow,
                task_type=told.task_type, category=category or (known.category if known else "scheduled"), payload=shown,
                secrets=self.vault.seal(secrets), work_item=item, scheduled=earlier is None, engine_run_id=told.run_id, schedule=schedule,
                triggered_by=CRON, initiators=united((CRON,), earlier), status=Status.RUNNING, created_at=tx.now()))

    def _content(self, told: Registration) -> tuple[dict[str, Json], dict[str, Json], WorkItem | None]:
        """Return what may be shown of a payload, what must be sealed, and the work item that it names."""
        payload = _stored(told.payload)
        if len(canonical(payload)) > LARGEST_PAYLOAD:
            raise Invalid((f"The payload must be at most {LARGEST_PAYLOAD // 1024} KiB.",))
        named = payload.get("workItemRef")
        secret = _secret_names(self.registry.find(told.task_type))
        return ({name: value for name, value in payload.items() if name not in secret},
                {name: value for name, value in payload.items() if name in secret and value is not None},
                parse_work_item(named) if named is not None else None)

    def _register(self, tx: Transaction, caller: Caller, project: Project, run_id: str | None, secrets: Mapping[str, Json],
                  wanted: Execution) -> Execution:
        there = find_standing(tx, run_id, wanted)
        if there is None:
            started = replace(wanted, started_at=wanted.created_at)
            tx.executions.add(started, due_at=None)
            tx.audit.append(registered(started, "start", caller))
            return started
        if caller.execution is not None and not tx.sight.below([there.id], caller.execution):
            raise NotRegistrable(TAKEN)
        if there.mode is Mode.FOREIGN or there.mode is Mode.REGISTERED and there.status is Status.PENDING:
            return take_over(tx, caller, project, there, run_id, wanted)
        if there.mode is Mode.REGISTERED and _same(there, wanted, self.vault.open(there.secrets) == secrets):
            return there
        raise NotRegistrable(TAKEN)


def _lock_parent(tx: Transaction, caller: Caller, parent_id: str, told: Registration) -> tuple[Execution, Project]:
    seen = find_execution(tx, caller, parent_id)
    if seen is None or project_key(told.repository_identifier) != project_key(seen.project.identifier):
        raise Invalid(("parentTaskExecutionId must name a run of the project that repositoryIdentifier names.",))
    parent = tx.executions.lock(seen.execution.id)
    if parent is None or parent.outcome is Status.CANCELLED:
        raise NotRegistrable("its parent was cancelled")
    return parent, seen.project


def _earlier(tx: Transaction, caller: Caller, project: Project, told: Registration) -> Execution | None:
    """Return the run that this one is again."""
    if told.rerun_of is None:
        return None
    seen = find_execution(tx, caller, told.rerun_of)
    if seen is None or seen.project.id != project.id:
        raise Invalid(("rerunOfExecutionId must name a run of this project.",))
    return seen.execution


def _same(there: Execution, wanted: Execution, same_secrets: bool) -> bool:
    """Tell whether a run registers once more as it did. One that is run again may leave its payload to the row that waited for it."""
    left = wanted.rerun_of is not None and not wanted.payload and wanted.secrets is None
    return (left or same_secrets and there.payload == wanted.payload) and wanted.parent_id in (None, there.parent_id) and all(
        getattr(there, name) == getattr(wanted, name) for name in ("rerun_of", "flow", "task_type", "schedule"))


def _secret_names(flow: FlowType | None) -> set[str]:
    return {p.name for p in flow.parameters() if p.secret} if flow else set()


def _stored(payload: Mapping[str, Json]) -> dict[str, Json]:
    """Return a payload without what is for the run alone, however deep."""
    return {name: _without(value) for name, value in payload.items() if name not in NEVER_STORED}


def _without(value: Json) -> Json:
    if isinstance(value, Mapping):
        return _stored(value)
    return [_without(each) for each in value] if isinstance(value, list | tuple) else value
