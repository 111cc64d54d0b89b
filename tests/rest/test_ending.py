"""Cancelling a run, and running one again."""

import pytest

from core.domain.executions import Mode, Status
from tests.api.edge import Edge
from tests.rest.talk import approval, approve, ask, asks_for_access, reject, run, said, shown
from tests.rest.test_listing import NOON, keep
from tests.rest.test_looking import children

pytestmark = pytest.mark.database

UNKNOWN = "01a20d5e-0000-7000-8000-000000000000"


def cancel(edge: Edge, target: str, who: str = "ann") -> dict[str, object]:
    answer = edge.post(f"/{target}/cancel", who)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def test_a_run_is_cancelled_with_what_it_asked(edge: Edge) -> None:
    target = asks_for_access(edge)
    assert cancel(edge, target, "dan") == {"id": target, "status": "cancelled", "cancelledChildren": 0}
    ended = shown(edge, target)
    assert (ended["status"], ended["success"], ended["approval"]["status"]) == ("Cancelled", False, "rejected")
    before = edge.world.wakes(target), edge.world.audit()
    assert cancel(edge, target, "bob") == {"id": target, "status": "cancelled", "cancelledChildren": 0}
    assert (edge.world.wakes(target), edge.world.audit()) == before
    edge.world.work()
    assert cancel(edge, target) == {"id": target, "status": "cancelled", "cancelledChildren": 0}


def test_an_answer_carries_the_runs_id_whatever_it_was_called_by(same_edge: Edge) -> None:
    asked = ask(same_edge, task="cancel-by", hatchetRunId="cancel-run")
    assert same_edge.post("/cancel-run/cancel", "bob").json()["id"] == asked["id"]


def test_what_a_cancelled_run_gave_is_taken_back(edge: Edge) -> None:
    target = asks_for_access(edge)
    approve(edge, "bob", target)
    edge.world.work()
    assert len(edge.world.access.live()) == 1
    cancel(edge, target)
    assert shown(edge, target)["status"] == "Cancelled"
    assert edge.get(f"/{target}/logs/stream", "ann").json()["completed"] is False
    again = edge.post(f"/{target}/rerun", "ann", {})
    assert (again.status_code, "still taking back" in said(again)) == (400, True)
    edge.world.work()
    assert edge.world.access.live() == []
    assert edge.post(f"/{target}/rerun", "ann", {}).status_code == 201


def test_descendants_are_cancelled_too_and_counted(edge: Edge) -> None:
    target = run(edge, "team")
    first, second = children(edge, target)
    reject(edge, "bob", first)
    edge.world.work()
    assert cancel(edge, target)["cancelledChildren"] == 1
    assert [shown(edge, each)["status"] for each in (target, first, second)] == ["Cancelled", "Failed", "Cancelled"]
    assert approval(edge, second)["status"] == "rejected"
    edge.world.work()
    assert edge.get(f"/{target}/logs/stream", "ann").json()["completed"] is True


def test_a_child_is_cancelled_without_its_parent(edge: Edge) -> None:
    target = run(edge, "team")
    first, second = children(edge, target)
    assert cancel(edge, first)["cancelledChildren"] == 0
    edge.world.work()
    assert [shown(edge, each)["status"] for each in (target, first, second)] == ["Running", "Cancelled", "Suspended"]


@pytest.mark.parametrize(("flow", "word"), [("chatty", "completed"), ("broken", "failed")])
def test_what_has_ended_is_not_cancelled(same_edge: Edge, flow: str, word: str) -> None:
    target = run(same_edge, flow)
    refused = same_edge.post(f"/{target}/cancel", "ann")
    assert (refused.status_code, said(refused)) == (400, f"This run has ended already ({word}). There is nothing to cancel.")


def test_what_has_ended_by_itself_while_its_children_go_on_is_not_cancelled(edge: Edge) -> None:
    target = run(edge, "team", wait=False)
    refused = edge.post(f"/{target}/cancel", "ann")
    assert (refused.status_code, said(refused)) == (
        400, "This run has ended already (completed). 2 of its children still run: cancel-children ends those.")
    assert {shown(edge, each)["status"] for each in children(edge, target)} == {"Suspended"}


def test_what_is_failing_and_takes_back_is_not_cancelled(edge: Edge) -> None:
    edge.world.access.fails = [None, RuntimeError("away")]
    target = run(edge, "stubborn")
    assert edge.world.access.live() != []
    assert shown(edge, target)["status"] == "Running"
    refused = edge.post(f"/{target}/cancel", "ann")
    assert (refused.status_code, said(refused)) == (400, "This run has ended already (failed). There is nothing to cancel.")
    edge.world.later(minutes=10)
    edge.world.work()
    assert (shown(edge, target)["status"], edge.world.access.live()) == ("Failed", [])


def test_somebody_elses_run_is_cancelled_and_settled(edge: Edge) -> None:
    asked = ask(edge)
    assert cancel(edge, asked["id"], "bob")["cancelledChildren"] == 0
    assert edge.world.sweep() == 1
    assert shown(edge, asked["id"])["status"] == "Cancelled"


@pytest.mark.parametrize("content", [b"", b"{}", b"null", b"[1]", b"not json", b'{"reason": "x"}'])
def test_a_cancel_needs_no_body_and_reads_none(same_edge: Edge, content: bytes) -> None:
    target = asks_for_access(same_edge, "app:ci")
    assert same_edge.post(f"/{target}/cancel", "app:ci", content=content, headers={"Content-Type": "application/json"}).status_code == 200


# -- again ------------------------------------------------------------------------------------------------------------------------


