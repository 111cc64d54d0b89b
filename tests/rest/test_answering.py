"""Answering over REST."""

import pytest

from tests.api.edge import Edge
from tests.rest.talk import approval, approve, ask, asks_for_access, reject, run, said, shown

pytestmark = pytest.mark.database


def test_an_approval_is_answered_by_its_runs_id_or_its_ref(same_edge: Edge) -> None:
    for n, name in enumerate(("id", "ref")):
        asked = ask(same_edge, task=f"by-{n}")
        answered = approve(same_edge, "bob", asked[name])
        assert (answered.status_code, answered.json()["id"], answered.json()["ref"]) == (200, asked["id"], asked["ref"])
    asked = ask(same_edge, task="by-lower")
    assert reject(same_edge, "cat", asked["ref"].lower()).json()["status"] == "rejected"


def test_the_event_key_is_no_name_of_an_approval(same_edge: Edge) -> None:
    ask(same_edge, task="key", hatchetEventKey="ABC123")
    assert approve(same_edge, "bob", "ABC123").status_code == 404


def test_an_answer_is_told_by_its_shape(same_edge: Edge) -> None:
    asked = ask(same_edge, task="shape")
    answered = approve(same_edge, "bob", asked["id"]).json()
    assert answered == {**asked, "status": "approved", "resolvedBy": "bob@acme.org", "resolvedAt": answered["resolvedAt"]}
    rejected = reject(same_edge, "bob", ask(same_edge, task="shape-no")["id"], reason="too late").json()
    assert (rejected["status"], rejected["context"]["reason"]) == ("rejected", "too late")
    assert "reason" not in reject(same_edge, "bob", ask(same_edge, task="shape-bare")["id"]).json()["context"]


def test_below_the_quorum_an_approval_stays_pending_and_shows_who_said_what(edge: Edge) -> None:
    target = run(edge, "deploy_by-two")
    assert approval(edge, target)["required"] == 2
    assert approval(edge, target)["answers"] == []
    first = approve(edge, "bob", target, approver="Bobby").json()
    assert (first["status"], "resolvedAt" in first) == ("pending", False)
    assert [(a["email"], a["answer"], a["surface"], a["name"]) for a in first["answers"]] == [("bob@acme.org", "approve", "rest", "Bobby")]
    wakes = edge.world.wakes(target)
    assert approve(edge, "bob", target).json() == first
    assert edge.world.wakes(target) == wakes
    second = approve(edge, "cat", target).json()
    assert (second["status"], second["resolvedBy"], len(second["answers"])) == ("approved", "cat@acme.org", 2)
    assert edge.world.wakes(target) == wakes + 1
    edge.world.work()
    assert shown(edge, target)["result"] == {"version": "1"}


def test_a_change_of_mind_below_the_quorum_ends_it(edge: Edge) -> None:
    target = run(edge, "deploy_by-two")
    approve(edge, "bob", target)
    ended = reject(edge, "bob", target, reason="I was wrong").json()
    assert (ended["status"], [a["answer"] for a in ended["answers"]]) == ("rejected", ["reject"])
    edge.world.work()
    assert shown(edge, target)["error"] == "rejected by bob@acme.org: I was wrong"


def test_display_names_are_shown_and_never_trusted(same_edge: Edge) -> None:
    asked = ask(same_edge, task="name")
    answered = approve(same_edge, "bob", asked["id"], approver="cat@acme.org").json()
    assert answered["resolvedBy"] == "bob@acme.org"
    assert approve(same_edge, "bob", asked["id"], approver="x" * 201).status_code == 400
    assert approve(same_edge, "bob", asked["id"], approver="two\nlines").status_code == 400


def test_a_late_answer_is_told_who_ended_it_how_and_when(same_edge: Edge) -> None:
    asked = ask(same_edge, task="late")
    decided = reject(same_edge, "bob", asked["id"], reason="not on a Friday").json()
    late = said(approve(same_edge, "cat", asked["id"]))
    when = decided["resolvedAt"][:16].replace("T", " ")
    assert late == f"This was rejected by bob@acme.org at {when} UTC (not on a Friday). To ask anew, start the run again."


# -- time -------------------------------------------------------------------------------------------------------------------------


def test_an_overdue_approval_is_shown_as_expired_though_nobody_has_noted_it(edge: Edge) -> None:
    target = asks_for_access(edge)
    asked = approval(edge, target)
    edge.world.later(hours=24)
    seen = approval(edge, target)
    assert (seen["status"], seen["resolvedAt"], "resolvedBy" in seen) == ("expired", asked["expiresAt"], False)
    assert shown(edge, target)["approval"] == seen
    assert edge.get("/approvals/pending", "bob").json() == {"approvals": [], "count": 0}
    assert "expire" not in edge.world.audit(target)


