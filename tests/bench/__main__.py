"""`make bench`: what Placet promises about speed and size, measured beside what people might use instead, and beside floors."""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from rich.console import Console

from tests.bench import acknowledging, approving, archive, going_on, growing, hearing, paging, pairs, parking, prefect, scaling, starting
from tests.bench.figures import Row, print_table
from tests.bench.machine import Disturbance, look
from tests.bench.postgres import Postgres, postgres_server

TARGETS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
QUIET = 10.0  # % of the cores


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--full", action="store_true", help="measure longer")
    parser.add_argument("--only", type=int, nargs="+", choices=TARGETS, default=TARGETS, help="some of the targets")
    chosen = parser.parse_args()
    console, said = Console(width=None if Console().is_terminal else 180), Console(stderr=True)
    began, others = time.monotonic(), [look()]
    beside_prefect = bool({1, 2, 6} & set(chosen.only))
    with_prefect = beside_prefect and prefect.install()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="placet-bench-") as directory, postgres_server() as postgres:
        version = postgres.version
        for target, measure in targets(postgres, Path(directory), full=chosen.full, with_prefect=with_prefect):
            if target in chosen.only:
                others.append(look())
                said.print(f"{time.monotonic() - began:4.0f} s  target {target} ... (others: {others[-1].busy:.0f} % of the cores)")
                rows += measure()
    others.append(look())
    print_table(rows, notes(version, others, time.monotonic() - began, beside_prefect and not with_prefect), console)


def targets(postgres: Postgres, directory: Path, *, full: bool, with_prefect: bool) -> list[tuple[int, Callable[[], Iterable[Row]]]]:
    rounds, seconds = (10, 10.0) if full else (3, 5.0)
    return [
        (10, lambda: hearing.measure(times=50 if full else 10)),
        (6, lambda: starting.measure(postgres, directory, times=10 if full else 3, with_prefect=with_prefect)),
        (5, lambda: parking.measure(postgres, directory, seconds=60 if full else 10)),
        (4, lambda: growing.measure(postgres, directory)),
        (8, lambda: archive.measure(postgres, directory)),
        (7, lambda: acknowledging.measure(postgres, directory, seconds=30 if full else 10)),
        (11, lambda: paging.measure(postgres, directory, times=100 if full else 30)),
        (1, lambda: going_on.measure(postgres, directory, each=500 if full else 60, with_prefect=with_prefect)),
        (2, lambda: pairs.measure(postgres, directory, rounds=rounds, seconds=seconds, with_prefect=with_prefect)),
        (9, lambda: scaling.measure(postgres, directory, rounds=rounds, seconds=seconds)),
        (3, lambda: approving.measure(postgres, directory, rounds=rounds, seconds=seconds)),
    ]


def notes(version: str, others: Sequence[Disturbance], seconds: float, without_prefect: bool) -> list[str]:
    busy, write = [each.busy for each in others], [each.write for each in others]
    return [
        f"PostgreSQL {version}, {os.cpu_count()} cores, all on this machine, the load in a process of its own; {seconds / 60:.1f} minutes.",
        "What is compared takes turns; a service is frozen while it is not its turn; a ratio is the median of the rounds' ratios.",
        f"Before, between and after the targets, others used {min(busy):.0f} to {max(busy):.0f} % of the cores.",
        f"Then, a write of 8 KiB was on the disk, as after every commit, in {min(write):.1f} to {max(write):.1f} ms.",
        *(["That is not quiet: trust the ratios more than the times."] if max(busy) > QUIET else []),
        *(["Prefect could not be installed from .ci/bench.lock, and was not measured."] if without_prefect else []),
    ]


if __name__ == "__main__":
    main()