def test_a_run_is_run_again_with_what_it_had_but_for_what_is_changed(edge: Edge) -> None:
    target = asks_for_access(edge, reason="first")
    cancel(edge, target)
    edge.world.work()
    answer = edge.post(f"/{target}/rerun", "dan", {"payloadOverrides": {"durationMinutes": 5, "reason": "second"}})
    assert answer.status_code == 201
    again = answer.json()
    assert again == {"id": again["id"], "taskType": "request-elevated-privileges", "status": "pending", "triggeredAt": again["triggeredAt"],
                     "rerunOfExecutionId": target}
    second = shown(edge, again["id"])
    assert (second["rerunOfExecutionId"], second["rerunType"], second["triggeredBy"]) == (target, "rerun", "dan@acme.org")
    assert second["payload"] == {**shown(edge, target)["payload"], "durationMinutes": 5, "reason": "second"}


@pytest.mark.parametrize("body", [{}, {"payloadOverrides": {}}, {"payloadOverrides": None}, {"somethingElse": 1}])
def test_nothing_need_be_changed(same_edge: Edge, body: dict[str, object]) -> None:
    target = run(same_edge, "chatty", lines=3)
    answer = same_edge.post(f"/{target}/rerun", "ann", body)
    assert shown(same_edge, answer.json()["id"])["payload"] == shown(same_edge, target)["payload"]


def test_null_changes_nothing(same_edge: Edge) -> None:
    """null for an optional field is absent: it is as it was."""
    target = run(same_edge, "chatty", lines=3, version="7")
    answer = same_edge.post(f"/{target}/rerun", "ann", {"payloadOverrides": {"lines": None, "version": "8"}})
    assert shown(same_edge, answer.json()["id"])["payload"] == {"version": "8", "lines": 3}


def test_secrets_are_kept_for_a_rerun_and_not_shown(same_edge: Edge) -> None:
    target = run(same_edge, "broken", password="correct-horse-battery")
    again = same_edge.post(f"/{target}/rerun", "ann", {"payloadOverrides": {"version": "2"}}).json()["id"]
    same_edge.world.work()
    ended = shown(same_edge, again)
    assert (ended["error"], ended["payload"]) == ("RuntimeError: cannot log in with [redacted]", {"version": "2", "lines": 0})


@pytest.mark.parametrize("flow", ["chatty", "broken"])
def test_whatever_has_ended_and_settled_is_run_again(same_edge: Edge, flow: str) -> None:
    assert same_edge.post(f"/{run(same_edge, flow)}/rerun", "ann", {}).status_code == 201


def test_a_partial_success_is_run_again(edge: Edge) -> None:
    target = run(edge, "team")
    first, second = children(edge, target)
    reject(edge, "bob", first)
    approve(edge, "bob", second)
    edge.world.work()
    approve(edge, "cat", second)
    edge.world.work()
    assert edge.get(f"/{target}/logs/stream", "ann").json()["status"] == "partial"
    assert edge.post(f"/{target}/rerun", "ann", {}).status_code == 201


def test_a_childs_rerun_stays_below_its_parent_which_stays_as_it_is(edge: Edge) -> None:
    target = run(edge, "team", children=1)
    [child] = children(edge, target)
    reject(edge, "bob", child)
    edge.world.work()
    before = shown(edge, target)
    again = edge.post(f"/{child}/rerun", "dan", {}).json()["id"]
    edge.world.work()
    assert shown(edge, again)["parentExecutionId"] == target
    assert children(edge, target) == [child, again]
    after = shown(edge, target)
    assert {**after, "children": None} == {**before, "children": None}
    for who in ("ann", "dan"):
        assert approve(edge, who, again).status_code == 403


def test_what_is_not_over_is_not_run_again(edge: Edge) -> None:
    waiting, team = asks_for_access(edge), run(edge, "team", wait=False)
    assert said(edge.post(f"/{waiting}/rerun", "ann", {})) == "This run cannot be run again: it has not ended: cancel it first."
    assert edge.post(f"/{team}/rerun", "ann", {}).status_code == 400


@pytest.mark.parametrize("mode", [Mode.CICD, Mode.FOREIGN])
def test_what_does_not_run_here_is_not_run_again(same_edge: Edge, mode: Mode) -> None:
    ended = {"status": Status.COMPLETED, "outcome": Status.COMPLETED, "settled_at": NOON}
    target = keep(same_edge, "build", NOON, project="acme/app", mode=mode, **ended)
    refused = same_edge.post(f"/{target}/rerun", "bob", {})
    assert (refused.status_code, said(refused)) == (400, "This run cannot be run again: it does not run here.")


def test_a_flow_type_that_is_gone_is_not_run_again(same_edge: Edge) -> None:
    target = keep(same_edge, "gone", NOON, project="acme/app", status=Status.FAILED, outcome=Status.FAILED, settled_at=NOON)
    refused = same_edge.post(f"/{target}/rerun", "bob", {})
    assert (refused.status_code, said(refused)) == (400, "This run cannot be run again: there is no flow type gone any more.")


@pytest.mark.parametrize(("content", "status"), [
    (b"", 400), (b"null", 400), (b"[]", 400), (b"{", 400), (b'{"payloadOverrides": []}', 400), (b'{"payloadOverrides": "x"}', 400)])
def test_a_rerun_needs_a_body(same_edge: Edge, content: bytes, status: int) -> None:
    target = run(same_edge, "chatty")
    answer = same_edge.post(f"/{target}/rerun", "ann", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, bool(said(answer))) == (status, True)
