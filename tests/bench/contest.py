"""Services that take turns under the same load; those whose turn it is not are frozen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from tests.bench.load import Exchange, Outcome
from tests.bench.loading import under_load
from tests.bench.processes import Group

Items = Callable[[int], Sequence[Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """`items`: what each client asks about in a round."""

    name: str
    group: Group
    port: int
    exchanges: Sequence[Exchange]
    items: Items

    def turn(self, number: int, seconds: float) -> "Turn":
        self.group.thaw()
        try:
            before = self.group.cpu()
            outcome = under_load(self.port, self.exchanges, self.items(number), seconds)
            return Turn(outcome=outcome, cpu=(self.group.cpu() - before) * 1_000 / outcome.done)
        finally:
            self.group.freeze()


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """`cpu`: the server's, in ms for each item."""

    outcome: Outcome
    cpu: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    turns: Sequence[Turn]

    @property
    def rate(self) -> float:
        return median(turn.outcome.rate for turn in self.turns)

    @property
    def cpu(self) -> float:
        return median(turn.cpu for turn in self.turns)

    def times(self, exchange: int) -> list[float]:
        return [time for turn in self.turns for time in turn.outcome.times[exchange]]


def take_turns(contestants: Sequence[Contestant], *, rounds: int, seconds: float, between: Callable[[], None]) -> Mapping[str, Result]:
    """Let each warm up, then have so many turns, the first to begin being another one each time."""
    turns: dict[str, list[Turn]] = {each.name: [] for each in contestants}
    for each in contestants:
        each.turn(0, seconds / 2)
    for number in range(rounds):
        between()
        first = number % len(contestants)
        for each in [*contestants[first:], *contestants[:first]]:
            turns[each.name].append(each.turn(number + 1, seconds))
    return {name: Result(turns=had) for name, had in turns.items()}


def ratio(ours: Result, theirs: Result) -> float:
    """Return the median of the rounds' ratios: what disturbs a round disturbs both."""
    return median(a.outcome.rate / b.outcome.rate for a, b in zip(ours.turns, theirs.turns, strict=True))


def cpu_ratio(ours: Result, theirs: Result) -> float:
    return median(a.cpu / b.cpu for a, b in zip(ours.turns, theirs.turns, strict=True))
