"""Look at what may be started in a project."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.flow_types import FlowType
from core.domain.people import Caller, Project
from core.engine.route_flow import route_flow
from core.engine.sight import get_project
from core.errors import Invalid, NotFound
from core.flows.registry import Registry
from core.ports.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Startable:
    """A flow type that may be asked for, and the one that a project runs in its place: that one's parameters are what it takes."""

    requested: FlowType
    runs: FlowType


@dataclass(frozen=True, slots=True, kw_only=True)
class FindStartable:
    database: Database
    registry: Registry

    def list(self, caller: Caller, identifier: str) -> tuple[Project, Sequence[Startable]]:
        """Return a project with what may be started there, by name; what is disabled or not set up is left out."""
        with self.database.read() as tx:
            project = get_project(tx, caller, identifier)
            found = [self._startable(tx, project, flow) for flow in self.registry.flows.values()]
        return project, sorted((each for each in found if each), key=lambda each: (each.requested.name.lower(), each.requested.id))

    def get(self, caller: Caller, identifier: str, flow_id: str) -> tuple[Project, Startable]:
        with self.database.read() as tx:
            project, flow = get_project(tx, caller, identifier), self.registry.find(flow_id)
            found = self._startable(tx, project, flow) if flow else None
        if found is None:
            raise NotFound("flow type")
        return project, found

    def _startable(self, tx: Transaction, project: Project, flow: FlowType) -> Startable | None:
        try:
            runs = route_flow(tx, self.registry, project.id, flow)
        except Invalid:
            return None
        return Startable(requested=flow, runs=runs) if runs.missing is None else None
