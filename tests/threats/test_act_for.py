"""Attacks by way of answers in somebody's name: a bridge of an owner's may give them, and both of them have to be such as may."""

import json
from typing import Any

import jwt
import pytest
from httpx import Response

from core.domain.people import Role
from core.flows.context import FlowContext
from tests.api.edge import Edge
from tests.core.stage import Nothing, teach
from tests.rest.talk import approval, ask, asks_for_access, bearer, run, said, shown
from tests.threats.effects import no_effect

pytestmark = pytest.mark.database


def acts(edge: Edge, bridge: str, whose: str, target: str, verb: str = "approve", *, act_for: bool = True, role: Role = Role.OWNER,
         **more: Any) -> Response:
    """Answer in somebody's name with the token of a bridge; `whose`: an e-mail."""
    word = "approver" if verb == "approve" else "rejector"
    return edge.post(f"/approvals/{target}/{verb}", None, {word: "As they said", f"{word}Email": whose, **more},
                     headers=bearer(edge, bridge, role=role, act_for=act_for))


def recorded(edge: Edge, target: str) -> list[tuple[str, str | None, str | None]]:
    return [tuple(row) for row in edge.world.rows(
        "SELECT a.email, a.acted_by, p.email FROM answers a JOIN approvals q ON q.id = a.approval_id "
        "LEFT JOIN people p ON p.id = a.acted_by_id WHERE q.execution_id = :run ORDER BY a.at", run=target)]


def decided(edge: Edge, target: str) -> list[tuple[str, Any]]:
    return [(actor, json.loads(facts).get("actedBy")) for actor, facts in edge.world.rows(
        "SELECT actor, facts FROM audit WHERE kind = 'decide' AND execution_id = :run ORDER BY seq", run=target)]


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_a_bridge_answers_for_an_owner_and_both_stand_in_answer_and_audit(edge: Edge, verb: str) -> None:
    target = asks_for_access(edge)
    answered = acts(edge, "cat", "BOB@acme.org", target, verb)
    assert answered.status_code == 200
    assert answered.json()["resolvedBy"] == "bob@acme.org"
    assert recorded(edge, target) == [("bob@acme.org", "cat@acme.org", "cat@acme.org")]
    assert decided(edge, target) == [("bob@acme.org", "cat@acme.org")]


def test_b02_without_that_right_nobody_answers_for_another(edge: Edge) -> None:
    target = asks_for_access(edge)
    for role in (Role.OWNER, Role.MEMBER):
        with no_effect(edge, by="cat@acme.org", refusal="NotYourself"):
            assert acts(edge, "cat", "bob@acme.org", target, act_for=False, role=role).status_code == 403


def test_a_right_in_a_token_that_is_no_owners_is_none(edge: Edge) -> None:
    """The command line mints none of that kind; one that there is all the same does nothing."""
    target = asks_for_access(edge)
    with no_effect(edge, by="cat@acme.org", refusal="NotYourself"):
        assert acts(edge, "cat", "bob@acme.org", target, role=Role.MEMBER).status_code == 403
    with no_effect(edge, by="app:ci", refusal="RoleTooLow"):
        assert acts(edge, "app:ci", "bob@acme.org", target).status_code == 403


def test_whoever_only_owns_another_project_answers_for_nobody(edge: Edge) -> None:
    target = asks_for_access(edge)
    with no_effect(edge, by="eve@other.org", refusal="NotFound"):
        assert acts(edge, "eve", "bob@acme.org", target).status_code == 404
    edge.world.admit("eve", Role.MEMBER)
    with no_effect(edge, by="eve@other.org", refusal="RoleTooLow"):
        assert acts(edge, "eve", "bob@acme.org", target).status_code == 403


def test_b06_a_bridge_whose_owner_asked_answers_for_nobody(edge: Edge) -> None:
    target = asks_for_access(edge, "bob")
    with no_effect(edge, by="bob@acme.org", refusal="SelfApproval"):
        assert acts(edge, "bob", "cat@acme.org", target).status_code == 403


@pytest.mark.parametrize("who", ["ann@acme.org", "ANN@acme.org"])
def test_b06_nobody_answers_for_whoever_asked(edge: Edge, who: str) -> None:
    target = ask(edge, "ann", "b06-for", approvers=["ann@acme.org", "bob@acme.org"])["id"]
    with no_effect(edge, by="cat@acme.org", refusal="SelfApproval"):
        assert acts(edge, "cat", who, target).status_code == 403


