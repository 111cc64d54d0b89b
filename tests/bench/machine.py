"""The machine that all this runs on, and how much of it others use."""

import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

IDLE, WAITING = 3, 4  # of the first line of /proc/stat
WRITES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """`busy`: which share of the cores is at work, in %. `write`: how many ms until 8 KiB are on the disk, as in every commit."""

    busy: float
    write: float


def look(seconds: float = 1.0) -> Disturbance:
    """Measure while nothing of ours does anything."""
    before = _ticks()
    time.sleep(seconds)
    spent = [now - then for now, then in zip(_ticks(), before, strict=True)]
    return Disturbance(busy=100 * (1 - (spent[IDLE] + spent[WAITING]) / sum(spent)), write=median(_write_times()))


def _ticks() -> list[int]:
    return [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]


def _write_times() -> list[float]:
    times = []
    with tempfile.TemporaryFile() as file:
        for _ in range(WRITES):
            began = time.perf_counter()
            file.write(bytes(8_192))
            file.flush()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1_000)
    return times
