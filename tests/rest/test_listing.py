"""Lists of runs."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.domain.executions import Execution, Mode, Status
from core.domain.people import Role
from core.domain.work_items import WorkItem
from tests.api.edge import Edge
from tests.rest.talk import runs, said
from tests.world import new_id

pytestmark = pytest.mark.database

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
WHERE = "acme/archive"


@pytest.fixture(scope="module")
def archive(same_edge: Edge) -> Edge:
    """A project whose runs are known by heart, and Ann who sees them."""
    same_edge.world.person("ann@acme.org", Role.MEMBER, WHERE)
    keep(same_edge, "deploy_all", NOON - timedelta(days=1))
    keep(same_edge, "deployXall", NOON - timedelta(seconds=1), status=Status.COMPLETED, task_type="deploy_all")
    keep(same_edge, "100%-green", NOON, category="testing", triggered_by="bob@acme.org")
    keep(same_edge, "nightly", NOON + timedelta(hours=1), scheduled=True)
    keep(same_edge, "build", NOON + timedelta(hours=2), mode=Mode.CICD, category="build", status=Status.PARTIAL)
    keep(same_edge, "elsewhere", NOON + timedelta(hours=3), mode=Mode.FOREIGN)
    keep(same_edge, "ticket", NOON + timedelta(hours=12), work_item=WorkItem(type="github-issue", key="7", repository="acme/app"))
    return same_edge


def keep(edge: Edge, flow: str, at: datetime, *, project: str = WHERE, **more: Any) -> str:
    place = edge.world.project(project)
    with edge.world.database.begin() as tx:
        made = replace(Execution(
            id=new_id(), project_id=place.id, flow=flow, task_type=flow, category="release", payload={}, triggered_by="ann@acme.org",
            initiators=("ann",), created_at=at), **more)
        tx.executions.add(made, due_at=None)
    return made.id


def found(edge: Edge, who: str = "ann", **query: Any) -> list[str]:
    page = runs(edge, who, **{"repositoryIdentifier": WHERE, **query})
    assert page["count"] == len(page["runs"]) <= page["totalCount"]
    return [each["flowPath"] for each in page["runs"]]


EVERYTHING = ["ticket", "build", "100%-green", "deployXall", "deploy_all"]


def test_the_newest_come_first_and_scheduled_and_foreign_ones_are_left_out(archive: Edge) -> None:
    assert found(archive) == EVERYTHING


@pytest.mark.parametrize(("query", "expected"), [
    ({"includeScheduled": "true"}, ["ticket", "build", "nightly", "100%-green", "deployXall", "deploy_all"]),
    ({"includeScheduled": "false"}, EVERYTHING), ({"includeScheduled": ""}, EVERYTHING),
    ({"executionMode": "cicd"}, ["build"]), ({"executionMode": "flow"}, ["ticket", "100%-green", "deployXall", "deploy_all"]),
    ({"category": "build"}, ["build"]), ({"category": "testing"}, ["100%-green"]), ({"category": "other"}, []),
    ({"taskType": "deploy_all"}, ["deployXall", "deploy_all"]), ({"taskType": "deploy"}, []), ({"taskType": "DEPLOY_ALL"}, []),
    ({"flowPath": "deploy"}, ["deployXall", "deploy_all"]), ({"flowPath": "deploy_"}, ["deploy_all"]), ({"flowPath": "%"}, ["100%-green"]),
    ({"flowPath": "_"}, ["deploy_all"]), ({"flowPath": "\\"}, []), ({"flowPath": "0%-g"}, ["100%-green"]), ({"flowPath": "/"}, []),
    ({"triggeredBy": "bob@acme.org"}, ["100%-green"]), ({"triggeredBy": "bob"}, []), ({"triggeredBy": "%"}, []),
    ({"workItemKey": "7"}, ["ticket"]), ({"workItemType": "github-issue"}, ["ticket"]),
    ({"workItemKey": "7", "workItemType": "github-pr"}, []), ({"workItemKey": "07"}, []),
    ({"date": "2026-01-31"}, ["build", "100%-green", "deployXall"]), ({"date": "2026-02-01"}, ["ticket"]), ({"date": "2026-01-29"}, []),
    ({"since": "2026-01-31T12:00:00Z"}, ["ticket", "build", "100%-green"]), ({"since": "2026-01-31T12:00:00.001Z"}, ["ticket", "build"]),
    ({"since": "2026-01-31T12:00:00"}, ["ticket", "build", "100%-green"]),
    ({"since": "2026-01-31T13:00:00+01:00"}, ["ticket", "build", "100%-green"]),
    ({"since": "2026-02-01"}, ["ticket"]), ({"since": "2026-01-31T13:00:00Z", "date": "2026-01-31"}, ["build"]),
    ({"since": "5200w"}, EVERYTHING), ({"since": "0m"}, []),
    ({"flowPath": "deploy", "taskType": "deploy_all", "date": "2026-01-31"}, ["deployXall"]),
], ids=str)
def test_filters_are_added_up(archive: Edge, query: dict[str, str], expected: list[str]) -> None:
    assert found(archive, **query) == expected


@pytest.mark.parametrize("span", ["90m", "2h", "1d", "1w"])
def test_a_span_counts_back_from_now(archive: Edge, span: str) -> None:
    flow = f"recent-{span}"
    keep(archive, flow, datetime.now(UTC) - timedelta(minutes=60), project="acme/archive")
    keep(archive, f"{flow}-old", datetime.now(UTC) - timedelta(days=8))
    try:
        assert found(archive, since=span, flowPath=flow) == [flow]
        assert found(archive, since="30m", flowPath=flow) == []
    finally:
        with archive.world.database.begin() as tx:
            tx.connection.exec_driver_sql("DELETE FROM executions WHERE flow LIKE 'recent-%%'" if archive.world.database.postgres
                                          else "DELETE FROM executions WHERE flow LIKE 'recent-%'")


@pytest.mark.parametrize(("query", "word"), [
    ({"since": "yesterday"}, "since"), ({"since": "5"}, "since"), ({"since": "1y"}, "since"), ({"since": "-1h"}, "since"),
    ({"since": "999999w"}, "since"), ({"since": "2026-13-01"}, "since"), ({"since": "0001-01-01T00:00:00+14:00"}, "since"),
    ({"since": "\u0661h"}, "since"), ({"date": "2026-02-30"}, "date"), ({"date": "today"}, "date"),
    ({"date": "2026-01-31T00:00:00Z"}, "date"),
    ({"date": "9999-12-31"}, "date"), ({"date": "20260131"}, "date"), ({"date": "2026-W05-6"}, "date"),
    ({"date": "\u0662026-01-31"}, "date"),
    ({"limit": "0"}, "limit"), ({"limit": "101"}, "limit"), ({"limit": "ten"}, "limit"), ({"limit": "1.0"}, "limit"),
    ({"limit": "+1"}, "limit"), ({"limit": "\u0661"}, "limit"), ({"limit": "1e1"}, "limit"), ({"page": "0"}, "page"),
    ({"page": "-1"}, "page"), ({"page": "9" * 400}, "page"),
    ({"executionMode": "both"}, "executionMode"), ({"category": "Access"}, "category"), ({"workItemType": "jira"}, "workItemType"),
    ({"includeScheduled": "1"}, "includeScheduled"), ({"includeScheduled": "True"}, "includeScheduled"),
    ({"repositoryIdentifier": ""}, "repositoryIdentifier"),
    ({"taskType": "x\x00y"}, "taskType"), ({"triggeredBy": "a\nb"}, "triggeredBy"), ({"flowPath": "x" * 501}, "flowPath"),
], ids=str)
def test_a_filter_that_does_not_fit_is_named(archive: Edge, query: dict[str, str], word: str) -> None:
    refused = archive.get("/runs", "ann", params={"repositoryIdentifier": WHERE, **query})
    assert (refused.status_code, said(refused).startswith(word)) == (400, True), said(refused)


def test_a_filter_that_comes_twice_is_refused(archive: Edge) -> None:
    refused = archive.get(f"/runs?repositoryIdentifier={WHERE}&limit=1&limit=2", "ann")
    assert (refused.status_code, said(refused)) == (400, "limit came twice.")


def test_pages_follow_each_other_without_gap_or_repetition(archive: Edge) -> None:
    pages = [runs(archive, "ann", repositoryIdentifier=WHERE, limit=2, page=n) for n in (1, 2, 3, 4)]
    assert [flow for page in pages for flow in (r["flowPath"] for r in page["runs"])] == EVERYTHING
    assert [(page["page"], page["count"], page["totalCount"]) for page in pages] == [(1, 2, 5), (2, 2, 5), (3, 1, 5), (4, 0, 5)]


def test_runs_of_one_moment_have_an_order_too(same_edge: Edge) -> None:
    same_edge.world.person("ann@acme.org", Role.MEMBER, "acme/moment")
    made = [keep(same_edge, f"f{n}", NOON, project="acme/moment") for n in range(7)]
    pages = [runs(same_edge, "ann", repositoryIdentifier="acme/moment", limit=3, page=n)["runs"] for n in (1, 2, 3)]
    assert [each["id"] for page in pages for each in page] == sorted(made, reverse=True)


@pytest.mark.parametrize("page", ["3", "1000000", "999999999999999"])
def test_a_page_past_the_end_is_empty(archive: Edge, page: str) -> None:
    past = runs(archive, "ann", repositoryIdentifier=WHERE, limit=100, page=page)
    assert (past["runs"], past["count"], past["totalCount"], past["page"]) == ([], 0, 5, int(page))


@pytest.mark.parametrize(("who", "where"), [
    ("eve", WHERE), ("ann", "no/such"), ("ann", "other/app"), ("bob", WHERE), ("ann", "'; DROP TABLE executions; --")])
def test_a_project_that_one_does_not_see_has_no_runs(archive: Edge, who: str, where: str) -> None:
    assert runs(archive, who, repositoryIdentifier=where) == {"runs": [], "count": 0, "totalCount": 0, "page": 1}


def test_an_application_sees_all_and_a_project_is_found_in_any_case(archive: Edge) -> None:
    assert found(archive, "app:ci", repositoryIdentifier="ACME/Archive") == EVERYTHING


def test_a_run_is_told_in_the_contracts_words(archive: Edge) -> None:
    rows = {each["flowPath"]: each for each in runs(archive, "ann", repositoryIdentifier=WHERE)["runs"]}
    build, deploy = rows["build"], rows["deployXall"]
    assert (build["status"], build["success"], build["category"], build["executionMode"]) == ("Completed", False, "other", "cicd")
    assert (deploy["status"], deploy["success"], deploy["taskType"]) == ("Completed", True, "deploy_all")
    assert rows["ticket"]["workItemRef"] == {"type": "github-issue", "key": "7", "repository": "acme/app"}
    assert (rows["ticket"]["status"], rows["ticket"]["success"]) == ("Waiting", None)
    assert "payload" not in rows["ticket"]
