"""Target 5: what 10,000 parked runs cost, and how soon one goes on after a restart."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench.company import Company, approve_at_rest, found_company, opened
from tests.bench.figures import Row, at_most
from tests.bench.marks import Marks
from tests.bench.placet import Service, parked, serve, served
from tests.bench.postgres import Postgres
from tests.bench.processes import cpu_of
from tests.bench.stock import copy_run

PARKED = 10_000
SETTLING = 3.0  # seconds after a start


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """`cpu`: of the service and of what serves its database, as a share of a core, in %."""

    memory: float
    cpu: float


def measure(postgres: Postgres, directory: Path, *, seconds: float) -> list[Row]:
    rows: list[Row] = []
    for name in ("PostgreSQL", "SQLite"):
        on_postgres = name == "PostgreSQL"
        none = found_company(directory / f"none-{name}", postgres.create("none") if on_postgres else None)
        many = found_company(directory / f"many-{name}", postgres.create("many") if on_postgres else None)
        with served(many, directory) as service:
            run = parked(service, 1)[0]
        with opened(many) as database, database.writer.begin() as connection:
            copy_run(connection, run, 0, PARKED)
        rows += _idle(name, none, many, directory, seconds, lambda database: postgres.serving(database) if on_postgres else [])  # noqa: B023
        rows.append(_restart(name, many, directory, run))
    return rows


def _idle(name: str, none: Company, many: Company, directory: Path, seconds: float, serving: Callable[[str], list[int]]) -> Iterator[Row]:
    """Let one service with parked runs and one without do nothing, side by side."""
    with ExitStack() as running:
        services = {database: running.enter_context(served(company, directory)) for database, company in (("none", none), ("many", many))}
        time.sleep(SETTLING)
        before = {database: _cpu(service, serving(database)) for database, service in services.items()}
        time.sleep(seconds)
        idle = {database: Idle(memory=service.group.pss(), cpu=(_cpu(service, serving(database)) - before[database]) / seconds * 100)
                for database, service in services.items()}
    without, more = idle["none"], _difference(idle["many"], idle["none"])
    yield Row(target=5, what=f"memory that {PARKED:,} parked runs add, {name}", placet=f"{more.memory:.1f} MB",
              beside=f"without any {without.memory:.0f} MB", wanted=[at_most(more.memory, 5, "MB")])
    yield Row(target=5, what=f"CPU that {PARKED:,} parked runs add, {name}", placet=f"{more.cpu:.1f} % of a core",
              beside=f"without any {without.cpu:.1f} %", wanted=[at_most(more.cpu, 2, "%")])


def _difference(one: Idle, other: Idle) -> Idle:
    return Idle(memory=max(0.0, one.memory - other.memory), cpu=max(0.0, one.cpu - other.cpu))


def _restart(name: str, company: Company, directory: Path, run: str) -> Row:
    """Kill the service, decide while it is away, and start it again."""
    served_before = serve(company, directory)
    served_before.group.kill()
    approve_at_rest(company, run)
    with served(company, directory) as service:
        went_on = float(Marks(company.marks).wait_for(run)[1])
    after_ready = max(0.0, went_on - service.group.began - service.ready_after)
    return Row(target=5, what=f"killed, decided, started again with {PARKED:,} parked: goes on after it is ready, {name}",
               placet=f"{after_ready:.2f} s", beside=f"after its start {went_on - service.group.began:.2f} s",
               wanted=[at_most(after_ready, 1, "s")])


def _cpu(service: Service, serving: list[int]) -> float:
    return service.group.cpu() + cpu_of(serving)
