"""Something outside that gives and takes back by key, and in whose calls other things can happen."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.domain.json import Json
from core.flows.context import Effect, EffectRefused, NamedEffect

give = NamedEffect("ledger.give")
take = NamedEffect("ledger.take")


@dataclass
class Ledger:
    """`given` and `taken`: what had an effect, in order. `results`: what undoing was told of the step.

    `before` and `after`: what happens while the next calls to give are on their way there or back. `lost`: how many calls to give land
    without an answer. `broken`: how many calls to take fail. `forgets`: it gives again what it has taken back.
    """

    given: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    before: list[Callable[[], object]] = field(default_factory=list)
    after: list[Callable[[], object]] = field(default_factory=list)
    lost: int = 0
    broken: int = 0
    forgets: bool = False
    results: list[Json] = field(default_factory=list)

    @property
    def live(self) -> list[str]:
        return [key for key in self.given if key not in self.taken]

    @property
    def effects(self) -> dict[str, Callable[..., object]]:
        return {give.name: self.give, take.name: self.take}

    def give(self, arguments: Json, *, effect: Effect) -> dict[str, Json]:
        self.calls.append(f"give {effect.key}")
        _next(self.before)
        if effect.key in self.taken and not self.forgets:
            raise EffectRefused("409: this key has been taken back")
        if effect.key not in self.given:
            self.given.append(effect.key)
        _next(self.after)
        if self.lost:
            self.lost -= 1
            raise TimeoutError("no answer")
        return {"given": effect.key}

    def take(self, arguments: Json, *, effect: Effect) -> None:
        self.calls.append(f"take {effect.key}")
        self.results.append(effect.result)
        if self.broken:
            self.broken -= 1
            raise TimeoutError("no answer")
        if effect.key not in self.taken:
            self.taken.append(effect.key)


def _next(happenings: list[Callable[[], object]]) -> None:
    if happenings:
        happenings.pop(0)()
