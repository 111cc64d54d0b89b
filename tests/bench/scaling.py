"""Target 9: two services on one database beside one, under the same load."""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.company import Company, found_company
from tests.bench.figures import Row, at_least, at_most
from tests.bench.loading import CLIENTS, under_load
from tests.bench.placet import Service, served
from tests.bench.postgres import Postgres

CORES = 4  # that it takes: two services, the database, the clients
DOUBLED = """
SELECT (SELECT count(*) FROM (SELECT approval_id FROM audit WHERE kind = 'decide' GROUP BY approval_id HAVING count(*) <> 1) AS each)
     + (SELECT count(*) FROM (SELECT approval_id FROM answers GROUP BY approval_id HAVING count(*) <> 1) AS each)
     + (SELECT count(*) FROM approvals JOIN executions ON executions.id = execution_id
        WHERE (approvals.status = 'approved') IS DISTINCT FROM (wake = 1))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """Pairs a second, and how many there were."""

    rate: float
    done: int


def measure(postgres: Postgres, directory: Path, *, rounds: int, seconds: float) -> Iterator[Row]:
    company = found_company(directory / "scaling", postgres.create("scaling"))
    rates: dict[int, list[float]] = {1: [], 2: []}
    with ExitStack() as running:
        services = [running.enter_context(served(company, directory, flows=False)) for _ in range(2)]
        done = _share(company, services, "warm", seconds / 2).done
        for number in range(rounds):
            for count in (1, 2) if number % 2 else (2, 1):
                postgres.settle()
                for service in services[count:]:
                    service.group.freeze()
                had = _share(company, services[:count], f"round{number}-{count}", seconds)
                for service in services[count:]:
                    service.group.thaw()
                rates[count].append(had.rate)
                done += had.done
    ratio, cores = median(two / one for one, two in zip(rates[1], rates[2], strict=True)), os.cpu_count() or 1
    yield Row(target=9, what=f"create + decide, {CLIENTS} clients, two services on {cores} cores: pairs/s",
              placet=f"{median(rates[2]):.0f} /s", beside=f"one service {median(rates[1]):.0f} /s", ratio=ratio,
              wanted=[at_least(ratio, 1.6, "×")] if cores >= CORES else ())
    approved = int(postgres.query("scaling", "SELECT count(*) FROM approvals WHERE status = 'approved'")[0][0])
    wrong = int(postgres.query("scaling", DOUBLED)[0][0]) + abs(done - approved)
    yield Row(target=9, what="approves by one and two services: decisions lost or doubled", placet=f"{wrong} of {approved:,}",
              wanted=[at_most(wrong, 0, "")])


def _share(company: Company, services: Sequence[Service], name: str, seconds: float) -> Shared:
    """Split the clients among the services. All that is asked is answered by the end."""
    exchanges, each = [company.create(), company.approve("@id@")], CLIENTS // len(services)
    items = [[[f"{name}-{number}-{client}-{item}" for item in range(5_000)] for client in range(each)] for number in range(len(services))]
    with ThreadPoolExecutor(len(services)) as pool:
        outcomes = list(pool.map(lambda pair: under_load(pair[0].port, exchanges, pair[1], seconds), zip(services, items, strict=True)))
    return Shared(rate=sum(outcome.rate for outcome in outcomes), done=sum(outcome.done for outcome in outcomes))
