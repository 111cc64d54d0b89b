"""A deployment as an effect: done outside, in the name of the run's project."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from core.domain.json import Json
from core.flows.context import Effect, EffectRefused
from core.ports.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseRequest:
    """Which release of a project goes where, and for which run."""

    project: str
    release: str
    environment: str
    reason: str
    execution_id: str


class ReleaseProvider(Protocol):
    """Deploys outside. It knows a request by its effect's key: a repeat answers as before, a stopped key is never deployed."""

    def deploy(self, request: ReleaseRequest, effect: Effect) -> str | None:
        """Return, once it is deployed, where to look at it. Raise NotYet while it is under way, EffectRefused if it never will be."""

    def stop(self, request: ReleaseRequest, effect: Effect) -> None:
        """Return once nothing is under way under a key, and nothing will be, also if it was never begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployRelease:
    """The functions of `release.deploy` and `release.stop`."""

    database: Database
    provider: ReleaseProvider

    def deploy(self, arguments: Mapping[str, Json], *, effect: Effect) -> dict[str, Json]:
        url = self.provider.deploy(self._request(arguments, effect), effect)
        return {} if url is None else {"url": url}

    def stop(self, arguments: Mapping[str, Json], *, effect: Effect) -> None:
        self.provider.stop(self._request(arguments, effect), effect)

    def _request(self, arguments: Mapping[str, Json], effect: Effect) -> ReleaseRequest:
        execution_id = effect.key.partition(":")[0]
        with self.database.read() as tx:
            execution = tx.runs.get(execution_id)
            project = tx.projects.get(execution.project_id) if execution else None
        if project is None:
            raise EffectRefused(f"there is no run {execution_id} that could deploy anything")
        return ReleaseRequest(
            project=project.identifier, release=str(arguments["release"]), environment=str(arguments["environment"]),
            reason=str(arguments.get("reason") or ""), execution_id=execution_id)
