"""Runs over REST."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.api.edge import ACCESS, Edge
from tests.world import PROJECT

BOB = {"approver": "Bob", "approverEmail": "bob@acme.org"}
RUNS = f"/runs?repositoryIdentifier={PROJECT}"


def run(edge: Edge, who: str = "ann", **more: Any) -> Any:
    return edge.post("/run", who, {"payload": {**ACCESS, **more}})


def test_access_is_asked_for_approved_given_and_taken_back(each_edge: Edge) -> None:
    world = each_edge.world
    started = run(each_edge)
    assert started.status_code == 201
    answer = started.json()
    assert set(answer) == {"id", "taskType", "status", "triggeredAt"}
    assert (answer["taskType"], answer["status"]) == ("request-elevated-privileges", "pending")
    assert answer["triggeredAt"].endswith("Z")
    here = f"/{answer['id']}"

    world.work()
    waiting = each_edge.get(here).json()
    assert (waiting["status"], waiting["success"]) == ("Suspended", None)
    assert waiting["approval"]["status"] == "pending"
    assert waiting["approval"]["question"] == "Admin on payments-prod for 1 hour"
    assert "durationMs" not in waiting

    assert each_edge.post(f"/approvals{here}/approve", "bob", BOB).json()["status"] == "approved"
    world.work()
    assert len(world.access.live()) == 1
    assert each_edge.get(here).json()["status"] == "Running"

    world.later(hours=1, seconds=1)
    world.work()
    ended = each_edge.get(here).json()
    assert (ended["status"], ended["success"], ended["triggeredBy"]) == ("Completed", True, "ann@acme.org")
    assert set(ended["result"]) == {"grantedAt", "takenBackAt"}
    assert ended["durationMs"] > 3_600_000
    assert world.access.live() == []
    part = each_edge.get(f"{here}/logs/stream").json()
    assert (part["running"], part["completed"], part["status"]) == (False, True, "completed")
    assert "took Admin on payments-prod back from ann@acme.org" in each_edge.get(f"{here}/logs").json()["logs"]


def test_what_is_absent_is_left_out_and_only_success_is_null(edge: Edge) -> None:
    here = run(edge).json()["id"]
    assert edge.get(f"/{here}").json() == {
        "id": here, "flowPath": "request-elevated-privileges", "status": "Waiting", "success": None, "triggeredBy": "ann@acme.org",
        "createdAt": edge.get(f"/{here}").json()["createdAt"], "taskType": "request-elevated-privileges", "category": "access",
        "executionMode": "flow", "children": [],
        "payload": {"username": "ann@acme.org", "targetOrg": "payments-prod", "accessLevel": "Admin", "durationMinutes": 60, "reason": ""}}


def test_runs_are_listed_the_newest_first_in_pages(edge: Edge) -> None:
    made = [run(edge).json()["id"] for _ in range(5)]
    first = edge.get(f"{RUNS}&limit=2").json()
    assert ([r["id"] for r in first["runs"]], first["count"], first["totalCount"], first["page"]) == (made[:2:-1], 2, 5, 1)
    last = edge.get(f"{RUNS}&limit=2&page=3").json()
    assert ([r["id"] for r in last["runs"]], last["count"]) == (made[:1], 1)
    past = edge.get(f"{RUNS}&limit=2&page={'9' * 15}").json()
    assert (past["runs"], past["count"], past["totalCount"]) == ([], 0, 5)


@pytest.mark.parametrize(("query", "found"), [
    ("executionMode=flow", 1), ("executionMode=cicd", 0), ("category=access", 1), ("category=build", 0), ("triggeredBy=ann@acme.org", 1),
    ("triggeredBy=ann", 0), ("flowPath=elevated", 1), ("flowPath=%25", 0), ("flowPath=_", 0), ("since=1h", 1), ("taskType=request", 0),
    ("since=2999-01-01", 0), ("date=2001-01-01", 0), ("workItemKey=7&workItemType=github-issue", 1), ("workItemType=github-pr", 0)])
def test_filters_are_added_up(edge: Edge, query: str, found: int) -> None:
    assert run(edge, workItemRef={"type": "github-issue", "key": "7", "repository": PROJECT}).status_code == 201
    assert edge.get(f"{RUNS}&{query}").json()["totalCount"] == found


def test_a_work_item_is_shown_with_what_is_known_of_it(edge: Edge) -> None:
    item = {"type": "github-issue", "key": "7", "repository": PROJECT}
    made = run(edge, workItemRef=item).json()["id"]
    assert edge.get(f"/{made}").json()["workItemRef"] == item


@pytest.mark.parametrize(("more", "said"), [
    ({"id": "nothing"}, "There is no flow type nothing"), ({"id": None}, "payload.id must name a flow type"),
    ({"id": 5}, "payload.id must name a flow type"), ({"username": None}, "username is missing: Who gets access, by e-mail."),
    ({"durationMinutes": "60"}, "durationMinutes must be a whole number, got '60'."),
    ({"durationMinutes": True}, "durationMinutes must be a whole number, got True."),
    ({"durationMinutes": 481}, "durationMinutes must be between 1 and 480, got 481."),
    ({"color": "blue"}, "color is no parameter of this flow."),
    ({"repositoryIdentifier": "other/app"}, "There is no project other/app that you may use"),
    ({"repositoryIdentifier": None}, "payload.repositoryIdentifier must name the project."),
    ({"repositoryIdentifier": 7}, "payload.repositoryIdentifier must be a text"),
    ({"workItemRef": {"type": "jira", "key": "7"}}, "workItemRef.type must be one of"),
])
def test_what_cannot_be_run_is_named(same_edge: Edge, more: Mapping[str, Any], said: str) -> None:
    answer = run(same_edge, **more)
    assert answer.status_code == 400
    assert answer.json()["message"][0].startswith(said)


def test_the_same_key_starts_one_run(each_edge: Edge) -> None:
    key = {"Idempotency-Key": "start-1"}
    body = {"payload": {**ACCESS}}
    first = each_edge.post("/run", body=body, headers=key)
    each_edge.world.work()
    again = each_edge.post("/run", body=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    other = each_edge.post("/run", body={"payload": {**ACCESS, "durationMinutes": 5}}, headers=key)
    assert (other.status_code, other.json()["message"]) == (
        409, "This Idempotency-Key came before, with another body. Use a new key for a new request.")
    assert each_edge.post("/run", "dan", body, headers=key).json()["id"] != first.json()["id"]
    assert each_edge.get(RUNS).json()["totalCount"] == 2


def test_two_keys_are_no_key(same_edge: Edge) -> None:
    headers = [("Authorization", f"Bearer {same_edge.token('ann')}"), ("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = same_edge.http.post("/sfp/api/flows/run", json={"payload": {}}, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (400, ["Idempotency-Key came twice."])


def test_approval_is_not_skipped(edge: Edge) -> None:
    answer = run(edge, "bob", skipApproval=True, skipReason="urgent")
    assert (answer.status_code, answer.json()["error"]) == (403, "Forbidden")
    assert edge.get(RUNS).json()["totalCount"] == 0
    assert [actor for actor, _ in edge.security()] == ["bob@acme.org"]


def test_a_cancelled_run_takes_back_and_is_cancelled_once(edge: Edge) -> None:
    here = edge.asks_for_access()
    edge.post(f"/approvals/{here}/approve", "bob", BOB)
    edge.world.work()
    assert edge.post(f"/{here}/cancel").json() == {"id": here, "status": "cancelled", "cancelledChildren": 0}
    part = edge.get(f"/{here}/logs/stream").json()
    assert (part["status"], part["running"], part["completed"]) == ("cancelled", True, False)
    edge.world.work()
    assert edge.world.access.live() == []
    assert edge.get(f"/{here}/logs/stream").json()["completed"] is True
    assert edge.post(f"/{here}/cancel").json() == {"id": here, "status": "cancelled", "cancelledChildren": 0}


def test_an_open_request_is_rejected_by_a_cancel(edge: Edge) -> None:
    here = edge.asks_for_access()
    assert edge.post(f"/{here}/cancel", "dan").status_code == 200
    shown = edge.get(f"/approvals/{here}").json()
    assert (shown["status"], shown["resolvedBy"], shown["context"]["reason"]) == ("rejected", "dan@acme.org", "execution cancelled")


def test_c12_what_is_elsewhere_is_not_cancelled(edge: Edge) -> None:
    here = edge.asks_for_access()
    assert edge.post(f"/{here}/cancel", "eve").status_code == 404
    assert edge.get(f"/approvals/{here}").json()["status"] == "pending"


def test_what_has_ended_is_not_cancelled(edge: Edge) -> None:
    here = edge.asks_for_access()
    edge.post(f"/approvals/{here}/reject", "bob", {"rejector": "Bob", "rejectorEmail": "bob@acme.org", "reason": "no"})
    edge.world.work()
    shown = edge.get(f"/{here}").json()
    assert (shown["status"], shown["success"], shown["error"]) == ("Failed", False, "rejected by bob@acme.org: no")
    answer = edge.post(f"/{here}/cancel")
    assert (answer.status_code, answer.json()["message"]) == (400, "This run has ended already (failed). There is nothing to cancel.")


def test_c03_a_rerun_asks_anew(edge: Edge) -> None:
    first = edge.asks_for_access()
    edge.post(f"/approvals/{first}/approve", "bob", BOB)
    edge.world.work()
    edge.world.later(hours=2)
    edge.world.work()
    again = edge.post(f"/{first}/rerun", "ann", {"payloadOverrides": {"targetOrg": "other-prod"}})
    assert again.status_code == 201
    assert again.json()["rerunOfExecutionId"] == first
    edge.world.work()
    shown = edge.get(f"/{again.json()['id']}").json()
    assert (shown["approval"]["status"], shown["approval"]["context"]["targetOrg"]) == ("pending", "other-prod")
    assert (shown["rerunOfExecutionId"], shown["rerunType"]) == (first, "rerun")
    assert edge.get(f"/approvals/{first}").json()["status"] == "approved"


def test_a_run_that_has_not_ended_is_not_run_again(edge: Edge) -> None:
    here = edge.asks_for_access()
    answer = edge.post(f"/{here}/rerun", "ann", {})
    assert (answer.status_code, answer.json()["message"]) == (400, "This run cannot be run again: it has not ended: cancel it first.")


@pytest.mark.parametrize("override", ["id", "__proto__", "approvalId", "requestedBy", "callback", "repositoryIdentifier", "workItemRef"])
def test_c04_a_rerun_changes_parameters_and_nothing_else(edge: Edge, override: str) -> None:
    here = edge.asks_for_access()
    edge.post(f"/{here}/cancel")
    edge.world.work()
    answer = edge.post(f"/{here}/rerun", "ann", {"payloadOverrides": {override: "x"}})
    assert (answer.status_code, answer.json()["message"]) == (
        400, [f"payloadOverrides.{override} is no parameter of request-elevated-privileges."])


@pytest.mark.parametrize("overrides", [[], "x", 5])
def test_overrides_are_an_object(same_edge: Edge, overrides: Any) -> None:
    assert same_edge.post("/x/rerun", "ann", {"payloadOverrides": overrides}).json()["message"] == ["payloadOverrides must be an object."]


def test_a_run_without_children_has_none(edge: Edge) -> None:
    here = edge.asks_for_access()
    assert edge.get(f"/{here}/children").json() == {"parentId": here, "children": [], "count": 0}


def test_flow_types_are_listed_by_id_with_their_parameters(same_edge: Edge) -> None:
    listed = same_edge.get("/types").json()
    assert listed["count"] == len(listed["taskTypes"]) == 1
    [access] = listed["taskTypes"]
    assert same_edge.get("/types/request-elevated-privileges").json() == access
    assert {"name": "durationMinutes", "description": "How long, in minutes from the moment it is granted", "type": "integer",
            "required": False, "default": 60} in access["parameters"]
    unknown = same_edge.get("/types/nothing")
    assert (unknown.status_code, unknown.json()["message"].split(".")[0]) == (404, "There is no flow type of this id that you can see")


def test_i04_what_looks_like_a_token_is_not_in_the_log(edge: Edge) -> None:
    token = "ghp_" + "x" * 36
    here = run(edge, accessLevel=token).json()["id"]
    edge.world.work()
    for path in ("logs", "logs/stream"):
        answer = edge.get(f"/{here}/{path}").text
        assert token not in answer
        assert "[redacted]" in answer


def test_i03_logs_of_elsewhere_are_not_there(edge: Edge) -> None:
    here = edge.asks_for_access()
    for path in ("", "/logs", "/logs/stream", "/children"):
        assert edge.get(f"/{here}{path}", "eve").status_code == 404
