"""Asking for approval over REST, and answering."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from core.domain.people import Role
from tests.api.edge import REQUEST, Edge

BOB = {"approver": "Bob", "approverEmail": "bob@acme.org"}


def ask(edge: Edge, who: str = "ann", **more: Any) -> Any:
    return edge.post("/approvals", who, {**REQUEST, **more})


def test_a_request_is_written_down_and_answered(each_edge: Edge) -> None:
    made = ask(each_edge)
    assert made.status_code == 201
    asked = made.json()
    assert asked["status"] == "pending"
    assert asked["requestedBy"] == "ann@acme.org"
    assert asked["context"] == {"taskType": "deploy", "callback": REQUEST["callback"]}
    assert set(asked) == {"id", "requestedBy", "requestedAt", "expiresAt", "approvers", "context", "status", "ref", "question", "digest"}

    answered = each_edge.post(f"/approvals/{asked['id']}/approve", "bob", BOB)
    assert answered.status_code == 200
    assert answered.json() == {**asked, "status": "approved", "resolvedBy": "bob@acme.org", "resolvedAt": answered.json()["resolvedAt"]}
    assert each_edge.get(f"/approvals/{asked['id']}").json() == answered.json()


def test_a_request_is_found_by_its_ref_too(edge: Edge) -> None:
    asked = ask(edge).json()
    for ref in (asked["ref"], asked["ref"].lower()):
        assert edge.get(f"/approvals/{ref}").json() == asked


def test_b01_an_application_does_not_answer(edge: Edge) -> None:
    asked = ask(edge).json()
    answer = edge.post(f"/approvals/{asked['id']}/approve", "app:ci", BOB)
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("This needs the role owner or member.")
    assert edge.get(f"/approvals/{asked['id']}").json() == asked
    [(actor, facts)] = edge.security()
    assert actor == "app:ci"
    assert json.loads(facts)["operation"] == "FlowsController_approveRequest"


def test_b02_nobody_answers_in_anothers_name(edge: Edge) -> None:
    asked = ask(edge).json()
    answer = edge.post(f"/approvals/{asked['id']}/approve", "dan", BOB)
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("approverEmail must be your own e-mail")
    assert edge.get(f"/approvals/{asked['id']}").json() == asked
    [(actor, facts)] = edge.security()
    assert (actor, json.loads(facts)["refusal"]) == ("dan@acme.org", "NotYourself")


def test_b05_what_one_may_not_know_of_looks_as_if_it_were_not_there(edge: Edge) -> None:
    asked = ask(edge).json()
    eve = {"approver": "Eve", "approverEmail": "eve@other.org"}
    unseen = edge.post(f"/approvals/{asked['id']}/approve", "eve", eve)
    unknown = edge.post("/approvals/01a20d5e-0000-7000-8000-000000000000/approve", "eve", eve)
    assert (unseen.status_code, unseen.json()) == (unknown.status_code, unknown.json())
    assert unseen.status_code == 404
    assert [actor for actor, _ in edge.security()] == ["eve@other.org"]


def test_b06_whoever_asked_does_not_answer(edge: Edge) -> None:
    asked = ask(edge).json()
    answer = edge.post(f"/approvals/{asked['id']}/approve", "ann", {"approver": "Ann", "approverEmail": "ann@acme.org"})
    assert answer.status_code == 403
    assert answer.json()["message"] == "You asked for this, started it or benefit from it, so someone else has to answer it."
    assert len(edge.security()) == 1


def test_b09_a_member_does_not_answer_where_nobody_is_named(edge: Edge) -> None:
    for task, more in (("job-1", {}), ("job-2", {"approvers": []}), ("job-3", {"approvers": None})):
        asked = ask(edge, taskId=task, **more).json()
        answer = edge.post(f"/approvals/{asked['id']}/approve", "dan", {"approver": "Dan", "approverEmail": "dan@acme.org"})
        assert (answer.status_code, answer.json()["message"]) == (403, "Only bob@acme.org and cat@acme.org can answer this one.")


def test_b16_the_same_answer_again_is_the_same_record(edge: Edge) -> None:
    asked = ask(edge).json()
    first = edge.post(f"/approvals/{asked['id']}/approve", "bob", BOB)
    wakes, audit = edge.world.wakes(asked["id"]), edge.world.audit()
    again = edge.post(f"/approvals/{asked['id']}/approve", "bob", BOB)
    assert (again.status_code, again.json()) == (200, first.json())
    assert (edge.world.wakes(asked["id"]), edge.world.audit()) == (wakes, audit)


def test_b17_another_answer_comes_too_late(edge: Edge) -> None:
    asked = ask(edge).json()
    edge.post(f"/approvals/{asked['id']}/approve", "bob", BOB)
    late = edge.post(f"/approvals/{asked['id']}/reject", "cat", {"rejector": "Cat", "rejectorEmail": "cat@acme.org"})
    assert late.status_code == 409
    assert late.json()["message"].startswith("This was approved by bob@acme.org at 20")
    assert late.json()["error"] == "Conflict"
    assert edge.get(f"/approvals/{asked['id']}").json()["status"] == "approved"


@pytest.mark.parametrize("approvers", [
    ["*"], ["@acme.org"], ["bob@acme.org, eve@other.org"], ["bob@acme.org"] * 101, ["x@y.z"] * 10_000, [1], "bob@acme.org", {"a": 1},
    [None], ["bob"], ["Bob <bob@acme.org>"], ["bob@acme.org\n"], ["b" * 300 + "@acme.org"], [""], [["bob@acme.org"]]])
def test_b10_approvers_are_people_by_their_addresses(same_edge: Edge, approvers: Any) -> None:
    answer = ask(same_edge, taskId="b10", approvers=approvers)
    assert answer.status_code == 400
    assert isinstance(answer.json()["message"], list)
    assert all(sentence.startswith("approvers") for sentence in answer.json()["message"])


@pytest.mark.parametrize("kind", ["group:admins", "github:acme/admins", "slack:T1/S1"])
def test_a_kind_of_approvers_that_is_not_set_up_is_named(same_edge: Edge, kind: str) -> None:
    answer = ask(same_edge, taskId="kinds", approvers=["bob@acme.org", kind])
    assert answer.status_code == 400
    assert kind.partition(":")[0] in answer.json()["message"][0]


@pytest.mark.parametrize(("address", "counts"), [
    ("BOB@acme.org", True), ("bob@ACME.org", True), (" bob@acme.org", False), ("bob+x@acme.org", False), ("bob@acme.org.", False),
    ("ｂob@acme.org", False), ("bo\u00adb@acme.org", False), ("bob@асme.org", False)])
def test_b12_only_the_case_of_an_address_does_not_count(edge: Edge, address: str, counts: bool) -> None:
    asked = ask(edge).json()
    answer = edge.post(f"/approvals/{asked['id']}/approve", "bob", {"approver": "Bob", "approverEmail": address})
    assert answer.status_code == (200 if counts else 403)


@pytest.mark.parametrize("hours", [0, -1, 1e308, "24", 0.0001, 9999, 168.01, True, [], {}])
def test_b20_a_time_out_is_a_number_of_hours(same_edge: Edge, hours: Any) -> None:
    answer = ask(same_edge, taskId="b20", timeoutHours=hours)
    assert answer.status_code == 400
    assert answer.json()["message"][0].startswith("timeoutHours must be ")


def test_b20_nan_is_no_number(same_edge: Edge) -> None:
    body = json.dumps({**REQUEST, "timeoutHours": float("nan")}).encode()
    assert same_edge.post("/approvals", content=body, headers={"Content-Type": "application/json"}).status_code == 400


@pytest.mark.parametrize("hours", [1 / 60, 1, 24, 168, 0.5, None])
def test_a_time_out_may_be_a_minute_or_a_week(edge: Edge, hours: float | None) -> None:
    assert ask(edge, timeoutHours=hours).status_code == 201


def test_b21_the_same_request_is_one_and_another_is_refused(edge: Edge) -> None:
    first = ask(edge)
    assert ask(edge).json() == first.json()
    other = ask(edge, approvers=["bob@acme.org"])
    assert other.status_code == 409
    assert other.json()["message"].startswith("Another request of job-1 is open already.")
    assert edge.world.rows("SELECT count(*) FROM approvals") == [(1,)]


def test_b22_an_event_key_belongs_to_one_open_request(edge: Edge) -> None:
    assert ask(edge, hatchetEventKey="approve:1").status_code == 201
    assert ask(edge, taskId="job-2", hatchetEventKey="approve:1").status_code == 409


@pytest.mark.parametrize("task", ["", "pending", "by-azure-devops", "a/b", "a b", "x" * 201, "é", "a\n", 5, None])
def test_a_task_id_names_one_run_and_no_operation(same_edge: Edge, task: Any) -> None:
    answer = ask(same_edge, taskId=task)
    assert answer.status_code == 400
    assert answer.json()["message"][0].startswith("taskId ")


@pytest.mark.parametrize(("missing", "said"), [("taskId", "taskId is missing."), ("requestedBy", "requestedBy is missing."),
                                               ("context", "context is missing.")])
def test_what_a_request_needs_is_named(same_edge: Edge, missing: str, said: str) -> None:
    answer = same_edge.post("/approvals", body={k: v for k, v in REQUEST.items() if k != missing})
    assert (answer.status_code, answer.json()["message"]) == (400, [said])


def test_the_context_is_kept_with_further_keys_and_exact_numbers(edge: Edge) -> None:
    context = {"taskType": "deploy", "durationMinutes": 60, "username": None, "ticket": "INC-1", "more": {"n": 1.5, "none": None}}
    shown = ask(edge, context=context).json()["context"]
    assert shown == {"taskType": "deploy", "durationMinutes": 60, "ticket": "INC-1", "more": {"n": 1.5, "none": None},
                     "callback": REQUEST["callback"]}
    assert type(shown["durationMinutes"]) is int


@pytest.mark.parametrize("context", [
    [], "x", {"taskType": 1}, {"durationMinutes": "60"}, {"durationMinutes": True}, {"username": ["x"]}, {"more": "x" * 16_400}])
def test_a_context_of_the_wrong_shape_or_size_is_400(same_edge: Edge, context: Any) -> None:
    answer = ask(same_edge, taskId="context", context=context)
    assert answer.status_code == 400
    assert answer.json()["message"][0].startswith("context")


@pytest.mark.parametrize(("callback", "said"), [
    ({"type": "mail"}, "callback.type must be github, slack, webhook, azure-devops or none."), ({}, "callback.type is missing."),
    ({"type": "github", "repositoryIdentifier": "acme/app"}, "callback.issueNumber is missing."),
    ({"type": "slack"}, "callback.channel is missing."), ({"type": "webhook"}, "callback.url is missing."),
    *(({"type": "github", "repositoryIdentifier": "acme/app", "issueNumber": bad}, said) for bad, said in (
        (1.5, "callback.issueNumber must be a whole number."), (-1, "callback.issueNumber must be at least 1."),
        (1e21, "callback.issueNumber must be a whole number."), ("7", "callback.issueNumber must be a whole number."))),
    ({"type": "webhook", "url": "file:///etc/passwd"}, "callback.url must be an address that begins with https://."),
    ({"type": "webhook", "url": "https://127.0.0.1/"}, "callback.url leads to where nothing may be sent."),
    ({"type": "webhook", "url": "https://example.com/"},
     "The callback brings no secret, and the project has none: `placet projects webhook-secret new` makes one."),
    ({"type": "slack", "channel": "C1", "threadTs": "yesterday"}, "callback.threadTs has characters that do not fit there."),
    ({"type": "azure-devops", "repositoryIdentifier": "acme/app"}, "callback.workItemId is missing."),
    *((whole, f"callback.type {whole['type']} is not set up here: leave the callback out, or send none.") for whole in (
        {"type": "github", "repositoryIdentifier": "acme/app", "issueNumber": 7}, {"type": "slack", "channel": "C1", "threadTs": "1.2"},
        {"type": "azure-devops", "repositoryIdentifier": "acme/app", "workItemId": 42})),
])
def test_h11_a_callback_has_its_shape_and_is_named_if_it_is_not_set_up(same_edge: Edge, callback: Mapping[str, Any], said: str) -> None:
    answer = ask(same_edge, taskId="callback", callback=callback)
    assert (answer.status_code, answer.json()["message"]) == (400, [said])


def test_pending_lists_what_the_caller_sees_the_oldest_first(each_edge: Edge) -> None:
    asked = [ask(each_edge, taskId=f"job-{n}").json() for n in range(3)]
    answer = each_edge.get("/approvals/pending", "dan")
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json() == {"approvals": asked, "count": 3}
    assert each_edge.get("/approvals/pending", "eve").json() == {"approvals": [], "count": 0}


def test_a_long_list_comes_whole(edge: Edge) -> None:
    for n in range(250):
        edge.world.requests("app:ci", f"job-{n}", requested_by="ci")
    listed = edge.get("/approvals/pending", "bob").json()
    assert listed["count"] == len(listed["approvals"]) == 250
    assert len({a["id"] for a in listed["approvals"]}) == 250


def test_b28_what_is_pending_elsewhere_is_not_listed(edge: Edge) -> None:
    ask(edge)
    assert edge.get("/approvals/pending", "bob").json()["count"] == 1
    assert edge.get("/approvals/pending", "eve").json()["count"] == 0
    assert edge.get("/approvals/pending", "app:ci").json()["count"] == 1


def test_a_run_of_ours_asks_by_itself(edge: Edge) -> None:
    run = edge.asks_for_access()
    answer = ask(edge, taskId=run)
    assert answer.status_code == 409
    assert answer.json()["message"].startswith("request-elevated-privileges is a flow of Placet's own")
    assert len(edge.security()) == 1


def test_a_digest_of_another_gate_is_409_and_ours_is_named(edge: Edge) -> None:
    asked = ask(edge).json()
    answer = edge.post(f"/approvals/{asked['id']}/approve", "bob", {**BOB, "digest": "0" * 8})
    assert answer.status_code == 409
    assert asked["digest"][:8] in answer.json()["message"]
    assert edge.post(f"/approvals/{asked['id']}/approve", "bob", {**BOB, "digest": asked["digest"][:8].upper()}).status_code == 200


def test_j08_one_person_has_so_many_open_requests_and_no_more(edge: Edge) -> None:
    for n in range(20):
        assert ask(edge, taskId=f"job-{n}").status_code == 201
    answer = ask(edge, taskId="job-20")
    assert answer.status_code == 429
    assert answer.json()["message"].startswith("20 requests of yours are open already")
    assert ask(edge, taskId="job-0").status_code == 201
    assert ask(edge, "app:ci", taskId="job-20").status_code == 201


def test_the_same_key_is_the_same_request(edge: Edge) -> None:
    key = {"Idempotency-Key": "ask 1"}
    first = edge.post("/approvals", body={**REQUEST}, headers=key)
    again = edge.post("/approvals", body=dict(reversed(list(REQUEST.items()))), headers=key)
    other = edge.post("/approvals", body={**REQUEST, "timeoutHours": 1}, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert other.status_code == 409


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "é".encode()])
def test_a_key_that_does_not_fit_is_400(same_edge: Edge, key: Any) -> None:
    answer = same_edge.post("/approvals", body={**REQUEST, "taskId": "key"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 400
    assert answer.json()["message"][0].startswith("Idempotency-Key ")


def test_a_token_for_a_member_lets_an_owner_answer_where_a_member_may(edge: Edge) -> None:
    asked = ask(edge, approvers=["bob@acme.org"]).json()
    assert edge.post(f"/approvals/{asked['id']}/approve", "bob", BOB, role=Role.MEMBER).status_code == 200
