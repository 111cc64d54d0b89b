"""Hand runs to their pipelines, and tell these when a run is over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from core.domain.audit import event_of
from core.domain.effects import CancelDispatch
from core.domain.executions import Execution
from core.domain.flow_types import Dispatch
from core.domain.json import Json
from core.domain.logs import clean, without
from core.engine.concealment import leaves
from core.engine.dispatch_failure import give_up
from core.flows.context import EffectRefused
from core.flows.registry import Registry
from core.ports.database import Database, Transaction
from core.ports.dispatch import Dispatcher, Errand, Handed, TryLater
from core.ports.keys import Vault

ELSEWHERE = "what was approved is not what would run: its pipeline is at another place now"
DEADLINE = 15.0  # seconds for one attempt; shorter than the time after which another process tries again


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchFlow:
    """`dispatchers` by provider. Every attempt of a run carries the run's own key, whatever process makes it."""

    database: Database
    registry: Registry
    vault: Vault
    dispatchers: Mapping[str, Dispatcher]
    deadline: float = DEADLINE

    def hand_over(self, execution_id: str, tries: int, place: Mapping[str, str] | None = None) -> None:
        """Start a run's pipeline, unless the run has ended; raise TryLater unless that is answered. `tries`: this one too.

        `place`: the only one that people have said yes to.
        """
        begun = self._begin(execution_id, place)
        if begun is None:
            return
        dispatcher, errand, parameters, secrets = begun
        try:
            handed = dispatcher.dispatch(errand, {**parameters, **secrets}, self.deadline)
        except EffectRefused as refused:
            self._refused(errand, clean(str(refused), leaves(secrets)), tries)
        except TryLater as later:
            raise TryLater(clean(str(later), leaves(secrets)), later.after) from None
        else:
            self._handed(errand, _without_secrets(handed, set(leaves(secrets))))

    def cancel(self, execution_id: str, place: Mapping[str, str] | None = None) -> None:
        """Tell a pipeline that nobody waits for a run any more; raise TryLater unless it answers. `place`: where it was told of it."""
        with self.database.read() as tx:
            execution = tx.runs.get(execution_id)
            if execution is None:
                return
            dispatcher, errand = self._errand(tx, execution, place)
        dispatcher.cancel(errand, self.deadline)
        with self.database.begin() as tx:
            tx.audit.append(event_of(execution, "cancel-dispatch"))

    def _begin(self, execution_id: str,
               place: Mapping[str, str] | None) -> tuple[Dispatcher, Errand, Mapping[str, Json], Mapping[str, Json]] | None:
        """Write down, before the first attempt, that the pipeline may know of the run from now on."""
        with self.database.begin() as tx:
            execution = tx.executions.lock(execution_id)
            if execution is None or execution.outcome is not None or execution.dispatched_at is not None:
                return None
            if place is not None and self._dispatch(execution.flow).place != place:
                self._moved(tx, execution, place)
                return None
            dispatcher, errand = self._errand(tx, execution)
            secrets = self.vault.open(execution.secrets)
            if execution.report_by is None:
                tx.executions.report(replace(execution, report_by=tx.now() + errand.within))
                tx.audit.append(event_of(execution, "dispatch", flow=execution.flow))
            return dispatcher, errand, execution.payload, secrets

    def _moved(self, tx: Transaction, execution: Execution, place: Mapping[str, str]) -> None:
        """Fail a run that would go elsewhere than people have said yes to. Where an attempt was made, it is called off."""
        give_up(tx, execution, ELSEWHERE)
        if execution.report_by is not None:
            tx.outbox.put(CancelDispatch(execution_id=execution.id, flow=execution.flow, place=place), tx.now())

    def _handed(self, errand: Errand, handed: Handed) -> None:
        """Keep what the pipeline has answered; a run that has ended meanwhile keeps its end."""
        with self.database.begin() as tx:
            execution = tx.executions.lock(errand.execution_id)
            if execution is None:
                return
            now = tx.now()
            tx.executions.report(replace(
                execution, dispatched_at=execution.dispatched_at or now, report_by=now + errand.within,
                cicd_run_id=execution.cicd_run_id or handed.run_id, cicd_run_url=execution.cicd_run_url or handed.url))
            tx.audit.append(event_of(execution, "dispatched", cicdRunId=handed.run_id))

    def _refused(self, errand: Errand, why: str, tries: int) -> None:
        """Fail a run that its pipeline does not take. An earlier attempt may have arrived all the same, so that it is called off.

        One of which a report has come by now has arrived, whatever is answered since.
        """
        with self.database.begin() as tx:
            execution = tx.executions.lock(errand.execution_id)
            if execution is None or execution.outcome is not None or execution.dispatched_at is not None:
                return
            give_up(tx, execution, why)
            if tries > 1:
                tx.outbox.put(CancelDispatch(execution_id=execution.id, flow=execution.flow), tx.now())

    def _errand(self, tx: Transaction, execution: Execution, place: Mapping[str, str] | None = None) -> tuple[Dispatcher, Errand]:
        dispatch = self._dispatch(execution.flow, place)
        return self.dispatchers[dispatch.provider], errand_of(tx, dispatch, execution)

    def _dispatch(self, flow_id: str, place: Mapping[str, str] | None = None) -> Dispatch:
        flow = self.registry.find(flow_id)
        if flow is None or flow.dispatch is None:
            raise TryLater(f"no process here knows where {flow_id} runs")
        found = flow.dispatch if place is None else _at(place, flow.dispatch.timeout)
        if found.provider not in self.dispatchers:
            raise TryLater(f"no process here knows where {flow_id} runs")
        return found


def _at(place: Mapping[str, str], timeout: timedelta) -> Dispatch:
    """Return the pipeline at a place, as `Dispatch.place` says it."""
    target = {name: value for name, value in place.items() if name != "provider"}
    return Dispatch(provider=place["provider"], target=target, timeout=timeout)


def errand_of(tx: Transaction, dispatch: Dispatch, execution: Execution) -> Errand:
    """Return a run as its pipeline is told of it."""
    project = tx.projects.get(execution.project_id)
    assert project is not None
    return Errand(
        execution_id=execution.id, flow=execution.flow, task_type=execution.task_type, project=project.identifier,
        triggered_by=execution.triggered_by, target=dispatch.target, within=dispatch.timeout)


def _without_secrets(handed: Handed, secrets: set[str]) -> Handed:
    """Return what a pipeline answered, but for an id or a link that would show what is secret."""
    told = (each if each is None or without(each, secrets) == each else None for each in (handed.run_id, handed.url))
    return Handed(run_id=next(told), url=next(told))


def patience(registry: Registry, flow_id: str) -> timedelta | None:
    """Return how long the pipeline of a type may keep silent; None for a type that is not known here, or runs here."""
    flow = registry.find(flow_id)
    return flow.dispatch.timeout if flow is not None and flow.dispatch is not None else None
