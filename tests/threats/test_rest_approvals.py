"""Attacks on the approval endpoints: object, function, property."""

import json
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from httpx import Response

from core.domain.people import Role
from tests.api.edge import PREFIX, REQUEST, Edge
from tests.domain.test_people import LOOK_ALIKES
from tests.rest.talk import approval, approve, ask, asks_for_access, reject, request, said
from tests.threats.at_once import at_once
from tests.threats.effects import no_effect, standing, told

pytestmark = pytest.mark.database

UNKNOWN = "01a20d5e-0000-7000-8000-000000000000"
Answering = Callable[..., Response]
both_answers = pytest.mark.parametrize("answer", [approve, reject])


@both_answers
def test_b01_an_application_cannot_approve(same_edge: Edge, answer: Answering) -> None:
    target = asks_for_access(same_edge)
    with no_effect(same_edge, by="app:ci", refusal="RoleTooLow"):
        assert answer(same_edge, "app:ci", target).status_code == 403
    row, asked = told(same_edge)[-1], same_edge.world.approval(target).approval
    assert (row["execution"], row["approval"]) == (target, asked.id)


@both_answers
def test_b02_a_member_cannot_answer_in_an_approvers_name(same_edge: Edge, answer: Answering) -> None:
    target = asks_for_access(same_edge)
    with no_effect(same_edge, by="dan@acme.org", refusal="NotYourself"):
        refused = answer(same_edge, "dan", target, approverEmail="bob@acme.org", rejectorEmail="bob@acme.org")
    assert refused.status_code == 403
    assert "must be your own e-mail" in said(refused)
    assert told(same_edge)[-1]["execution"] == target


def test_b02_an_owner_cannot_either(same_edge: Edge) -> None:
    target = asks_for_access(same_edge)
    with no_effect(same_edge, by="cat@acme.org", refusal="NotYourself"):
        assert approve(same_edge, "cat", target, approverEmail="bob@acme.org").status_code == 403


def test_b04_an_approver_approves(same_edge: Edge) -> None:
    target, security = ask(same_edge, task="b04", approvers=["bob@acme.org"])["id"], len(told(same_edge))
    wakes = same_edge.world.wakes(target)
    answered = approve(same_edge, "bob", target).json()
    assert (answered["status"], answered["resolvedBy"]) == ("approved", "bob@acme.org")
    assert same_edge.world.wakes(target) == wakes + 1
    assert same_edge.world.audit(target) == ["start", "ask", "decide"]
    assert len(told(same_edge)) == security


@both_answers
def test_b05_an_approval_of_another_project_is_as_good_as_unknown(same_edge: Edge, answer: Answering) -> None:
    target = asks_for_access(same_edge)
    ref = approval(same_edge, target)["ref"]
    unknown = answer(same_edge, "eve", UNKNOWN)
    assert unknown.status_code == 404
    for name in (target, ref, ref.lower()):
        with no_effect(same_edge, by="eve@other.org", refusal="NotFound"):
            unseen = answer(same_edge, "eve", name)
        assert (unseen.status_code, unseen.json()) == (404, unknown.json())
        assert same_edge.get(f"/approvals/{name}", "eve").json() == same_edge.get(f"/approvals/{UNKNOWN}", "eve").json()


@both_answers
def test_b06_whoever_asks_cannot_answer_even_as_a_named_approver(same_edge: Edge, answer: Answering) -> None:
    target = ask(same_edge, "ann", f"b06-{answer.__name__}", approvers=["ann@acme.org", "bob@acme.org"])["id"]
    with no_effect(same_edge, by="ann@acme.org", refusal="SelfApproval"):
        assert answer(same_edge, "ann", target).status_code == 403


def test_b06_whoever_benefits_cannot_answer(same_edge: Edge) -> None:
    for target in (asks_for_access(same_edge, "ann", username="bob@acme.org"), asks_for_access(same_edge, "ann", username="BOB@Acme.org"),
                   ask(same_edge, task="b06-subject", context={"username": "bob@acme.org"})["id"]):
        with no_effect(same_edge, by="bob@acme.org", refusal="SelfApproval"):
            assert approve(same_edge, "bob", target).status_code == 403


@pytest.mark.parametrize("spelling", [
    " bob@acme.org", "bob@acme.org ", "Bob <bob@acme.org>", "bob@acme.org,ann@acme.org", "bob", "bob@acme.org\u200b"])
def test_b06_whoever_benefits_is_named_so_that_they_are_known(same_edge: Edge, spelling: str) -> None:
    """A name that only looks like Bob's would get him access, and not keep him from agreeing to it."""
    payload = {"id": "request-elevated-privileges", "repositoryIdentifier": "acme/app", "username": spelling, "targetOrg": "prod",
               "accessLevel": "Admin"}
    refused = same_edge.post("/run", "ann", {"payload": payload})
    assert (refused.status_code, said(refused)[:50]) == (400, "username must be one person's e-mail address, got ")


