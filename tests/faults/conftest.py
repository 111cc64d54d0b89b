"""A crew on each database, and the count of its dead."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.crew import Crew, crew_on

SOAK = bool(os.environ.get("PLACET_TEST_SOAK"))
STEP = 1 if SOAK else 3  # every point at which a process can die, or every third


@pytest.fixture
def crew(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Crew]:
    with crew_on(database_url, tmp_path) as crew:
        yield crew
    request.node.user_properties.append((f"kills on {database_url.partition(':')[0]}", crew.kills))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many processes were killed in all: reports come here from every worker."""
    kills: Counter[str] = Counter()
    for report in (each for reports in terminalreporter.stats.values() for each in reports):
        for name, value in getattr(report, "user_properties", ()):
            if report.when == "teardown" and name.startswith("kills on "):
                kills[name] += value
    for name, count in sorted(kills.items()):
        terminalreporter.write_line(f"{name}: {count}")
