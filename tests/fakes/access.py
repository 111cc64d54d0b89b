"""A provider of access with a ledger: idempotent by key, and a revoked key stays revoked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from core.engine.grant_access import AccessRequest
from core.flows.context import Effect, EffectRefused


@dataclass
class FakeAccess:
    """`granted` and `revoked` hold what had an effect, by key, in order; `fails` is raised by so many calls to come."""

    now: Callable[[], datetime]
    name: str = "fake"
    granted: list[str] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fails: list[Exception | None] = field(default_factory=list)
    since: dict[str, datetime] = field(default_factory=dict)

    def live(self) -> list[str]:
        return [key for key in self.granted if key not in self.revoked]

    def grant(self, request: AccessRequest, effect: Effect) -> datetime:
        self._called(f"grant {effect.key}")
        if effect.key in self.revoked:
            raise EffectRefused("409: this key has been revoked")
        if effect.key not in self.granted:
            self.granted.append(effect.key)
            self.since[effect.key] = self.now()
        return self.since[effect.key]

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        self._called(f"revoke {effect.key}")
        if effect.key not in self.revoked:
            self.revoked.append(effect.key)

    def _called(self, what: str) -> None:
        self.calls.append(what)
        failure = self.fails.pop(0) if self.fails else None
        if failure is not None:
            raise failure
