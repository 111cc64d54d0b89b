"""Runs the load in its own process."""

import subprocess
import sys
from collections.abc import Sequence

from tests.bench.load import Exchange, Outcome, Plan, read_outcome, write_plan

CLIENTS = 16


class LoadFailed(Exception):
    """A request was not answered as it should be; the text says how it was."""


def under_load(port: int, exchanges: Sequence[Exchange], items: Sequence[Sequence[str]], seconds: float) -> Outcome:
    plan = Plan(port=port, exchanges=exchanges, items=items, seconds=seconds)
    done = subprocess.run([sys.executable, "-m", "tests.bench.load"], input=write_plan(plan), capture_output=True, text=True,
                          timeout=seconds + 60)
    if done.returncode != 0:
        raise LoadFailed(done.stderr[-2_000:])
    return read_outcome(done.stdout)


def named(prefix: str, clients: int = CLIENTS, each: int = 5_000) -> list[list[str]]:
    """Return names for each client to ask about."""
    return [[f"{prefix}-{client}-{number}" for number in range(each)] for client in range(clients)]
