"""Target 2: requests created and decided over REST, a second."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from tests.bench.company import API, Company, found_company
from tests.bench.contest import Contestant, Result, ratio, take_turns
from tests.bench.figures import Row, at_least, p50_p95
from tests.bench.loading import CLIENTS, named
from tests.bench.placet import ROOT, served
from tests.bench.postgres import Postgres
from tests.bench.prefect import prefect_server
from tests.bench.processes import answers, free_port, started


def measure(postgres: Postgres, directory: Path, *, rounds: int, seconds: float, with_prefect: bool) -> list[Row]:
    company = found_company(directory / "pairs", postgres.create("pairs"))
    postgres.copy("pairs", "floor")
    with ExitStack() as running:
        contestants = [running.enter_context(_placet(company, directory)), running.enter_context(_floor(company, postgres, directory))]
        if with_prefect:
            contestants.append(running.enter_context(_prefect(postgres, directory)))
        results = take_turns(contestants, rounds=rounds, seconds=seconds, between=postgres.settle)
    return list(_rows(results))


@contextmanager
def _placet(company: Company, directory: Path) -> Iterator[Contestant]:
    with served(company, directory) as service:
        yield Contestant(name="Placet", group=service.group, port=service.port, exchanges=[company.create(), company.approve("@id@")],
                         items=lambda number: named(f"round{number}"))


@contextmanager
def _floor(company: Company, postgres: Postgres, directory: Path) -> Iterator[Contestant]:
    port = free_port()
    command = [sys.executable, "-m", "tests.bench.floor", postgres.url("floor"), str(port)]
    exchanges = [replace(each, path=each.path.removeprefix(API), headers={}) for each in (company.create(), company.approve("@id@"))]
    with started(command, log=directory / "floor.log", cwd=ROOT) as group:
        group.wait_for(lambda: answers(port, "/ready"))
        yield Contestant(name="floor", group=group, port=port, exchanges=exchanges, items=lambda number: named(f"round{number}"))


@contextmanager
def _prefect(postgres: Postgres, directory: Path) -> Iterator[Contestant]:
    with prefect_server(postgres, "prefect_pairs", directory / "prefect-pairs") as prefect:
        yield Contestant(name="Prefect", group=prefect.group, port=prefect.port, exchanges=[prefect.create(), prefect.resume()],
                         items=lambda number: named(f"round{number}"))


def _rows(results: Mapping[str, Result]) -> Iterator[Row]:
    ours, what = results["Placet"], f"create + decide, {CLIENTS} clients"
    yield Row(target=2, what=f"{what}: create, decide", placet=f"{p50_p95(ours.times(0))}, {p50_p95(ours.times(1))}",
              beside=f"floor {p50_p95(results['floor'].times(0))}, {p50_p95(results['floor'].times(1))}")
    for name, bound in (("Prefect", 15), ("floor", 0.6)):
        if name in results:
            theirs, share = results[name], ratio(ours, results[name])
            yield Row(target=2, what=f"{what}: pairs/s", placet=f"{ours.rate:.0f} /s", beside=f"{name} {theirs.rate:.0f} /s",
                      ratio=share, wanted=[at_least(share, bound, "×")])
