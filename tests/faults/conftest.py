"""A crew on each database, and the count of its dead."""

from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.doubles.access_webhook import Fault
from tests.faults.crew import Crew, crew_on


@pytest.fixture
def luck() -> Callable[[], Fault]:
    """What goes wrong with a request to the receiver: here nothing; a module may say otherwise."""
    return Fault


@pytest.fixture
def crew(database_url: str, tmp_path: Path, luck: Callable[[], Fault], request: pytest.FixtureRequest) -> Iterator[Crew]:
    with crew_on(database_url, tmp_path, luck) as crew:
        yield crew
        counted = {"processes killed": crew.kills, "runs": len(crew.does(lambda w: w.rows("SELECT 1 FROM executions"))),
                   "grants": [entry.deed for entry in crew.ledger()].count("granted")}
    request.node.user_properties.append((database_url.partition(":")[0], counted))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many processes were killed in all; the reports come from every worker."""
    sums: dict[str, Counter[str]] = {"sqlite": Counter(), "postgresql": Counter()}
    for report in (each for reports in terminalreporter.stats.values() for each in reports):
        for database, counted in getattr(report, "user_properties", ()):
            if report.when == "teardown" and database in sums:
                sums[database].update(counted)
    for database, found in sums.items():
        if found:
            terminalreporter.write_line(f"{database}: " + ", ".join(f"{number} {what}" for what, number in found.items()))
