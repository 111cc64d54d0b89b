"""Other ways round an approval: running again, cancelling, ringing, skipping, and letting go of a yes before it counts."""

from typing import Any

import pytest

from core.domain.people import Role
from tests.api.edge import Edge
from tests.rest.talk import approval, approve, ask, asks_for_access, reject, run, said, shown
from tests.threats.effects import no_effect

pytestmark = pytest.mark.database


def ended_access(edge: Edge) -> str:
    """Ann was given access by Bob, and her time is over."""
    first = asks_for_access(edge)
    assert approve(edge, "bob", first).status_code == 200
    edge.world.work()
    edge.world.later(hours=1, seconds=1)
    edge.world.work()
    assert shown(edge, first)["status"] == "Completed"
    return first


@pytest.mark.parametrize("skip", [True, 1, "true", "yes", {}, [], 0.5], ids=repr)
@pytest.mark.parametrize("who", ["ann", "bob", "app:ci"])
def test_c02_nobody_skips_an_approval(same_edge: Edge, who: str, skip: Any) -> None:
    payload = {"id": "two-gates", "repositoryIdentifier": "acme/app", "skipApproval": skip, "skipReason": "it is urgent"}
    with no_effect(same_edge, by=who if who.startswith("app:") else f"{who}@acme.org", refusal="BreakGlassOnly"):
        refused = same_edge.post("/run", who, {"payload": payload})
    assert (refused.status_code, said(refused)[:33]) == (403, "Approval cannot be skipped here: ")


def test_c02_nobody_skips_an_approval_when_running_again(edge: Edge) -> None:
    first = asks_for_access(edge)
    edge.post(f"/{first}/cancel", "ann")
    edge.world.work()
    for who in ("ann", "bob"):
        with no_effect(edge, by=f"{who}@acme.org", refusal="BreakGlassOnly"):
            refused = edge.post(f"/{first}/rerun", who, {"payloadOverrides": {"skipApproval": True, "skipReason": "it is urgent"}})
        assert refused.status_code == 403


@pytest.mark.parametrize("overrides", [
    {"targetOrg": "everything-prod"}, {"durationMinutes": 480}, {}, {"username": "ann@acme.org"}], ids=str)
def test_c03_a_run_of_what_was_approved_asks_anew(edge: Edge, overrides: dict[str, Any]) -> None:
    first = ended_access(edge)
    calls = list(edge.world.access.calls)
    before = approval(edge, first)
    again = edge.post(f"/{first}/rerun", "ann", {"payloadOverrides": overrides})
    assert again.status_code == 201
    target = again.json()["id"]
    edge.world.work()
    asked = approval(edge, target)
    assert (asked["status"], asked["id"]) == ("pending", target)
    assert asked["ref"] != before["ref"]
    assert asked["digest"] != before["digest"]
    assert {**asked["context"], **overrides} == asked["context"]
    assert edge.world.access.calls == calls
    assert approval(edge, first) == before


def test_c03_the_yes_to_the_first_run_is_none_to_the_second(edge: Edge) -> None:
    first = ended_access(edge)
    target = edge.post(f"/{first}/rerun", "ann", {}).json()["id"]
    edge.world.work()
    old = approval(edge, first)
    assert approve(edge, "bob", old["ref"]).json()["id"] == first
    assert approve(edge, "bob", target, digest=old["digest"]).status_code == 409
    edge.world.work()
    assert approval(edge, target)["status"] == "pending"


def test_c03_whoever_was_behind_an_earlier_run_cannot_approve_a_later_one(edge: Edge) -> None:
    first = asks_for_access(edge, "bob", username="zoe@acme.org")
    edge.post(f"/{first}/cancel", "bob")
    edge.world.work()
    second = edge.post(f"/{first}/rerun", "ann", {}).json()["id"]
    edge.post(f"/{second}/cancel", "ann")
    third = edge.post(f"/{first}/rerun", "ann", {}).json()["id"]
    edge.world.work()
    fourth = edge.post(f"/{second}/rerun", "dan", {}).json()["id"]
    edge.world.work()
    for target in (third, fourth):
        with no_effect(edge, by="bob@acme.org", refusal="SelfApproval"):
            assert approve(edge, "bob", target).status_code == 403
        assert approve(edge, "cat", target).status_code == 200


@pytest.mark.parametrize("override", [
    "id", "__proto__", "constructor", "approvalId", "requestedBy", "triggeredBy", "callback", "repositoryIdentifier", "workItemRef",
    "approvers", "self_approval", "required", "target_org", "taskType", "", " ", "x" * 500, "\u202e"])
def test_c04_a_rerun_changes_parameters_and_nothing_else(same_edge: Edge, override: str) -> None:
    first = asks_for_access(same_edge, "app:ci", username="ann@acme.org")
    same_edge.post(f"/{first}/cancel", "app:ci")
    same_edge.world.work()
    with no_effect(same_edge, by=None):
        refused = same_edge.post(f"/{first}/rerun", "app:ci", {"payloadOverrides": {override: "bob@acme.org", "targetOrg": "other"}})
    assert (refused.status_code, override[:80] in said(refused)) == (400, True)
    assert len(said(refused)) < 300


@pytest.mark.parametrize("overrides", [
    {"durationMinutes": 0}, {"durationMinutes": "60"}, {"username": 7}, {"targetOrg": ""}, {"targetOrg": "x" * 201}])
