"""A migration is killed halfway (K17); the next one finds nothing of it, or all."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from integrations.database.database import SqlDatabase
from integrations.database.migrate import WrongSchema, check_schema, migrate
from tests.databases import PostgresTemplates
from tests.faults.extent import SOAK
from tests.faults.fate import Fate
from tests.faults.processes import begin

pytestmark = pytest.mark.database


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/placet.db"
        return
    templates: PostgresTemplates = request.getfixturevalue("postgres")
    yield templates.empty()


def test_r49_a_migration_killed_halfway_leaves_nothing_and_the_next_succeeds(empty_url: str) -> None:
    kills, nth = 0, 1
    while begin(lambda fate: migrated(empty_url, fate), Fate(nth=nth)).wait().killed:
        kills, nth = kills + 1, nth + (1 if SOAK else 8)
        found = begin(lambda _: schema(empty_url)).wait().value
        assert found in ("empty", "whole")

    assert kills >= 3
    assert begin(lambda _: schema(empty_url)).wait().value == "whole"


def migrated(url: str, fate: Fate) -> None:
    database = SqlDatabase(url)

    @event.listens_for(database.writer, "before_cursor_execute")
    def statement(*_: Any) -> None:
        fate.meet("statement")

    @event.listens_for(database.writer, "commit")
    def about_to_commit(_: Any) -> None:
        fate.meet("COMMIT")

    migrate(database)
    fate.meet("migrated")


def schema(url: str) -> str:
    database = SqlDatabase(url)
    try:
        check_schema(database)
    except WrongSchema as wrong:
        return "empty" if wrong.found is None else wrong.found
    return "whole"
