"""Target 3: approves over REST, beside pgbench and beside a bare route that run the same statements."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from tests.bench import pgbench
from tests.bench.company import Company, found_company, opened
from tests.bench.contest import Contestant, Result, cpu_ratio, take_turns
from tests.bench.figures import Row, at_least, at_most, p50_p95
from tests.bench.loading import CLIENTS
from tests.bench.pgbench import Script
from tests.bench.placet import ROOT, served
from tests.bench.postgres import Postgres
from tests.bench.processes import answers, free_port, started
from tests.bench.statements import record_approve, write_statements
from tests.bench.stock import Stock

SHARE = 250  # requests of each client's for one turn


def measure(postgres: Postgres, directory: Path, *, rounds: int, seconds: float) -> list[Row]:
    stock = Stock(clients=CLIENTS, each=(rounds + 1) * SHARE + 1)
    company = found_company(directory / "approving", postgres.create("approving"))
    _fill(company, directory, stock)
    for name in ("bare", "pgbench"):
        postgres.copy("approving", name)
    statements = record_approve(company)
    write_statements(statements, directory / "statements.json")
    beside = Pgbench(postgres, pgbench.script(statements, stock, directory / "approve.sql"))
    with ExitStack() as running:
        contestants = [running.enter_context(_placet(company, directory, stock)),
                       running.enter_context(_bare(company, postgres, directory, stock))]
        results = take_turns(contestants, rounds=rounds, seconds=seconds, between=beside.turn)
    _check(postgres, "pgbench", len(beside.rates) * CLIENTS * SHARE)
    _check(postgres, "bare", sum(turn.outcome.done for turn in results["bare"].turns))
    return list(_rows(results["Placet"], results["bare"], beside.rates, len(statements)))


@dataclass(slots=True)
class Pgbench:
    postgres: Postgres
    script: Script
    rates: list[float] = field(default_factory=list)

    def turn(self) -> None:
        self.postgres.settle()
        start = 1 + len(self.rates) * SHARE
        self.rates.append(pgbench.run(self.postgres, "pgbench", self.script, clients=CLIENTS, each=SHARE, start=start))


def _fill(company: Company, directory: Path, stock: Stock) -> None:
    with served(company, directory) as service:
        asked = service.call("POST", "/approvals", company.asking, company.request("stock", "bench/p0"))
    with opened(company) as database:
        stock.fill(database, str(asked["id"]))


def _check(postgres: Postgres, database: str, wanted: int) -> None:
    """See that what claims to have approved did so."""
    statement = "SELECT count(*) FROM approvals JOIN answers ON approval_id = id WHERE status = 'approved'"
    counted = int(postgres.query(database, statement)[0][0])
    if counted < wanted:
        raise LookupError(f"{database} should have approved {wanted} requests, and did {counted}")


@contextmanager
def _placet(company: Company, directory: Path, stock: Stock) -> Iterator[Contestant]:
    with served(company, directory) as service:
        yield Contestant(name="Placet", group=service.group, port=service.port, exchanges=[company.approve("@item@")],
                         items=lambda number: stock.items(1 + number * SHARE, SHARE))


@contextmanager
def _bare(company: Company, postgres: Postgres, directory: Path, stock: Stock) -> Iterator[Contestant]:
    port = free_port()
    arguments = [postgres.url("bare"), str(port), str(directory / "statements.json"), str(stock.each)]
    exchange = replace(company.approve("@item@"), path="/approvals/@item@/approve", headers={})
    with started([sys.executable, "-m", "tests.bench.bare", *arguments], log=directory / "bare.log", cwd=ROOT) as group:
        group.wait_for(lambda: answers(port, "/ready"))
        yield Contestant(name="bare", group=group, port=port, exchanges=[exchange],
                         items=lambda number: stock.items(1 + number * SHARE, SHARE))


def _rows(ours: Result, bare: Result, rates: Sequence[float], statements: int) -> Iterator[Row]:
    what = f"approve, {CLIENTS} clients"
    share = median(turn.outcome.rate / rate for turn, rate in zip(ours.turns, rates, strict=True))
    yield Row(target=3, what=f"{what}: approves/s", placet=f"{ours.rate:.0f} /s",
              beside=f"pgbench, same {statements} statements {median(rates):.0f} /s",
              ratio=share, wanted=[at_least(share, 0.15, "×")])
    cpu = cpu_ratio(ours, bare)
    yield Row(target=3, what=f"{what}: the server's CPU for each", placet=f"{ours.cpu:.2f} ms", beside=f"bare route {bare.cpu:.2f} ms",
              ratio=cpu, wanted=[at_most(cpu, 2, "×")])
    yield Row(target=3, what=f"{what}: approve", placet=p50_p95(ours.times(0)),
              beside=f"bare route {p50_p95(bare.times(0))}, {bare.rate:.0f} /s", ratio=median(ours.times(0)) / median(bare.times(0)))
