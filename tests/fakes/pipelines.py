"""Pipelines with a ledger: one for a key, and a cancelled key is never started."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from core.domain.json import Json
from core.flows.context import EffectRefused
from core.ports.dispatch import Errand, Handed


@dataclass
class FakePipelines:
    """`started` and `stopped`: keys, in order. `given`: the parameters by key. `calls`: every attempt.

    `says`: what comes of the next attempts to dispatch or to cancel: an exception that is raised, or something that happens on the way;
    `lost` of those that land: what is raised by so many afterwards.
    """

    started: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    given: dict[str, Mapping[str, Json]] = field(default_factory=dict)
    errands: list[Errand] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    says: list[Exception | Callable[[], object]] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)

    def dispatch(self, errand: Errand, parameters: Mapping[str, Json], seconds: float) -> Handed:
        self._called("dispatch", errand)
        if errand.execution_id in self.stopped:
            raise EffectRefused("its pipeline says that this run was called off before")
        if errand.execution_id not in self.started:
            self.started.append(errand.execution_id)
            self.given[errand.execution_id] = parameters
        if self.lost:
            raise self.lost.pop(0)
        number = self.started.index(errand.execution_id) + 1
        return Handed(run_id=str(number), url=f"https://ci.example/{number}")

    def cancel(self, errand: Errand, seconds: float) -> None:
        self._called("cancel", errand)
        if errand.execution_id not in self.stopped:
            self.stopped.append(errand.execution_id)

    def _called(self, what: str, errand: Errand) -> None:
        self.calls.append(f"{what} {errand.execution_id}")
        self.errands.append(errand)
        said = self.says.pop(0) if self.says else None
        if isinstance(said, Exception):
            raise said
        if said is not None:
            said()
