"""The answer to a deployment that waits where it runs: with who said so, and where the request is told of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from core.domain.approvals import how_it_ended
from core.domain.json import Json
from core.flows.context import Effect
from core.ports.database import Database

LONGEST_COMMENT = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A run of a pipeline that waits before an environment."""

    repository: str
    environment: str
    pipeline_run: int


class Deployments(Protocol):
    """Where deployments wait. Raises EffectRefused where trying again would change nothing, else what went wrong."""

    @property
    def accounts(self) -> str:
        """As which provider of identities it knows people."""

    def started_by(self, deployment: Deployment, seconds: float) -> list[str]:
        """Return the accounts, by id, of everybody in whose name the pipeline runs."""

    def allow(self, deployment: Deployment, comment: str, effect: Effect) -> None: ...

    def refuse(self, deployment: Deployment, comment: str, effect: Effect) -> None:
        """Refuse it; done also where nothing waits any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDeployment:
    """The functions of `deployment.see`, `.allow` and `.refuse`. `page`: the address of a run's page, where there is one."""

    database: Database
    provider: Deployments
    page: Callable[[str], str | None]

    def see(self, arguments: Mapping[str, Json], *, effect: Effect) -> list[str]:
        found = self.provider.started_by(_deployment(arguments), effect.seconds)
        return [f"{self.provider.accounts}:{each}" for each in found]

    def allow(self, arguments: Mapping[str, Json], *, effect: Effect) -> None:
        self.provider.allow(_deployment(arguments), self._comment(effect), effect)

    def refuse(self, arguments: Mapping[str, Json], *, effect: Effect) -> None:
        self.provider.refuse(_deployment(arguments), self._comment(effect), effect)

    def _comment(self, effect: Effect) -> str:
        """Say how the request ended, or why it never came to one."""
        run_id = effect.key.partition(":")[0]
        with self.database.read() as tx:
            run, now = tx.runs.get(run_id), tx.now()
            asked = next(iter(tx.approval_search.of_run(run_id)), None)
        ended = how_it_ended(asked.at(now)) if asked is not None and (run is None or run.error is None) else ""
        said = (run.error if run is not None and run.error else ended) or "not approved"
        address = self.page(run_id)
        told = said[:LONGEST_COMMENT]
        return f"Placet: {told}" + (f" ({address})" if address else "")


def _deployment(arguments: Mapping[str, Json]) -> Deployment:
    return Deployment(repository=str(arguments["repository"]), environment=str(arguments["environment"]),
                      pipeline_run=int(str(arguments["pipelineRun"])))
