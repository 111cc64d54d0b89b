"""One service and one browser for all of these tests in a process; none of them where there is no Chromium."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import MISSING, chromium, is_needed, path
from tests.e2e.person import Person, signed_in
from tests.e2e.stage import Stage, on_stage

Enter = Callable[..., Person]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = path()
    if executable is None:
        assert not is_needed(), MISSING
        pytest.skip(MISSING)
    with chromium(executable) as browser:
        yield browser


@pytest.fixture(scope="package")
def stage(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with on_stage(tmp_path_factory.mktemp("stage")) as stage:
        yield stage
    assert "Traceback" not in stage.log.read_text()


@pytest.fixture
def enter(browser: Browser, stage: Stage) -> Iterator[Enter]:
    """Sign somebody in at a browser of their own. Nothing may go wrong in one that is not looked for."""
    entered: list[Person] = []

    def enter(email: str, **kind: Any) -> Person:
        entered.append(signed_in(browser, stage, email, **kind))
        return entered[-1]

    yield enter
    faults = [fault for each in entered for fault in each.faults]
    for each in entered:
        each.context.close()
    assert faults == []