def test_an_answer_after_the_time_is_refused_whether_or_not_the_sweeper_was_there(edge: Edge) -> None:
    target = asks_for_access(edge)
    edge.world.later(hours=24)
    for answer in (approve, reject):
        late = answer(edge, "bob", target)
        assert (late.status_code, said(late)[:14]) == (409, "This lapsed at")
    wakes = edge.world.wakes(target)
    assert edge.world.sweep() == 1
    assert edge.world.wakes(target) == wakes + 1
    assert edge.world.sweep() == 0
    assert approve(edge, "bob", target).status_code == 409
    edge.world.work()
    ended = shown(edge, target)
    assert (ended["status"], ended["error"][:19]) == ("Failed", "nobody answered by ")
    assert edge.world.audit(target).count("expire") == 1


def test_a_yes_in_the_last_minute_counts(edge: Edge) -> None:
    target = asks_for_access(edge)
    edge.world.later(hours=23, minutes=59, seconds=30)
    assert approve(edge, "bob", target).status_code == 200


# -- which gate -------------------------------------------------------------------------------------------------------------------


def test_a_repeated_yes_is_not_taken_for_the_next_gate(edge: Edge) -> None:
    target = run(edge, "two-gates")
    first = approval(edge, target)
    approve(edge, "bob", target)
    edge.world.work()
    second = approval(edge, target)
    assert (second["question"], second["status"]) == ("Deploy?", "pending")
    again = approve(edge, "bob", target)
    assert (again.status_code, second["digest"][:8] in said(again)) == (409, True)
    assert approve(edge, "bob", target, digest=first["digest"]).status_code == 409
    assert reject(edge, "bob", first["ref"]).status_code == 409
    assert approve(edge, "bob", first["ref"]).json()["ref"] == first["ref"]
    assert approval(edge, target)["status"] == "pending"
    assert approve(edge, "bob", target, digest=second["digest"][:8].upper()).json()["status"] == "approved"
    edge.world.work()
    assert shown(edge, target)["status"] == "Completed"


def test_after_five_minutes_a_yes_is_one_to_the_gate_that_is_open(edge: Edge) -> None:
    target = run(edge, "two-gates")
    approve(edge, "bob", target)
    edge.world.work()
    edge.world.later(minutes=4, seconds=55)
    assert approve(edge, "bob", target).status_code == 409
    edge.world.later(seconds=10)
    assert approve(edge, "bob", target).json()["status"] == "approved"


def test_another_person_or_another_answer_needs_no_digest(edge: Edge) -> None:
    first, second = run(edge, "two-gates"), run(edge, "two-gates")
    for target in (first, second):
        approve(edge, "bob", target)
    edge.world.work()
    assert approve(edge, "cat", first).status_code == 200
    assert reject(edge, "bob", second).status_code == 200


def test_the_ref_of_an_earlier_request_does_not_answer_a_later_one(edge: Edge) -> None:
    """A run without event keys asks at one gate again and again: each ref still means one request."""
    first = ask(edge, context={"taskType": "deploy", "targetOrg": "sandbox"}, timeoutHours=1)
    edge.world.later(hours=2)
    second = ask(edge, context={"taskType": "deploy", "targetOrg": "production"})
    assert first["id"] == second["id"]
    assert approval(edge, first["ref"])["status"] == "expired"
    assert approve(edge, "bob", first["ref"]).status_code == 409
    assert approval(edge, second["ref"])["status"] == "pending"
    assert approve(edge, "bob", second["ref"]).status_code == 200


# -- who --------------------------------------------------------------------------------------------------------------------------


def test_a_flow_type_names_its_approvers(edge: Edge) -> None:
    target = run(edge, "by-dan")
    assert approval(edge, target)["approvers"] == ["dan@acme.org", "bob@acme.org"]
    assert said(approve(edge, "cat", target)) == "Only dan@acme.org and bob@acme.org can answer this one."
    assert approve(edge, "dan", target).json()["status"] == "approved"


def test_a_flow_type_may_let_people_answer_for_themselves(edge: Edge) -> None:
    target = run(edge, "my-own-say", "bob")
    assert approve(edge, "bob", target).json()["status"] == "approved"
    assert approve(edge, "ann", run(edge, "my-own-say", "ann")).status_code == 403


def test_a_cancelled_run_is_not_answered(edge: Edge) -> None:
    target = asks_for_access(edge)
    edge.post(f"/{target}/cancel", "ann")
    late = approve(edge, "bob", target)
    assert (late.status_code, "rejected by ann@acme.org" in said(late), "(execution cancelled)" in said(late)) == (409, True, True)
    ended = approval(edge, target)
    assert (ended["status"], ended["resolvedBy"], ended["context"]["reason"]) == ("rejected", "ann@acme.org", "execution cancelled")


def test_an_application_that_cancels_is_named_as_it_calls_itself(same_edge: Edge) -> None:
    target = ask(same_edge, task="cancelled")["id"]
    same_edge.post(f"/{target}/cancel", "app:ci")
    assert approval(same_edge, target)["resolvedBy"] == "ci"


def test_what_was_never_asked_is_not_answered(same_edge: Edge) -> None:
    target = run(same_edge, "chatty")
    assert approve(same_edge, "bob", target).status_code == 404
    assert same_edge.get(f"/approvals/{target}", "bob").status_code == 404
