"""What these tests share: a company, and its service on the network."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.edge import Edge, edge_on
from tests.databases import SqliteTemplate
from tests.world import World


@pytest.fixture
def edge(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[Edge]:
    world = World(sqlite.copy(tmp_path)).company()
    with edge_on(world, tmp_path) as edge:
        yield edge
    world.close()


@pytest.fixture(scope="module")
def same_edge(sqlite: SqliteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edge]:
    """The same one for a whole file, for tests that change nothing which others look at."""
    home = tmp_path_factory.mktemp("home")
    world = World(sqlite.copy(home)).company()
    with edge_on(world, home) as edge:
        yield edge
    world.close()


@pytest.fixture
def each_edge(world: World, tmp_path: Path) -> Iterator[Edge]:
    """On every database."""
    with edge_on(world, tmp_path) as edge:
        yield edge
