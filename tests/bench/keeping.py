"""What is kept for a while, where there is much of it: keys of repeated requests, and runs that have long been over."""

import time
from collections.abc import Iterator
from datetime import timedelta
from statistics import median

import psycopg

from api.wiring.starting import new_id
from core.engine.purge import Purge
from integrations.database.database import SqlDatabase
from tests.bench.figures import Row, at_most, percentile
from tests.fakes.signatures import FakeSignatures

KEYS = 1_000_000
TIMES = 200
OLD = 1_000  # runs to be removed
DAYS = 60  # of which the crowd's runs are
WITHIN = 10.0  # ms


def measure_keys(url: str) -> Row:
    """Come with keys that are new and keys that are known, to a table with many of a day."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO repeats (subject, operation, key, body, answer, at) "
            "SELECT 'app:' || mod(n, 100), 'run', 'key-' || n, md5(n::text), md5(n::text), "
            "now() - n * interval '80 milliseconds' FROM generate_series(1, %s) AS n", [KEYS])
        connection.execute("VACUUM (ANALYZE) repeats")
    database, took = SqlDatabase(url), []
    for number in range(TIMES):
        key = f"key-{number * 37 + 1}" if number % 2 else new_id()
        with database.begin() as tx:
            now, began = tx.now(), time.perf_counter()
            tx.repeats.first(f"app:{(number * 37 + 1) % 100}", "run", key, "body", "answer", now)
            took.append((time.perf_counter() - began) * 1_000)
    database.close()
    return Row(target=4, what=f"an Idempotency-Key among {KEYS:,}: p50, p95", placet=f"{median(took):.2f}, {percentile(took, 0.95):.2f} ms",
               wanted=[at_most(percentile(took, 0.95), WITHIN, "ms", "p95")])


def measure_purge(url: str, runs: int) -> Iterator[Row]:
    """Remove the oldest of a crowd's runs."""
    database = SqlDatabase(url)
    purge = Purge(database=database, signatures=FakeSignatures())
    began = time.perf_counter()
    removed = purge.runs(timedelta(days=DAYS) * (1 - OLD / runs))
    seconds = time.perf_counter() - began
    database.close()
    yield Row(target=4, what=f"purge of old runs among {runs:,}", placet=f"{removed / seconds:.0f} runs/s",
              beside=f"{removed:,} in {seconds:.1f} s; 200,000 take {200_000 * seconds / removed / 60:.0f} minutes")