def test_b06_whoever_an_application_names_as_the_requester_cannot_answer(same_edge: Edge) -> None:
    target = ask(same_edge, task="b06-named", requestedBy="bob@acme.org")["id"]
    with no_effect(same_edge, by="bob@acme.org", refusal="SelfApproval"):
        assert approve(same_edge, "bob", target).status_code == 403


@pytest.mark.parametrize("approvers", [{}, {"approvers": []}, {"approvers": None}], ids=["absent", "empty", "null"])
def test_b09_nobody_named_means_the_owners_and_not_everybody(same_edge: Edge, approvers: dict[str, Any]) -> None:
    target = ask(same_edge, task=f"b09-{approvers}".translate({ord(c): "-" for c in "{}[]' "}), **approvers)["id"]
    for answer in (approve, reject):
        with no_effect(same_edge, by="dan@acme.org", refusal="NotAnApprover"):
            assert said(answer(same_edge, "dan", target)) == "Only bob@acme.org and cat@acme.org can answer this one."
    with no_effect(same_edge, by="bob@acme.org", refusal="NotAnApprover"):
        assert approve(same_edge, "bob", target, role=Role.MEMBER).status_code == 403
    assert approve(same_edge, "bob", target).status_code == 200


@pytest.mark.parametrize("approvers", [
    ["*"], ["@c"], ["app@c, evil@x"], ["bob@acme.org"] * 10_000, [7], [True], [None], [["bob@acme.org"]], "bob@acme.org",
    {"bob@acme.org": 1}, ["bob@acme.org", "*@acme.org"], ["group:admins"], ["bob@acme.org\n"], [""]], ids=lambda value: str(value)[:20])
def test_b10_approvers_that_are_no_addresses_are_refused(same_edge: Edge, approvers: Any) -> None:
    with no_effect(same_edge, by=None):
        refused = request(same_edge, task="b10", approvers=approvers)
        assert (refused.status_code, "approvers" in said(refused)) == (400, True)


@both_answers
def test_b12_only_the_case_of_the_own_address_does_not_count(same_edge: Edge, answer: Answering) -> None:
    target = ask(same_edge, task=f"b12-{answer.__name__}", approvers=["bob@acme.org"])["id"]
    for look_alike in LOOK_ALIKES.values():
        variant = look_alike.replace("app", "bob").replace("@c", "@acme.org")
        if variant == look_alike or "\x00" in variant:
            continue
        with no_effect(same_edge, by="bob@acme.org", refusal="NotYourself"):
            assert answer(same_edge, "bob", target, approverEmail=variant, rejectorEmail=variant).status_code == 403
    assert answer(same_edge, "bob", target, approverEmail="BOB@Acme.ORG", rejectorEmail="BOB@Acme.ORG").status_code == 200


@pytest.mark.parametrize("address", [
    "a\u212a\u212a@acme.org", "ａkk@acme.org", "аkk@acme.org", "akk@аcme.org", "akk+x@acme.org", "a.kk@acme.org"])
def test_b12_somebody_with_a_look_alike_address_is_no_approver(same_edge: Edge, address: str) -> None:
    world = same_edge.world
    world.person("akk@acme.org")
    world.person(address)
    target = ask(same_edge, task=f"b12-{address.encode().hex()}", approvers=["aKK@acme.org"])["id"]
    with no_effect(same_edge, by=address, refusal="NotAnApprover"):
        assert approve(same_edge, address, target).status_code == 403
    assert approve(same_edge, "akk@acme.org", target).status_code == 200


def test_b14_who_is_no_approver_any_more_cannot_answer(same_edge: Edge) -> None:
    world = same_edge.world
    world.person("fay@acme.org", Role.OWNER)
    target = ask(same_edge, task="b14")["id"]
    approval(same_edge, target, "fay")
    world.admit("fay", Role.MEMBER)
    with no_effect(same_edge, by="fay@acme.org", refusal="NotAnApprover"):
        assert approve(same_edge, "fay", target).status_code == 403
    world.admit("fay", None)
    with no_effect(same_edge, by="fay@acme.org", refusal="NotFound"):
        assert approve(same_edge, "fay", target).status_code == 404
    world.admit("fay", Role.OWNER)
    world.disable("fay")
    with no_effect(same_edge, by=None):
        assert approve(same_edge, "fay", target).status_code == 401


