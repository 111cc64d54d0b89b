"""What the tests of the pages share: a company at its browsers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import SqliteTemplate
from tests.pages.asking import FLOWS
from tests.pages.browse import Web, browsing


@pytest.fixture
def web(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[Web]:
    with browsing(sqlite.copy(tmp_path), tmp_path, flows=FLOWS) as web:
        yield web


@pytest.fixture
def each_web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    """On every database."""
    with browsing(database_url, tmp_path, flows=FLOWS) as web:
        yield web
