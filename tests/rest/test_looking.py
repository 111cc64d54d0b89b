"""Looking at a run, at what is below it, and at what waits for an answer."""

import pytest

from core.domain.executions import Mode
from tests.api.edge import Edge
from tests.rest.talk import approval, approve, ask, asks_for_access, bearer, reject, run, said, shown
from tests.rest.test_listing import NOON, keep

pytestmark = pytest.mark.database

UNKNOWN = "01a20d5e-0000-7000-8000-000000000000"


def children(edge: Edge, target: str, who: str = "bob") -> list[str]:
    found = edge.get(f"/{target}/children", who).json()
    assert (found["parentId"], found["count"]) == (target, len(found["children"]))
    return [child["id"] for child in found["children"]]


def test_a_run_is_told_whole_and_nothing_absent_is_null(edge: Edge) -> None:
    target = asks_for_access(edge)
    asked = shown(edge, target)
    assert set(asked) == {
        "id", "flowPath", "status", "success", "createdAt", "startedAt", "triggeredBy", "taskType", "category", "executionMode", "payload",
        "approval", "children"}
    assert (asked["status"], asked["success"], asked["category"], asked["executionMode"]) == ("Suspended", None, "access", "flow")
    assert asked["approval"] == approval(edge, target)
    assert asked["approval"]["context"] == {
        "taskType": "request-elevated-privileges", "username": "ann@acme.org", "targetOrg": "payments-prod", "accessLevel": "Admin",
        "durationMinutes": 60, "reason": ""}
    reject(edge, "bob", target, reason="no need")
    edge.world.work()
    ended = shown(edge, target)
    assert set(ended) - set(asked) == {"error", "durationMs"}
    assert (ended["status"], ended["success"], ended["error"]) == ("Failed", False, "rejected by bob@acme.org: no need")
    assert type(ended["durationMs"]) is int


def test_the_categories_that_the_contract_does_not_know_are_other(same_edge: Edge) -> None:
    assert shown(same_edge, run(same_edge, "broken"))["category"] == "other"
    assert shown(same_edge, run(same_edge, "chatty"))["category"] == "testing"
    assert {t["id"]: t["category"] for t in same_edge.get("/types", "ann").json()["taskTypes"]}["broken"] == "build"


@pytest.mark.parametrize("path", ["/{}", "/{}/children", "/{}/logs", "/{}/logs/stream", "/approvals/{}"])
def test_what_is_unseen_looks_like_what_is_not_there(same_edge: Edge, path: str) -> None:
    target = asks_for_access(same_edge)
    unseen, unknown = (same_edge.get(path.format(each), "eve") for each in (target, UNKNOWN))
    assert (unseen.status_code, unseen.json()) == (404, unknown.json())
    for strange in ("x", "request-elevated-privileges", target.upper(), target.replace("-", ""), f"{{{target}}}", f"{target} "):
        assert same_edge.get(path.format(strange), "bob").status_code == 404, strange


# -- below it ---------------------------------------------------------------------------------------------------------------------


def test_an_orchestrator_waits_for_its_children_and_ends_as_they_do(edge: Edge) -> None:
    target = run(edge, "team")
    parent = shown(edge, target)
    assert (parent["status"], "approval" in parent, len(parent["children"])) == ("Running", False, 2)
    first, second = children(edge, target)
    assert [child["id"] for child in parent["children"]] == [first, second]
    child = shown(edge, first)
    assert (child["parentExecutionId"], child["triggeredBy"]) == (target, "ann@acme.org")
    assert (child["status"], child["children"]) == ("Suspended", [])

    for each in (first, second):
        approve(edge, "bob", each)
    edge.world.work()
    approve(edge, "cat", first)
    reject(edge, "cat", second)
    edge.world.work()
    ended = shown(edge, target)
    assert (ended["status"], ended["success"], ended["result"]) == ("Completed", False, {"ended": ["completed", "failed"]})
    assert [(c["status"], c["success"]) for c in ended["children"]] == [("Completed", True), ("Failed", False)]
    part = edge.get(f"/{target}/logs/stream", "bob").json()
    assert (part["status"], part["completed"]) == ("partial", True)


def test_children_are_listed_with_their_approvals_the_oldest_first(edge: Edge) -> None:
    target = run(edge, "team", children=3)
    listed = edge.get(f"/{target}/children", "dan").json()
    assert listed["count"] == 3
    assert [c["createdAt"] for c in listed["children"]] == sorted(c["createdAt"] for c in listed["children"])
    assert [c["approval"] for c in listed["children"]] == [approval(edge, c["id"]) for c in listed["children"]]
    assert "payload" not in listed["children"][0]


