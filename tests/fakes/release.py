"""A provider of deployments with a ledger: once for a key, and a stopped key stays stopped."""

from dataclasses import dataclass, field

from core.engine.deploy_release import ReleaseRequest
from core.flows.context import Effect, EffectRefused, NotYet


@dataclass
class FakeRelease:
    """`deployed`: what went where, in order. `under_way`: how many calls are told so before it is done. `refuses`: these environments."""

    deployed: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    under_way: int = 0
    refuses: tuple[str, ...] = ()
    _done: set[str] = field(default_factory=set)

    def deploy(self, request: ReleaseRequest, effect: Effect) -> str | None:
        self.calls.append(f"deploy {request.release} to {request.environment} of {request.project}")
        if request.environment in self.refuses or effect.key in self.stopped:
            raise EffectRefused("no")
        if self.under_way:
            self.under_way -= 1
            raise NotYet("half of it is there")
        if effect.key not in self._done:
            self._done.add(effect.key)
            self.deployed.append(f"{request.release} to {request.environment}")
        return f"https://deploy.example/{request.environment}"

    def stop(self, request: ReleaseRequest, effect: Effect) -> None:
        self.calls.append(f"stop {request.release} to {request.environment}")
        self.stopped.append(effect.key)
