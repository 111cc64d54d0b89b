"""A flow is started from a form made of its parameters."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.domain.people import Role
from tests.pages.browse import Reader, Web, browsing
from tests.pages.sandbox import new_sandbox
from tests.rest.talk import configure
from tests.world import PROJECT

FORM = f"/new/new-sandbox?repositoryIdentifier={PROJECT}"
FILLED: dict[str, Any] = {
    "parameter.name": "claims-spike", "parameter.owner": "ann@acme.org", "parameter.region": "us-east", "parameter.days": "30",
    "parameter.size": "0", "parameter.public": "false", "parameter.parts": ["database", "queue"], "parameter.tags": "one\r\n\r\n two \r\n",
    "parameter.key": " secret-licence "}


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    with browsing(database_url, tmp_path, flows=[new_sandbox]) as web:
        yield web


def started(web: Web) -> list[tuple[str, str]]:
    return [(flow, payload) for flow, payload in web.world.rows("SELECT flow, payload FROM executions ORDER BY created_at, id")]


def test_what_is_filled_in_becomes_the_request_in_its_types(web: Web) -> None:
    sent = web.browser("ann").submit(FORM, "/new/new-sandbox", **FILLED)
    assert sent.status_code == 303
    ((_, payload),) = started(web)
    assert json.loads(payload) == {"name": "claims-spike", "owner": "ann@acme.org", "region": "us-east", "days": 30, "size": 0.0,
                                   "public": False, "parts": ["database", "queue"], "tags": ["one", "two"]}
    assert web.browser("ann").get(sent.headers["Location"]).status_code == 200
    assert "secret-licence" not in web.browser("ann").get(sent.headers["Location"]).text
    (sealed,) = web.world.rows("SELECT secrets FROM executions")
    assert web.world.vault.open(sealed[0]) == {"key": " secret-licence "}


def test_a_form_opens_with_defaults_and_with_oneself(web: Web) -> None:
    shown = web.browser("ann").see(FORM).form("/new/new-sandbox")
    assert ("parameter.owner", "ann@acme.org") in shown.fields
    assert ("parameter.days", "7") in shown.fields
    html = web.browser("ann").get(FORM).text
    assert '<option value="eu-north" selected>' in html
    assert '<option value="true" selected>' in html
    assert 'value="database" checked' in html
    assert 'value="queue" checked' not in html
    assert 'type="password"' in html


def test_what_does_not_fit_is_said_beside_its_field_in_the_words_of_every_surface(web: Web) -> None:
    wrong = {**FILLED, "parameter.name": "ab", "parameter.days": "99", "parameter.size": "much", "parameter.owner": "<b>x",
             "parameter.region": "moon", "parameter.public": "maybe", "parameter.key": "short"}
    answer = web.browser("ann").submit(FORM, "/new/new-sandbox", **wrong)
    page = Reader(answer.text)
    assert answer.status_code == 400
    assert started(web) == []
    for sentence in ("name must be a text of 3 to 40 characters, got 'ab'.", "days must be between 1 and 30, got 99.",
                     "size must be a number, got 'much'.", "owner must be one person's e-mail address, got '<b>x'.",
                     "region must be one of eu-north, us-east, got 'moon'.", "public must be true or false, got 'maybe'.",
                     "key must be a text of 8 to 100 characters."):
        assert page.words.count(sentence) == 1, sentence
    assert ("parameter.days", "99") in page.form("/new/new-sandbox").fields
    assert '<a href="#parameter.days">' in answer.text
    assert "short" not in page.words
    assert ("parameter.key", "") in page.form("/new/new-sandbox").fields


def test_what_is_missing_is_said_too(web: Web) -> None:
    empty: dict[str, Any] = {"parameter.name": "  ", "parameter.owner": ""}
    answer = web.browser("ann").submit(FORM, "/new/new-sandbox", **empty)
    assert "name is missing: What it is called." in Reader(answer.text).words
    assert "owner is missing: Who it is for." in Reader(answer.text).words


def test_the_same_form_sent_twice_is_one_request_and_a_changed_one_another(web: Web) -> None:
    ann = web.browser("ann")
    fields = {**dict(ann.see(FORM).form("/new/new-sandbox").fields), **FILLED}
    first, second = ann.post("/new/new-sandbox", fields), ann.post("/new/new-sandbox", fields)
    assert first.headers["Location"] == second.headers["Location"]
    assert ann.post("/new/new-sandbox", {**fields, "parameter.days": "3"}).headers["Location"] != first.headers["Location"]
    assert len(started(web)) == 2


def test_nobody_skips_the_question_by_a_field_of_their_own(web: Web) -> None:
    more = {**FILLED, "skipApproval": "true", "parameter.skipApproval": "true", "parameter.skipReason": "x", "parameter.id": "other"}
    web.browser("bob").submit(FORM, "/new/new-sandbox", **more)
    web.world.work()
    (run,) = web.world.rows("SELECT status, skip_reason FROM executions")
    assert run == ("suspended", None)


def test_a_disabled_type_is_not_offered_and_an_override_asks_for_what_it_takes(web: Web) -> None:
    assert "/new/new-sandbox" in web.browser("ann").get(f"/new?repositoryIdentifier={PROJECT}").text
    assert configure(web.edge, "bob", "request-elevated-privileges", "override", overrideFlowTypeId="new-sandbox").status_code == 200
    assert "What it is called" in web.browser("ann").get(f"/new/request-elevated-privileges?repositoryIdentifier={PROJECT}").text
    assert configure(web.edge, "bob", "new-sandbox", "disable").status_code == 200
    assert "/new/new-sandbox" not in web.browser("ann").get(f"/new?repositoryIdentifier={PROJECT}").text
    assert web.browser("ann").get(FORM).status_code == 404
    assert started(web) == []


def test_a_stranger_to_the_project_sees_neither_list_nor_form_and_starts_nothing(web: Web) -> None:
    eve = web.browser("eve")
    assert eve.get(f"/new?repositoryIdentifier={PROJECT}").status_code == 404
    assert eve.get(FORM).status_code == 404
    own = dict(eve.see("/new/new-sandbox?repositoryIdentifier=other/app").form("/new/new-sandbox").fields)
    assert eve.post("/new/new-sandbox", {**own, **FILLED, "repositoryIdentifier": PROJECT}).status_code == 404
    assert eve.get("/new/no-such?repositoryIdentifier=other/app").status_code == 404
    assert started(web) == []


def test_too_many_open_requests_are_said_above_the_form(web: Web) -> None:
    for _ in range(20):
        web.world.asks_for_access()
    answer = web.browser("ann").submit(FORM, "/new/new-sandbox", **FILLED)
    assert answer.status_code == 429
    assert "20 requests of yours are open already" in Reader(answer.text).words


def test_a_run_again_asks_first_and_is_a_request_of_its_own(web: Web) -> None:
    run = web.world.asks_for_access(targetOrg="<img src=x onerror=alert(1)>")
    web.world.rejects("bob", run)
    web.world.work()
    page = web.browser("ann").get(f"/requests/{run.id}/again")
    assert "<img" not in page.text
    sent = web.browser("ann").submit(f"/requests/{run.id}/again", f"/requests/{run.id}/again")
    assert sent.status_code == 303
    assert sent.headers["Location"] not in (f"/requests/{run.id}", "/")
    assert web.world.rows("SELECT count(*) FROM executions WHERE rerun_of = :id", id=run.id) == [(1,)]
    assert web.browser("eve").get(f"/requests/{run.id}/again").status_code == 404
    assert web.browser("eve").post(f"/requests/{run.id}/again", {"csrf": csrf(web, "eve")}).status_code == 404


def test_one_that_still_runs_is_not_run_again(web: Web) -> None:
    run = web.world.asks_for_access()
    answer = web.browser("ann").post(f"/requests/{run.id}/again", {"csrf": csrf(web, "ann")})
    assert answer.status_code == 400
    assert "cancel it first" in Reader(answer.text).words


def csrf(web: Web, who: str) -> str:
    return dict(web.browser(who).see("/account").form("/sign-out").fields)["csrf"]


def test_a_member_of_two_projects_chooses(web: Web) -> None:
    web.world.person("ann@acme.org", Role.MEMBER, "acme/payments")
    page = web.browser("ann").get("/new").text
    assert '<option value="acme/payments">' in page
    assert "new-sandbox?repositoryIdentifier=acme/payments" in web.browser("ann").get("/new?repositoryIdentifier=acme/payments").text


def test_someone_without_a_project_is_told_how_to_get_one(web: Web) -> None:
    web.world.admit("dan", None)
    for path in ("/new", "/history", "/audit", "/schedules", "/access"):
        assert web.browser("dan").get(path).status_code == 200
    assert "You belong to no project yet." in web.browser("dan").see("/new").words