def test_a_childs_approval_names_its_parent(edge: Edge) -> None:
    target = run(edge, "team", children=1)
    [child] = children(edge, target)
    above = {"id": target, "taskType": "team", "status": "running", "triggeredBy": "ann@acme.org"}
    assert approval(edge, child)["parentExecution"] == above
    [pending] = edge.get("/approvals/pending", "bob").json()["approvals"]
    assert pending == approval(edge, child)
    assert approve(edge, "bob", child).json()["parentExecution"] == above


def test_a_run_without_children_has_none(same_edge: Edge) -> None:
    assert children(same_edge, run(same_edge, "chatty")) == []


def test_an_answer_to_an_orchestrator_does_not_fan_out(edge: Edge) -> None:
    target = run(edge, "team")
    assert approve(edge, "bob", target).status_code == 404
    assert reject(edge, "bob", target).status_code == 404
    assert {approval(edge, each)["status"] for each in children(edge, target)} == {"pending"}


def test_a_token_for_one_run_sees_what_is_below_it_and_nothing_else(edge: Edge) -> None:
    target, other = run(edge, "team"), asks_for_access(edge)
    first, second = children(edge, target)
    bound = bearer(edge, "app:ci", execution=target)
    for each, status in ((target, 200), (first, 200), (second, 200), (other, 404)):
        for path in (f"/{each}", f"/{each}/children", f"/{each}/logs", f"/{each}/logs/stream"):
            assert edge.get(path, None, headers=bound).status_code == status, path
    assert {a["id"] for a in edge.get("/approvals/pending", None, headers=bound).json()["approvals"]} == {first, second}
    assert edge.post(f"/{other}/cancel", None, headers=bound).status_code == 404
    child = bearer(edge, "app:ci", execution=first)
    assert edge.get(f"/{target}", None, headers=child).status_code == 404
    assert edge.get(f"/{second}", None, headers=child).status_code == 404
    assert edge.get("/runs?repositoryIdentifier=acme/app", None, headers=child).json()["totalCount"] == 0


# -- what waits -------------------------------------------------------------------------------------------------------------------


def test_what_waits_is_listed_the_oldest_first_whoever_it_waits_for(edge: Edge) -> None:
    expected = [asks_for_access(edge), ask(edge, task="job-1")["id"], run(edge, "by-dan"), run(edge, "deploy_by-two")]
    for who in ("ann", "bob", "dan", "app:ci"):
        listed = edge.get("/approvals/pending", who).json()
        assert [a["id"] for a in listed["approvals"]] == expected
        assert listed["count"] == 4
    approve(edge, "bob", expected[0])
    assert edge.get("/approvals/pending", "bob").json()["approvals"] == [approval(edge, each) for each in expected[1:]]


def test_a_tokens_projects_narrow_what_waits(edge: Edge) -> None:
    here = asks_for_access(edge)
    there = ask(edge, task="there", callback={"type": "none", "repositoryIdentifier": "other/app"})["id"]
    for projects, expected in (
            ((), []), (("ACME/app",), [here]), (("other/app", "no/such"), [there]), (("acme/app", "other/app"), [here, there])):
        listed = edge.get("/approvals/pending", None, headers=bearer(edge, "app:ci", projects=projects)).json()
        assert [a["id"] for a in listed["approvals"]] == expected
    assert edge.get("/approvals/pending", None, headers=bearer(edge, "bob", projects=("other/app",))).json()["count"] == 0


# -- kinds of flows ---------------------------------------------------------------------------------------------------------------


def test_flow_types_are_listed_by_id(same_edge: Edge) -> None:
    listed = same_edge.get("/types", "app:ci").json()
    ids = [each["id"] for each in listed["taskTypes"]]
    assert (ids, listed["count"]) == (sorted(ids), len(ids))
    for each in listed["taskTypes"]:
        assert same_edge.get(f"/types/{each['id']}", "dan").json() == each
        assert isinstance(each["parameters"], list)
    deploy = next(each for each in listed["taskTypes"] if each["id"] == "deploy_by-two")
    assert deploy["parameters"] == [
        {"name": "version", "description": "Version", "type": "string", "required": False, "default": "1"},
        {"name": "password", "description": "Password", "type": "string", "required": False},
        {"name": "lines", "description": "Lines", "type": "integer", "required": False, "default": 0}]


@pytest.mark.parametrize("name", ["nothing", "TWO-GATES", "two-gates ", "x" * 300])
def test_a_flow_type_that_is_not_there(same_edge: Edge, name: str) -> None:
    unknown = same_edge.get(f"/types/{name}", "ann")
    assert (unknown.status_code, said(unknown)[:22]) in ((404, "There is no flow type "), (404, "There is nothing at th"))


def test_a_pipelines_run_is_looked_at_like_any_other(same_edge: Edge) -> None:
    made = keep(same_edge, "build", NOON, project="acme/app", mode=Mode.CICD)
    assert (shown(same_edge, made)["executionMode"], shown(same_edge, made)["status"]) == ("cicd", "Waiting")
