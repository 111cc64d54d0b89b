"""Who has access now, and the way to end it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from core.domain.executions import Execution
from core.ports.grants import Grant
from tests.pages.browse import Reader, Web, browsing


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    with browsing(database_url, tmp_path) as web:
        yield web


def given(web: Web) -> Execution:
    """Ann has access, by Bob's yes."""
    run = web.world.asks_for_access()
    web.world.approves("bob", run)
    web.world.work()
    return run


def ends(web: Web, who: str, run: Execution) -> int:
    csrf = dict(web.browser(who).see("/account").form("/sign-out").fields)["csrf"]
    return web.browser(who).post(f"/access/{run.id}/end", {"csrf": csrf}).status_code


def test_it_says_who_until_when_and_by_whose_yes_to_whoever_belongs_to_the_project(web: Web) -> None:
    run = given(web)
    for who, endable in (("ann", True), ("bob", True), ("dan", False)):
        story = " ".join(web.browser(who).see(f"/requests/{run.id}").words.split())
        assert "bob@acme.org approved" in story
        assert "bob@acme.org rejected" not in story
        page = web.browser(who).see("/access")
        assert "ann@acme.org: Admin on payments-prod" in page.words
        assert "by the yes of bob@acme.org" in page.words
        assert (f"/access/{run.id}/end" in page.links) is endable, who
    assert "Nobody has access now." in web.browser("eve").see("/access").words


@pytest.mark.parametrize("who", ["ann", "cat"])
def test_whoever_asked_and_every_owner_end_it_after_a_second_look(web: Web, who: str) -> None:
    run = given(web)
    assert web.browser(who).submit(f"/access/{run.id}/end", f"/access/{run.id}/end").status_code == 303
    assert web.world.see(run).execution.ended_by == f"{who}@acme.org"
    web.world.work()
    assert web.world.access.revoked == web.world.access.granted
    assert "Nobody has access now." in web.browser(who).see("/access").words


def test_another_member_may_not_and_a_stranger_finds_nothing(web: Web) -> None:
    run = given(web)
    page = web.browser("dan").see(f"/access/{run.id}/end")
    assert "Only ann@acme.org, who asked, and the owners of acme/app can end this." in page.words
    assert [ends(web, who, run) for who in ("dan", "eve")] == [403, 404]
    assert web.browser("eve").get(f"/access/{run.id}/end").status_code == 404
    assert web.world.see(run).execution.outcome is None
    assert [(actor, "NotTheRequester" in facts) for actor, facts in web.edge.security() if "endAccess" in facts] == [
        ("dan@acme.org", True), ("eve@other.org", False)]


def test_looking_ends_nothing_and_ending_twice_is_no_fault(web: Web) -> None:
    run = given(web)
    web.browser("bob").get(f"/access/{run.id}/end")
    assert web.world.see(run).execution.outcome is None
    assert [ends(web, "bob", run), ends(web, "ann", run)] == [303, 303]
    assert web.browser("bob").get(f"/access/{run.id}/end").status_code == 200


def test_what_ended_by_itself_is_said_to_have_ended(web: Web) -> None:
    run = given(web)
    web.world.later(minutes=61)
    assert "being taken back" in web.browser("bob").see("/access").words
    web.world.work()
    assert ends(web, "bob", run) == 303
    assert "This had ended already" in web.browser("bob").see("/access").words


def test_a_run_that_gives_no_access_is_ended_likewise(web: Web) -> None:
    run = web.world.asks_for_access()
    assert "End this run now?" in web.browser("ann").see(f"/access/{run.id}/end").words
    sent = web.browser("ann").submit(f"/access/{run.id}/end", f"/access/{run.id}/end")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"/requests/{run.id}")
    assert web.world.see(run).execution.outcome == "cancelled"
    assert ends(web, "dan", web.world.asks_for_access()) == 403


def test_a_role_that_was_taken_ends_the_right_to_end(web: Web) -> None:
    run = given(web)
    web.world.admit("bob", None)
    assert ends(web, "bob", run) == 404
    assert "Nobody has access now." in Reader(web.browser("bob").get("/access").text).words


def test_a_page_holds_fifty_and_says_how_many_there_are(web: Web) -> None:
    run = given(web)
    with web.world.database.begin() as tx:
        now = tx.now()
        for n in range(59):
            tx.grants.add(Grant(effect_key=f"{run.id}:more:{n}", execution_id=run.id, provider="record", target="prod", level="Read",
                                subject=f"person-{n:02}@acme.org", activated_at=now, until=now + timedelta(hours=2, minutes=n)))
    first, second, third = (web.browser("bob").see(f"/access?page={n}") for n in (1, 2, 3))
    assert "60 in all" in first.words
    assert [page.words.count(": Read on") for page in (first, second)] == [49, 10]
    assert "person-58@acme.org" in second.words
    assert "/access?page=2" in first.links
    assert "To the first page" in third.words
    assert "Nobody has access now." in web.browser("eve").see("/access").words
