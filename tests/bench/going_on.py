"""Target 1: from an approve over REST to the run's next step."""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Protocol

from tests.bench.company import Company, found_company
from tests.bench.figures import Row, Wanted, at_most, p50_p95, percentile
from tests.bench.marks import Marks
from tests.bench.placet import Service, parked, served
from tests.bench.postgres import Postgres
from tests.bench.prefect import Prefect, prefect_server, running_flow
from tests.bench.processes import Group

ROUNDS = 5
WARM_UP = 20
PAUSE = 0.05  # seconds, in which the run before comes to its end
PREFECT_TIMES = 2  # in each round; each takes a second
P50, P95, P95_OTHER = 10.0, 40.0, {"PostgreSQL": 50.0, "SQLite": 500.0}  # ms


class Waiting(Protocol):
    """Runs that wait for a yes."""

    @property
    def groups(self) -> Sequence[Group]:
        """Return the processes that are to run while one is told to go on."""

    def go_on(self) -> float:
        """Say yes to one, and return after how many ms it went on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacetRuns:
    """`decides` answers for runs that it, or another process, works on."""

    decides: Service
    groups: Sequence[Group]
    marks: Marks
    runs: Iterator[str]

    def go_on(self) -> float:
        run = next(self.runs)
        time.sleep(PAUSE)
        began = time.monotonic()
        self.decides.approve(run)
        return (float(self.marks.wait_for(run)[1]) - began) * 1_000


@dataclass(slots=True, kw_only=True)
class PrefectRuns:
    """One run after the other; each looks every second whether it may go on."""

    prefect: Prefect
    groups: Sequence[Group]
    marks: Marks
    done: int = 0

    def go_on(self) -> float:
        run = self.marks.wait_for("waits", self.done)[1]
        while not self.prefect.waits(run):
            time.sleep(0.05)
        self.done += 1
        time.sleep(random.random())
        began = time.monotonic()
        self.prefect.resume_now(run)
        return (float(self.marks.wait_for(run)[1]) - began) * 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    name: str
    waiting: Waiting
    times: list[float] = field(default_factory=list)

    def turn(self, count: int, *, counted: bool = True) -> None:
        for group in self.waiting.groups:
            group.thaw()
        took = [self.waiting.go_on() for _ in range(count)]
        for group in self.waiting.groups:
            group.freeze()
        if counted:
            self.times.extend(took)


def measure(postgres: Postgres, directory: Path, *, each: int, with_prefect: bool) -> list[Row]:
    """`each`: how many times of each kind. They take turns, and those whose turn it is not are frozen."""
    with ExitStack() as running:
        kinds: list[Kind] = []
        for name, url in (("PostgreSQL", postgres.create("going_on")), ("SQLite", None)):
            kinds += _placet(running, name, found_company(directory / f"going-on-{name}", url), directory, each + WARM_UP)
        if with_prefect:
            runs = running.enter_context(_prefect(postgres, directory))
            kinds.append(Kind(name="Prefect", waiting=runs))
        for kind in kinds:
            kind.turn(1 if kind.name == "Prefect" else WARM_UP, counted=False)
        for _ in range(ROUNDS):
            for kind in kinds:
                kind.turn(PREFECT_TIMES if kind.name == "Prefect" else each // ROUNDS)
    return list(_rows({kind.name: kind.times for kind in kinds}))


def _placet(running: ExitStack, name: str, company: Company, directory: Path, each: int) -> Iterator[Kind]:
    service = running.enter_context(served(company, directory))
    other = running.enter_context(served(company, directory, flows=False))
    runs, marks = iter(parked(service, 2 * each)), Marks(company.marks)
    yield Kind(name=name, waiting=PlacetRuns(decides=service, groups=[service.group], marks=marks, runs=runs))
    yield Kind(name=_other(name), waiting=PlacetRuns(decides=other, groups=[service.group, other.group], marks=marks, runs=runs))
    for group in (service.group, other.group):
        group.freeze()


@contextmanager
def _prefect(postgres: Postgres, directory: Path) -> Iterator[PrefectRuns]:
    home = directory / "prefect-going-on"
    with prefect_server(postgres, "prefect_going_on", home) as prefect, \
            running_flow(prefect, home / "marks", 1 + ROUNDS * PREFECT_TIMES) as flow:
        yield PrefectRuns(prefect=prefect, groups=[prefect.group, flow], marks=Marks(home / "marks"))


def _other(name: str) -> str:
    return f"{name}, another process decides"


def _rows(times: dict[str, list[float]]) -> Iterator[Row]:
    theirs = times.get("Prefect")
    for name in P95_OTHER:
        for kind, wanted in ((name, _bounds(times[name], P95, P50)), (_other(name), _bounds(times[_other(name)], P95_OTHER[name]))):
            beside = f"Prefect, looks every 1 s {p50_p95(theirs)}" if theirs else ""
            ratio = median(times[kind]) / median(theirs) if theirs else None
            yield Row(target=1, what=f"approve → next step, {kind}", placet=p50_p95(times[kind]), beside=beside, ratio=ratio, wanted=wanted)


def _bounds(times: Sequence[float], p95: float, p50: float | None = None) -> list[Wanted]:
    first = [at_most(median(times), p50, "ms", "p50")] if p50 else []
    return [*first, at_most(percentile(times, 0.95), p95, "ms", "p95")]
