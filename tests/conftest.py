"""What tests share: a migrated database of each kind, and a company on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgresTemplates, SqliteTemplate, postgres_server
from tests.world import World


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresTemplates]:
    with postgres_server() as server:
        yield PostgresTemplates(server)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteTemplate:
    return SqliteTemplate(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A migrated, empty database."""
    if request.param == "sqlite":
        template: SqliteTemplate = request.getfixturevalue("sqlite")
        yield template.copy(tmp_path)
        return
    templates: PostgresTemplates = request.getfixturevalue("postgres")
    with templates.database() as url:
        yield url


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    world = World(database_url).company()
    yield world
    world.close()