def test_b14_a_named_approver_who_left_the_project_cannot_answer(same_edge: Edge) -> None:
    same_edge.world.person("gus@acme.org")
    target = ask(same_edge, task="b14-named", approvers=["gus@acme.org", "bob@acme.org"])["id"]
    same_edge.world.admit("gus", None)
    with no_effect(same_edge, by="gus@acme.org", refusal="NotFound"):
        assert approve(same_edge, "gus", target).status_code == 404
    same_edge.world.admit("gus", Role.OWNER, "other/app")
    with no_effect(same_edge, by="gus@acme.org", refusal="NotFound"):
        assert approve(same_edge, "gus", target).status_code == 404


@both_answers
def test_b16_the_same_answer_again_is_the_same_record(same_edge: Edge, answer: Answering) -> None:
    target = ask(same_edge, task=f"b16-{answer.__name__}")["id"]
    first = answer(same_edge, "bob", target)
    before, security = standing(same_edge), len(told(same_edge))
    again = answer(same_edge, "bob", target, approver="Robert", rejector="Robert", reason="again")
    assert (again.status_code, again.json()) == (200, first.json())
    assert again.json()["resolvedAt"] == approval(same_edge, target)["resolvedAt"]
    assert (standing(same_edge), len(told(same_edge))) == (before, security)


@pytest.mark.parametrize(("first", "second", "word"), [(approve, reject, "approved"), (reject, approve, "rejected")])
def test_b17_a_change_of_mind_comes_too_late(same_edge: Edge, first: Answering, second: Answering, word: str) -> None:
    target = ask(same_edge, task=f"b17-{word}")["id"]
    decided = first(same_edge, "bob", target, reason="because").json()
    for who in ("bob", "cat"):
        with no_effect(same_edge, by=f"{who}@acme.org", refusal="AlreadyDecided"):
            late = second(same_edge, who, target)
        assert late.status_code == 409
        assert said(late).startswith(f"This was {word} by bob@acme.org at ")
    assert approval(same_edge, target) == decided


@pytest.mark.parametrize("hours", [
    "0", "-1", "1e308", "-1e308", "NaN", "Infinity", '"24"', "0.0001", "9999", "168.0001", "0.016", "true", "[24]", "{}", "1e999",
    "9" * 400])
def test_b20_a_timeout_is_a_number_of_hours_within_bounds(same_edge: Edge, hours: str) -> None:
    body = json.dumps({**REQUEST, "taskId": "b20", "requestedBy": "ci-bot"})[:-1] + f', "timeoutHours": {hours}}}'
    with no_effect(same_edge, by=None):
        refused = same_edge.post("/approvals", "app:ci", content=body.encode(), headers={"Content-Type": "application/json"})
    assert refused.status_code == 400


def test_b21_the_same_request_is_one_record_and_another_is_refused(same_edge: Edge) -> None:
    first = ask(same_edge, task="b21", approvers=["bob@acme.org"])
    with no_effect(same_edge, by=None):
        assert ask(same_edge, task="b21", approvers=["bob@acme.org"]) == first
    others: list[dict[str, Any]] = [
        {"approvers": ["cat@acme.org"]}, {"approvers": []}, {"timeoutHours": 1}, {"context": {"taskType": "other"}},
        {"requestedBy": "another-bot"}, {"hatchetEventKey": "b21"}]
    for other in others:
        with no_effect(same_edge, by="app:ci", refusal="OpenAlready"):
            assert request(same_edge, task="b21", **{"approvers": ["bob@acme.org"], **other}).status_code == 409
    assert same_edge.world.rows("SELECT count(*) FROM approvals WHERE execution_id = :id", id=first["id"]) == [(1,)]


def test_b21_twins_at_the_same_moment_are_one_record(same_edge: Edge) -> None:
    answers = at_once([partial(request, same_edge, task="b21-twins")] * 16)
    assert {answer.status_code for answer in answers} == {201}
    [found] = {answer.json()["id"] for answer in answers}
    assert same_edge.world.rows("SELECT count(*) FROM approvals WHERE execution_id = :id", id=found) == [(1,)]
    assert same_edge.world.audit(found) == ["start", "ask"]


def test_b22_an_event_key_belongs_to_one_open_request(same_edge: Edge) -> None:
    first = ask(same_edge, task="b22-a", hatchetEventKey="b22")
    with no_effect(same_edge, by="app:ci", refusal="EventKeyTaken"):
        assert request(same_edge, task="b22-b", hatchetEventKey="b22").status_code == 409
    approve(same_edge, "bob", first["id"])
    assert ask(same_edge, task="b22-b", hatchetEventKey="b22")["status"] == "pending"


B25 = [
    "%00", "x" * 10_240, "..%2fpending", "../pending", "%2e%2e/pending", "..", "approvals%2Fpending", "pending%0d%0aX-Evil:%201", "%0d%0a",
    "%ff", "pending;x", "pending%3f", "%25%32%66pending", "pending%2f", "\u0440ending", "%F0%9F%92%A9", "'%20OR%201=1--", "$(id)", "%c0%af"]


