"""The approval of a run whose children ask."""

from typing import Any

import pytest

from tests.api.edge import Edge
from tests.rest.talk import approval, approve, reject, run, said, shown
from tests.threats.effects import no_effect

pytestmark = pytest.mark.database


def team_of(edge: Edge, size: int = 2, **more: Any) -> tuple[str, list[str]]:
    parent = run(edge, "team", children=size, **more)
    return parent, [child["id"] for child in edge.get(f"/{parent}/children", "bob").json()["children"]]


def test_what_its_children_ask_is_told_as_one(edge: Edge) -> None:
    parent, (first, second) = team_of(edge)
    one, other = approval(edge, first), approval(edge, second)
    told = approval(edge, parent)
    assert told == {
        "id": parent, "requestedBy": "ann@acme.org", "requestedAt": one["requestedAt"], "expiresAt": one["expiresAt"],
        "approvers": ["bob@acme.org", "cat@acme.org"], "context": {"taskType": "team"}, "status": "pending",
        "children": [{"executionId": each["id"], "taskType": "two-gates", "status": "suspended", "approval": each}
                     for each in (one, other)]}
    assert one["parentExecution"] == {"id": parent, "taskType": "team", "status": "running", "triggeredBy": "ann@acme.org"}


def test_it_follows_its_children_to_their_ends(edge: Edge) -> None:
    parent, (first, second) = team_of(edge)
    reject(edge, "bob", first)
    assert approval(edge, parent)["status"] == "pending"
    approve(edge, "bob", second)
    assert approval(edge, parent)["status"] == "rejected"
    edge.world.work()
    assert approval(edge, parent)["status"] == "pending"
    approve(edge, "bob", second, digest=approval(edge, second)["digest"])
    edge.world.work()
    told = approval(edge, parent)
    assert (told["status"], [child["status"] for child in told["children"]]) == ("rejected", ["failed", "completed"])
    assert shown(edge, parent)["status"] == "Completed"
    assert shown(edge, parent)["success"] is False


def test_what_lapsed_is_told_though_nobody_noticed(edge: Edge) -> None:
    parent, _ = team_of(edge)
    edge.world.later(hours=25)
    told = approval(edge, parent)
    assert {told["status"], *(child["approval"]["status"] for child in told["children"])} == {"expired"}


def test_a_run_with_a_question_of_its_own_tells_that_and_its_children(edge: Edge) -> None:
    parent = run(edge, "asking-team")
    assert "children" not in approval(edge, parent)
    approve(edge, "bob", parent)
    edge.world.work()
    [child] = edge.get(f"/{parent}/children", "bob").json()["children"]
    told = approval(edge, parent)
    assert (told["question"], told["status"]) == ("Start the team?", "approved")
    assert told["children"] == [
        {"executionId": child["id"], "taskType": "two-gates", "status": "suspended", "approval": approval(edge, child["id"])}]


def test_a_child_without_a_question_is_told_without_one(edge: Edge) -> None:
    parent, (first, second) = team_of(edge)
    with edge.world.database.begin() as tx:
        tx.connection.exec_driver_sql(f"DELETE FROM approvals WHERE execution_id = '{first}'")
    told = approval(edge, parent)
    assert [(child["executionId"], "approval" in child) for child in told["children"]] == [(first, False), (second, True)]


def test_children_that_ask_nothing_come_to_nothing(edge: Edge) -> None:
    top = run(edge, "two-teams")
    refused = edge.get(f"/approvals/{top}", "bob")
    assert (refused.status_code, said(refused)[:29]) == (404, "There is no approval of this ")


def test_an_answer_to_the_whole_is_none_and_never_fans_out(edge: Edge) -> None:
    parent, children = team_of(edge)
    with no_effect(edge, by="bob@acme.org", refusal="NotFound", times=2):
        assert approve(edge, "bob", parent).status_code == 404
        assert reject(edge, "bob", parent).status_code == 404
    assert [approval(edge, child)["status"] for child in children] == ["pending", "pending"]


def test_a_childs_approval_carries_its_parent_wherever_it_is_shown(edge: Edge) -> None:
    parent, (first, _) = team_of(edge)
    told = approval(edge, first)
    assert told["parentExecution"]["id"] == parent
    assert shown(edge, first)["approval"] == told
    assert shown(edge, parent)["children"][0]["approval"] == told
    assert edge.get(f"/{parent}/children", "bob").json()["children"][0]["approval"] == told
    assert "approval" not in shown(edge, parent)


def test_another_projects_orchestrator_is_not_told_of(edge: Edge) -> None:
    parent, _ = team_of(edge)
    assert edge.get(f"/approvals/{parent}", "eve").json() == edge.get("/approvals/no-such", "eve").json()