def test_b08_a_bridge_answers_for_nobody_where_its_owner_started_the_parent(edge: Edge) -> None:
    """The child's request is an application's; who started the run above it benefits all the same."""
    parent = asks_for_access(edge, "bob")
    child = edge.post("/internal/register-child", "app:ci", {
        "parentTaskExecutionId": parent, "taskType": "job", "flowPath": "job", "repositoryIdentifier": "acme/app"}).json()["executionId"]
    target = ask(edge, task=child, approvers=["bob@acme.org", "cat@acme.org"])["id"]
    for bridge, whose in (("bob", "cat@acme.org"), ("cat", "bob@acme.org")):
        with no_effect(edge, by=f"{bridge}@acme.org", refusal="SelfApproval"):
            assert acts(edge, bridge, whose, target).status_code == 403


@pytest.mark.parametrize(("whose", "said_of"), [
    ("nobody@acme.org", "Only bob@acme.org and cat@acme.org"), ("dan@acme.org", "Only bob@acme.org and cat@acme.org"),
    ("eve@other.org", "Only bob@acme.org and cat@acme.org"), ("b\u043eb@acme.org", "Only bob@acme.org and cat@acme.org")])
def test_nobody_answers_for_one_who_may_not(edge: Edge, whose: str, said_of: str) -> None:
    target = asks_for_access(edge)
    with no_effect(edge, by="cat@acme.org", refusal="NotAnApprover"):
        refused = acts(edge, "cat", whose, target)
    assert (refused.status_code, said(refused)) == (403, f"{said_of} can answer this one.")


def test_b14_nobody_answers_for_a_disabled_person(edge: Edge) -> None:
    target = asks_for_access(edge)
    edge.world.disable("bob")
    with no_effect(edge, by="cat@acme.org", refusal="NotAnApprover"):
        assert acts(edge, "cat", "bob@acme.org", target).status_code == 403


def test_a_person_counts_once_whoever_says_so(edge: Edge) -> None:
    target = run(edge, "deploy_by-two")
    for _ in range(2):
        assert acts(edge, "cat", "bob@acme.org", target).json()["status"] == "pending"
    answered = approval(edge, target)["answers"]
    assert [(a["email"], a.get("actedBy")) for a in answered] == [("bob@acme.org", "cat@acme.org")]
    assert acts(edge, "bob", "cat@acme.org", target).json()["status"] == "approved"


@pytest.mark.parametrize("change", ["disabled", "member", "gone"])
def test_c18_a_yes_of_a_bridge_whose_owner_may_not_any_more_does_not_open_the_gate(edge: Edge, change: str) -> None:
    world, target = edge.world, asks_for_access(edge)
    assert acts(edge, "cat", "bob@acme.org", target).status_code == 200
    if change == "disabled":
        world.disable("cat")
    else:
        world.admit("cat", Role.MEMBER if change == "member" else None)
    world.work()
    failed = shown(edge, target)
    assert (failed["status"], failed["error"]) == ("Failed", "bob@acme.org approved it and may not any more")
    assert world.access.calls == []


def test_an_earlier_yes_of_such_a_bridge_does_not_count_for_the_quorum(edge: Edge) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?", approvers=("bob@acme.org", "dan@acme.org"), required=2)

    teach(edge.world, probe)
    target = edge.world.run(flow="probe").id
    edge.world.work()
    assert acts(edge, "cat", "bob@acme.org", target).json()["status"] == "pending"
    edge.world.admit("cat", Role.MEMBER)
    assert edge.world.approves("dan", target).approval.status == "pending"


@pytest.mark.parametrize("claim", ["act_for", "break_glass"])
@pytest.mark.parametrize(("in_token", "remembered"), [(True, False), (False, True), ("true", True), (1, True), (None, True)], ids=str)
def test_a_right_that_the_token_was_not_minted_with_lets_nobody_in(edge: Edge, claim: str, in_token: Any, remembered: bool) -> None:
    token = edge.remember("bob", act_for=remembered and claim == "act_for", break_glass=remembered and claim == "break_glass")
    claims = jwt.decode(edge.issuer.mint(token), options={"verify_signature": False})
    claims.pop(claim, None)
    forged = jwt.encode(claims if in_token is False else {**claims, claim: in_token}, edge.issuer._private, "EdDSA",
                        headers={"typ": "placet+jwt"})
    answered = edge.get("/runs?repositoryIdentifier=acme/app", None, headers={"Authorization": f"Bearer {forged}"})
    assert answered.status_code == 401


def test_what_nobody_has_a_right_to_is_no_claim_of_a_token(edge: Edge) -> None:
    claims = jwt.decode(edge.token("bob"), options={"verify_signature": False})
    assert not {"act_for", "break_glass"} & set(claims)
