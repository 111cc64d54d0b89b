"""Target 8: a ZIP of a very long log."""

from collections.abc import Iterator
from pathlib import Path

import psycopg

from tests.bench.company import Company, found_company
from tests.bench.figures import Row, at_most
from tests.bench.placet import served
from tests.bench.postgres import Postgres
from tests.bench.streaming import stream

LINES = 1_000_000
MEMORY = 64  # MB


def measure(postgres: Postgres, directory: Path) -> Iterator[Row]:
    company = found_company(directory / "archive", postgres.create("archive"))
    with served(company, directory) as service:
        run = str(service.call("POST", "/approvals", company.asking, company.request("long", "bench/p0"))["id"])
        _write(company, run)
        postgres.settle()
        had = stream(service, f"/{run}/logs/download", company.asking)
    yield Row(target=8, what=f"ZIP of {LINES:,} lines: memory that it adds", placet=f"{had.memory:.0f} MB",
              wanted=[at_most(had.memory, MEMORY, "MB")])
    yield Row(target=8, what=f"ZIP of {LINES:,} lines: first byte, whole ({had.size / 1e6:.0f} MB)",
              placet=f"{had.first_byte:.0f} ms, {had.seconds:.1f} s")


def _write(company: Company, run: str) -> None:
    with psycopg.connect(company.database_url) as connection:
        connection.execute(
            "INSERT INTO log_lines (execution_id, seq, position, attempt, line, at, level, message) "
            "SELECT %(run)s::text, n, n, 1, 1, now(), 'info', 'Deployed part ' || n || ' of the release: ' || md5(n::text) "
            "FROM generate_series(1, %(lines)s) AS n", {"run": run, "lines": LINES})
        connection.execute("UPDATE executions SET log_end = %(lines)s WHERE id = %(run)s", {"run": run, "lines": LINES})
