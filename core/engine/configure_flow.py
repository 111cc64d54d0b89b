"""Set what a project does with a flow type: whether it may run, and what runs in its place."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.domain.audit import Event
from core.domain.flow_settings import FlowSetting, leads_back
from core.domain.flow_types import FlowType
from core.domain.json import Json
from core.domain.people import Caller, Project
from core.engine.sight import get_project, refuse_unless_owner
from core.engine.tell_owners import tell_owners
from core.errors import Invalid, NotFound, Unguarded
from core.flows.registry import Registry
from core.ports.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A flow type with what a project has set of it. `unguarded`: people may have been asked before, and surely are not any more."""

    project: Project
    flow: FlowType
    setting: FlowSetting
    unguarded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureFlow:
    database: Database
    registry: Registry

    def list_all(self, caller: Caller, identifier: str) -> tuple[Project, Sequence[Configured]]:
        """Return a project with all flow types by id, the disabled ones too."""
        with self.database.read() as tx:
            project = get_project(tx, caller, identifier)
            settings = tx.flow_settings.of(project.id)
        return project, [Configured(project=project, flow=flow, setting=settings.get(flow_id, FlowSetting(flow=flow_id)))
                         for flow_id, flow in sorted(self.registry.flows.items())]

    def enable(self, caller: Caller, flow_id: str, identifier: str, enabled: bool) -> Configured:
        """Let a type run in a project, or not any more."""
        with self.database.begin() as tx:
            project, flow = self._find(tx, caller, identifier, flow_id)
            before = tx.flow_settings.lock(project.id).get(flow.id, FlowSetting(flow=flow.id))
            after = replace(before, enabled=enabled)
            if after != before:
                _save(tx, caller, project, after, "enable-flow" if enabled else "disable-flow")
        return Configured(project=project, flow=flow, setting=after)

    def override(self, caller: Caller, flow_id: str, identifier: str, by: str | None) -> Configured:
        """Let another type run in the place of one, or (None) the type itself again."""
        with self.database.begin() as tx:
            project, flow = self._find(tx, caller, identifier, flow_id)
            settings = tx.flow_settings.lock(project.id)
            before = settings.get(flow.id, FlowSetting(flow=flow.id))
            after = replace(before, override=by)
            target = flow if by is None else self.registry.find(by)
            if target is None:
                raise Invalid((f"There is no flow type {by}: `placet flows types` lists those there are.",))
            if by is not None and leads_back(settings, flow.id, by):
                raise Invalid((f"{flow.id} cannot be overridden by {by}: that leads back to {flow.id}.",))
            weaker = self._weaker(flow, before, target)
            if weaker and caller.person is None:
                raise Unguarded(flow.id, target.id)
            if after != before:
                _save(tx, caller, project, after, "remove-override" if by is None else "override-flow", override=by, unguarded=weaker)
        return Configured(project=project, flow=flow, setting=after, unguarded=weaker)

    def _find(self, tx: Transaction, caller: Caller, identifier: str, flow_id: str) -> tuple[Project, FlowType]:
        project, flow = get_project(tx, caller, identifier), self.registry.find(flow_id)
        if flow is None:
            raise NotFound("flow type")
        refuse_unless_owner(tx, caller, project)
        return project, flow

    def _weaker(self, flow: FlowType, before: FlowSetting, target: FlowType) -> bool:
        """Tell whether people may be asked now, by the type or by what runs in its place, and would not surely be asked any more."""
        running = flow if before.override is None else self.registry.find(before.override) or flow
        return target is not running and target.asks is not True and (running.asks is not False or flow.asks is not False)


def _save(tx: Transaction, caller: Caller, project: Project, setting: FlowSetting, kind: str, **facts: Json) -> None:
    tx.flow_settings.save(project.id, setting)
    event = Event(kind=kind, actor=caller.name, project_id=project.id, facts={"flow": setting.flow, **facts})
    if facts.get("unguarded"):
        tell_owners(tx, event)
        return
    tx.audit.append(event)
