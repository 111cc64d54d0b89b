"""What begins by the clock: seen by members, changed by owners."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.domain.json import Json
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules
from tests.pages.browse import Reader, Web, browsing
from tests.world import PROJECT

INPUT: dict[str, Json] = {"username": "ann@acme.org", "targetOrg": "<b>prod</b>", "accessLevel": "Admin", "durationMinutes": 60}


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    with browsing(database_url, tmp_path) as web:
        LoadSchedules(database=web.world.database, registry=web.world.registry, vault=web.world.vault).load([
            Entry(name=name, flow="request-elevated-privileges", project=project, expression="0 4 * * *", input=INPUT)
            for name, project in (("nightly/access", PROJECT), ("elsewhere", "other/app"))])
        yield web


def stored(web: Web) -> tuple[str, bool, bool]:
    expression, enabled, changed = web.world.rows("SELECT expression, enabled, changed FROM schedules WHERE name = 'nightly/access'")[0]
    return str(expression), bool(enabled), bool(changed)


def test_a_member_sees_them_without_buttons_and_a_stranger_sees_their_own(web: Web) -> None:
    page = web.browser("ann").get("/schedules")
    assert "nightly/access" in page.text
    assert "elsewhere" not in page.text
    assert "/schedules/pause" not in page.text
    assert "<b>prod" not in page.text
    assert "nightly/access" not in web.browser("eve").get("/schedules").text
    assert "nightly/access" not in web.browser("eve").get(f"/schedules?repositoryIdentifier={PROJECT}").text


def test_an_owner_pauses_resumes_and_changes_one(web: Web) -> None:
    bob = web.browser("bob")
    assert bob.submit("/schedules", "/schedules/pause").status_code == 303
    assert stored(web) == ("0 4 * * *", False, False)
    assert "nightly/access is paused." in bob.see("/schedules").words
    bob.submit("/schedules", "/schedules/resume")
    assert stored(web) == ("0 4 * * *", True, False)
    bob.submit("/schedules", "/schedules/change", expression="30 5 * * mon")
    assert stored(web) == ("30 5 * * mon", True, True)
    assert "changed by hand" in bob.see("/schedules").words


def test_an_expression_that_does_not_fit_stays_where_it_was_written(web: Web) -> None:
    answer = web.browser("bob").submit("/schedules", "/schedules/change", expression="61 * * * <i>")
    assert answer.status_code == 400
    assert ("expression", "61 * * * <i>") in Reader(answer.text).form("/schedules/change").fields
    assert "expression " in Reader(answer.text).words
    assert "<i>" not in answer.text
    assert stored(web) == ("0 4 * * *", True, False)


@pytest.mark.parametrize(("who", "status"), [("ann", 403), ("eve", 404)])
def test_nobody_else_changes_one_by_a_form_of_their_own(web: Web, who: str, status: int) -> None:
    csrf = dict(web.browser(who).see("/account").form("/sign-out").fields)["csrf"]
    fields: dict[str, str | list[str]] = {
        "csrf": csrf, "name": "nightly/access", "flow": "request-elevated-privileges", "expression": "1 1 1 1 1"}
    for action in ("pause", "resume", "change"):
        assert web.browser(who).post(f"/schedules/{action}", fields).status_code == status, action
    assert web.browser("bob").post("/schedules/pause", {**fields, "csrf": csrf}).status_code == 403
    assert stored(web) == ("0 4 * * *", True, False)
