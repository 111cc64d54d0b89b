"""The history of a project, and its audit."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pages.browse import Reader, Web, browsing
from tests.pages.test_page_threats import EVIL
from tests.rest.flows import FLOWS
from tests.world import PROJECT


@pytest.fixture
def web(database_url: str, tmp_path: Path) -> Iterator[Web]:
    with browsing(database_url, tmp_path, flows=FLOWS) as web:
        yield web


def shown(web: Web, query: str, who: str = "ann") -> list[str]:
    """The runs that a page of the history leads to."""
    page = web.browser(who).get(f"/history?repositoryIdentifier={PROJECT}&{query}")
    assert page.status_code == 200, page.text
    return [link.removeprefix("/requests/") for link in Reader(page.text).links if link.startswith("/requests/")]


def test_each_filter_of_the_contract_is_a_part_of_the_address(web: Web) -> None:
    chatty = web.world.run("ann", "chatty", workItemRef={"type": "github-issue", "key": "7", "repository": "acme/app"}).id
    broken = web.world.run("dan", "broken").id
    web.world.work()
    assert shown(web, "") == [broken, chatty]
    for query, expected in (("taskType=chatty", [chatty]), ("triggeredBy=dan@acme.org", [broken]), ("category=build", [broken]),
                            ("flowPath=hatt", [chatty]), ("workItemKey=7", [chatty]), ("workItemType=github-issue", [chatty]),
                            ("since=1h&date=", [broken, chatty]), ("date=2020-01-01", []), ("executionMode=cicd", []),
                            ("executionMode=flow&includeScheduled=true&taskType=", [broken, chatty])):
        assert shown(web, query) == expected, query
    page = web.browser("ann").get(f"/history?repositoryIdentifier={PROJECT}&taskType=chatty&category=testing").text
    assert 'name="taskType" list="types" value="chatty"' in page
    assert "<option selected>testing</option>" in page


def test_a_page_holds_fifty_and_says_how_many_there_are(web: Web) -> None:
    for _ in range(53):
        web.world.run("ann", "chatty")
    first, second = shown(web, "taskType=chatty"), shown(web, "taskType=chatty&page=2")
    assert (len(first), len(second), len({*first, *second})) == (50, 3, 53)
    page = web.browser("ann").get(f"/history?repositoryIdentifier={PROJECT}&taskType=chatty")
    assert "53 runs" in Reader(page.text).words
    assert f"/history?repositoryIdentifier={PROJECT.replace('/', '%2F')}&taskType=chatty&page=2" in Reader(page.text).links
    assert "This page is past the end." in web.browser("ann").see(f"/history?repositoryIdentifier={PROJECT}&page=9").words


@pytest.mark.parametrize(("query", "said"), [
    ("since=yesterday", "since must be a time such as"), ("date=2026-13-40", "date must be a day such as"),
    ("category=magic", "category must be one of access"), ("executionMode=here", "executionMode must be one of flow, cicd"),
    ("workItemType=x", "workItemType must be one of"), ("includeScheduled=1", "includeScheduled must be one of true, false")])
def test_a_filter_that_does_not_fit_is_said_and_kept(web: Web, query: str, said: str) -> None:
    page = web.browser("ann").get(f"/history?repositoryIdentifier={PROJECT}&{query}")
    assert page.status_code == 400
    assert said in Reader(page.text).words


def test_nothing_in_an_address_is_a_fault_or_comes_back_as_markup(web: Web) -> None:
    for query in ("taskType=%00", "workItemKey=%0A",
                  "flowPath=%25_%5C", "page=0", "page=x", "page=99999999999", "triggeredBy=%F0%9F%92%A9%ff", f"since={EVIL}"):
        page = web.browser("ann").get(f"/history?repositoryIdentifier={PROJECT}&{query}")
        assert page.status_code in (200, 400), query
        assert "<script>alert" not in page.text
    for path in (f"/history?repositoryIdentifier={EVIL}", f"/schedules?repositoryIdentifier={EVIL}", "/history?repositoryIdentifier=%00"):
        page = web.browser("ann").get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    for path in ("/requests/%00/again", "/access/%00/end", "/new/%00?repositoryIdentifier=%00", "/audit?repositoryIdentifier=%00"):
        assert web.browser("bob").get(path).status_code == 404, path


def test_another_project_has_no_history_for_a_stranger(web: Web) -> None:
    run = web.world.run("ann", "chatty")
    assert shown(web, "", "eve") == []
    assert run.id not in web.browser("eve").get("/history").text


def test_what_people_wrote_is_shown_as_they_wrote_it(web: Web) -> None:
    web.world.run("ann", "chatty", workItemRef={"type": "github-issue", "key": EVIL[:60], "repository": "acme/app"})
    run = web.world.asks_for_access(targetOrg=EVIL, accessLevel=EVIL, reason=EVIL)
    web.world.answers("bob", run, reason=EVIL, name=EVIL)
    web.world.work()
    for who, path in (("ann", "/history"), ("bob", "/audit"), ("bob", "/access"), ("bob", f"/access/{run.id}/end"),
                      ("bob", f"/requests/{run.id}/again")):
        page = web.browser(who).get(path)
        assert page.status_code == 200, path
        assert "alert(1)" in Reader(page.text).words, path
        assert "<script>alert" not in page.text, path
        assert "<img" not in page.text, path


def test_the_audit_is_read_by_owners_the_newest_first(web: Web) -> None:
    for _ in range(30):
        web.world.run("ann", "chatty")
    web.world.work()
    (last,) = web.world.rows("SELECT max(seq) FROM audit WHERE project_id <> ''")[0]
    seen, address = [], f"/audit?repositoryIdentifier={PROJECT}"
    while address:
        page = Reader(web.browser("bob").get(address).text)
        assert f"{last} rows" in page.words
        seen.append(page.words.count("chatty") > 0 or page.words.count("completed") > 0)
        address = next((link for link in page.links if link.startswith("/audit?") and f"before={last - 50 * len(seen) + 1}" in link), "")
    assert len(seen) == -(-last // 50) > 1
    assert all(seen)
    second = web.browser("bob").see(f"/audit?repositoryIdentifier={PROJECT}&before={last - 49}")
    assert any(link.endswith(f"before={last + 1}") for link in second.links)
    assert f"rows {last - 50} to" in second.words


def test_the_audit_is_shown_to_no_member_and_to_no_stranger(web: Web) -> None:
    web.world.run("ann", "chatty")
    assert web.browser("ann").get(f"/audit?repositoryIdentifier={PROJECT}").status_code == 403
    assert web.browser("eve").get(f"/audit?repositoryIdentifier={PROJECT}").status_code == 404
    assert web.browser("bob").get("/audit?repositoryIdentifier=no/such").status_code == 404
    assert "You own no project." in web.browser("ann").see("/audit").words
    web.world.admit("bob", None)
    assert web.browser("bob").get(f"/audit?repositoryIdentifier={PROJECT}").status_code == 404


def test_a_row_that_was_tampered_with_is_said_to_be(web: Web) -> None:
    web.world.run("ann", "chatty")
    with web.world.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE audit SET facts = '[' WHERE project_id <> ''")
    assert "cannot be read any more" in web.browser("bob").see("/audit").words
