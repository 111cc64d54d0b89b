"""Target 6: how soon the service is ready, and what it needs while it does nothing."""

import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from tests.bench.company import Company, found_company
from tests.bench.figures import Row, at_most
from tests.bench.placet import served
from tests.bench.postgres import Postgres
from tests.bench.prefect import prefect_server

SETTLING = 3.0  # seconds after a start
EVERYTHING = {"PLACET_ACCESS_PROVIDER": "webhook", "PLACET_ACCESS_WEBHOOK_URL": "http://127.0.0.1:9/access",
              "PLACET_ACCESS_WEBHOOK_SECRET": "whsec_" + "A" * 32}  # whatever can be configured


def measure(postgres: Postgres, directory: Path, *, times: int, with_prefect: bool) -> Iterator[Row]:
    theirs = [_prefect(postgres, directory)] if with_prefect else []
    for name in ("PostgreSQL", "SQLite"):
        company = found_company(directory / f"starting-{name}", postgres.create("starting") if name == "PostgreSQL" else None)
        started = [_placet(company, directory) for _ in range(times)]
        seconds, memory = (median(values) for values in zip(*started, strict=True))
        for what, value, unit, bound, other in (("start → ready", seconds, "s", 2, 0), ("memory when idle", memory, "MB", 130, 1)):
            yield Row(target=6, what=f"{what}, {name}", placet=f"{value:.1f} {unit}", wanted=[at_most(value, bound, unit)],
                      beside=f"Prefect {theirs[0][other]:.1f} {unit}" if theirs else "",
                      ratio=value / theirs[0][other] if theirs else None)


def _placet(company: Company, directory: Path) -> tuple[float, float]:
    with served(company, directory, flows=False, extra=EVERYTHING) as service:
        time.sleep(SETTLING)
        return service.ready_after, service.group.pss()


def _prefect(postgres: Postgres, directory: Path) -> tuple[float, float]:
    """Start it twice: the first time it makes its tables."""
    with prefect_server(postgres, "prefect_starting", directory / "prefect-starting"):
        pass
    with prefect_server(postgres, "prefect_starting", directory / "prefect-starting") as prefect:
        time.sleep(SETTLING)
        return prefect.ready_after, prefect.group.pss()
