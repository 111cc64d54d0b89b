"""What the tests over REST start from: a company's service, on each database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.edge import Edge
from tests.rest.talk import described_edge


@pytest.fixture
def edge(database_url: str, tmp_path: Path) -> Iterator[Edge]:
    with described_edge(database_url, tmp_path) as edge:
        yield edge


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def same_edge(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The same one for a whole file, for tests that neither move the clock nor look at each other's runs."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "sqlite":
        with described_edge(request.getfixturevalue("sqlite").copy(home), home) as edge:
            yield edge
        return
    with request.getfixturevalue("postgres").database() as url, described_edge(url, home) as edge:
        yield edge