def test_c04_what_is_changed_is_checked_like_a_first_run(same_edge: Edge, overrides: dict[str, Any]) -> None:
    first = asks_for_access(same_edge, "app:ci", username="ann@acme.org")
    same_edge.post(f"/{first}/cancel", "app:ci")
    same_edge.world.work()
    with no_effect(same_edge, by=None):
        assert same_edge.post(f"/{first}/rerun", "app:ci", {"payloadOverrides": overrides}).status_code == 400


def test_c12_a_run_of_another_project_is_not_cancelled(same_edge: Edge) -> None:
    target = asks_for_access(same_edge)
    with no_effect(same_edge, by="eve@other.org", refusal="NotFound"):
        refused = same_edge.post(f"/{target}/cancel", "eve")
    assert (refused.status_code, refused.json()) == (404, same_edge.post("/no-such-run/cancel", "eve").json())
    assert approval(same_edge, target)["status"] == "pending"
    with no_effect(same_edge, by="eve@other.org", refusal="NotFound"):
        assert same_edge.post(f"/{target}/rerun", "eve", {}).status_code == 404


def test_c16_a_run_that_is_rung_without_a_decision_stays_where_it_is(edge: Edge) -> None:
    world, target = edge.world, asks_for_access(edge)
    before = shown(edge, target)
    for _ in range(3):
        with world.database.begin() as tx:
            tx.leases.ring(target)
        edge.service.engine.wake(target)
        assert world.work() == 1
        assert shown(edge, target) == before
    assert world.access.calls == []
    assert "decide" not in world.audit(target)


def test_c16_a_run_whose_status_is_forged_is_not_let_through(edge: Edge) -> None:
    """Whatever a run's row says: its gate is passed by the approval and nothing else."""
    world, target = edge.world, asks_for_access(edge)
    with world.database.begin() as tx:
        tx.connection.exec_driver_sql("UPDATE executions SET status = 'running'")
        tx.leases.ring(target)
    world.work()
    assert world.access.calls == []
    assert approval(edge, target)["status"] == "pending"
    assert reject(edge, "bob", target).status_code == 200
    world.work()
    assert (world.access.calls, shown(edge, target)["status"]) == ([], "Failed")


def test_c16_an_approval_of_something_else_opens_nothing(edge: Edge) -> None:
    """The row says approved, but what it was approved for is another request: the digest does not fit."""
    world, target = edge.world, asks_for_access(edge)
    other = asks_for_access(edge, targetOrg="sandbox")
    assert approve(edge, "bob", target).status_code == 200
    with world.database.begin() as tx:
        digest = tx.approval_search.of_run(other)[0].digest
        tx.connection.exec_driver_sql(f"UPDATE approvals SET digest = '{digest}' WHERE execution_id = '{target}'")
    world.work()
    ended = shown(edge, target)
    assert (ended["status"], ended["error"]) == ("Failed", "what was approved is not what would run: the request has changed since")
    assert world.access.calls == []


@pytest.mark.parametrize(("change", "why"), [
    (lambda world: world.disable("bob"), "bob@acme.org approved it and may not any more"),
    (lambda world: world.admit("bob", Role.MEMBER), "bob@acme.org approved it and may not any more"),
    (lambda world: world.admit("bob", None), "bob@acme.org approved it and may not any more"),
    (lambda world: world.disable("ann"), "ann@acme.org, who asked, has been disabled"),
], ids=["approver disabled", "approver demoted", "approver removed", "requester disabled"])
def test_c18_a_yes_whose_authority_lapsed_before_it_counted_has_no_effect(edge: Edge, change: Any, why: str) -> None:
    world, target = edge.world, asks_for_access(edge)
    assert approve(edge, "bob", target).status_code == 200
    change(world)
    world.later(minutes=5)
    world.work()
    ended = shown(edge, target, "cat")
    assert (ended["status"], ended["success"], ended["error"]) == ("Failed", False, why)
    assert world.access.calls == []
    assert ended["approval"]["status"] == "approved"
    assert world.audit(target) == ["start", "ask", "decide", "gate", "settle"]


def test_c18_a_yes_that_has_counted_stands_whoever_goes_afterwards(edge: Edge) -> None:
    """Taking back must not wait for somebody's authority."""
    world, target = edge.world, asks_for_access(edge)
    assert approve(edge, "bob", target).status_code == 200
    world.work()
    world.disable("bob")
    world.disable("ann")
    world.later(hours=1, seconds=1)
    world.work()
    assert world.access.live() == []
    assert shown(edge, target, "cat")["status"] == "Completed"


def test_c18_a_yes_taken_up_again_counts_as_what_it_is_then(edge: Edge) -> None:
    world, target = edge.world, asks_for_access(edge)
    assert approve(edge, "bob", target).status_code == 200
    world.disable("bob")
    world.disable("bob", False)
    world.work()
    assert len(world.access.live()) == 1


def test_c18_of_two_yeses_one_that_lapsed_is_one_too_few(edge: Edge) -> None:
    world, target = edge.world, run(edge, "deploy_by-two")
    assert approve(edge, "bob", target).json()["status"] == "pending"
    assert approve(edge, "cat", target).json()["status"] == "approved"
    world.admit("cat", Role.MEMBER)
    world.work()
    assert shown(edge, target)["error"] == "cat@acme.org approved it and may not any more"


def test_a_gate_of_somebody_elses_run_is_not_opened_by_our_own(same_edge: Edge) -> None:
    """Two requests, two answers: a decision is about one approval only."""
    first, second = ask(same_edge, task="apart-1")["id"], ask(same_edge, task="apart-2")["id"]
    approve(same_edge, "bob", first)
    assert (approval(same_edge, first)["status"], approval(same_edge, second)["status"]) == ("approved", "pending")
