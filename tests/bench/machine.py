"""The machine that all this runs on."""

import time
from pathlib import Path

IDLE, WAITING = 3, 4  # of the first line of /proc/stat


def busy(seconds: float = 1.0) -> float:
    """Return which share of the cores is at work now, in %."""
    before = _ticks()
    time.sleep(seconds)
    spent = [now - then for now, then in zip(_ticks(), before, strict=True)]
    return 100 * (1 - (spent[IDLE] + spent[WAITING]) / sum(spent))


def _ticks() -> list[int]:
    return [int(number) for number in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