@pytest.mark.parametrize("strange", B25, ids=lambda text: text[:20])
def test_b25_a_strange_id_reaches_no_other_operation(same_edge: Edge, strange: str) -> None:
    ask(same_edge, task="b25")
    body = json.dumps({"approver": "Bob", "approverEmail": "bob@acme.org"})
    with no_effect(same_edge, by=None):
        for method, path, content in (("GET", f"/approvals/{strange}", ""), ("POST", f"/approvals/{strange}/approve", body),
                                      ("GET", f"/{strange}", ""), ("POST", f"/{strange}/cancel", ""), ("GET", f"/{strange}/logs", "")):
            status, answered = raw(same_edge, method, path, content)
            assert status in (400, 404, 405), path
            assert "approvals" not in answered


def raw(edge: Edge, method: str, path: str, content: str) -> tuple[int, dict[str, Any]]:
    """Send a request as it stands: no client tidies its path up."""
    lines = [f"{method} {PREFIX}{path} HTTP/1.1", "Host: placet", f"Authorization: Bearer {edge.token('bob')}", "Connection: close",
             *(["Content-Type: application/json", f"Content-Length: {len(content)}"] if content else []), "", content]
    with socket.create_connection((edge.http.base_url.host, edge.http.base_url.port or 0), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).encode())
        answer = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, rest = answer.partition(b"\r\n\r\n")
    found = json.loads(rest) if b"application/json" in head else {}
    return int(head.split()[1]), found


def test_b28_what_is_pending_elsewhere_is_not_listed(same_edge: Edge) -> None:
    here = asks_for_access(same_edge)
    there = ask(same_edge, task="b28", callback={"type": "none", "repositoryIdentifier": "other/app"}, approvers=["eve@other.org"])["id"]
    listed = {who: [a["id"] for a in same_edge.get("/approvals/pending", who).json()["approvals"]]
              for who in ("ann", "bob", "dan", "eve", "app:ci")}
    for who in ("ann", "bob", "dan"):
        assert here in listed[who]
        assert there not in listed[who]
    assert listed["eve"] == [there]
    assert {here, there} <= set(listed["app:ci"])


@pytest.mark.parametrize(("content", "kind", "status"), [
    ('{"approverEmail": "bob@acme.org"}', "application/json", 400), ('{"approver": "Bob"}', "application/json", 400),
    ("{}", "application/json", 400), ("[]", "application/json", 400), ("null", "application/json", 400), ("", "application/json", 400),
    ('{"approver": 7, "approverEmail": "bob@acme.org"}', "application/json", 400),
    ('{"approver": "Bob", "approverEmail": ["bob@acme.org"]}', "application/json", 400),
    ('{"approver": "Bob", "approverEmail": "eve@x", "approverEmail": "bob@acme.org"}', "application/json", 400),
    ('{"approver": "Bob", "approverEmail": "bob@acme.org"', "application/json", 400), ("approve", "application/json", 400),
    ('{"approver": "Bob", "approverEmail": "bob@acme.org", "digest": "short"}', "application/json", 400),
    ('{"approver": "Bob", "approverEmail": "bob@acme.org", "x": ' + "[" * 5_000 + "]" * 5_000 + "}", "application/json", 400),
    ('{"approver": "Bob", "approverEmail": "bob@acme.org"}', "text/plain", 415),
    ("approver=Bob&approverEmail=bob@acme.org", "application/x-www-form-urlencoded", 415),
], ids=lambda value: str(value)[:30])
def test_b30_an_answer_of_the_wrong_shape_is_refused_in_sentences(same_edge: Edge, content: str, kind: str, status: int) -> None:
    target = ask(same_edge, task="b30")["id"]
    with no_effect(same_edge, by=None):
        refused = same_edge.post(f"/approvals/{target}/approve", "bob", content=content.encode(), headers={"Content-Type": kind})
    assert refused.status_code == status
    assert said(refused)


def test_b32_a_reason_is_short_and_kept_as_it_was_written(same_edge: Edge) -> None:
    target = ask(same_edge, task="b32")["id"]
    for size, status in ((2_001, 400), (1_000_000, 400), (1_048_577, 413)):
        with no_effect(same_edge, by=None):
            assert reject(same_edge, "bob", target, reason="x" * size).status_code == status
    with no_effect(same_edge, by=None):
        assert reject(same_edge, "bob", target, reason="a\x00b").status_code == 400
    reason = "no\r\n*APPROVED by @ceo* <!channel> <@U1> </script><b>\x1b[31m \u202e \u2028 &amp; \U0001f4a9"
    rejected = reject(same_edge, "bob", target, reason=reason)
    assert rejected.json()["context"]["reason"] == reason
    assert rejected.text.isascii()
    assert "\x1b" not in rejected.text
    assert approval(same_edge, target)["context"]["reason"] == reason
