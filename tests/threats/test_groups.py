"""Attacks by way of groups: who is in one, since when, and what a request may make of it."""

from functools import partial
from typing import Any

import pytest
from sqlalchemy import event

from core.domain.people import Role
from core.errors import ApproversWidened, NotAnApprover
from core.flows.context import FlowContext
from tests.api.edge import Edge
from tests.core.stage import Nothing, teach
from tests.rest.talk import approval, approve, ask, asks_for_access, reject, request, said, shown
from tests.threats.at_once import at_once
from tests.threats.effects import no_effect
from tests.world import World

pytestmark = pytest.mark.database

OPS = ["group:ops"]


def test_a_group_answers_and_stands_as_it_is_named(edge: Edge) -> None:
    edge.world.group("ops", "dan")
    target = ask(edge, task="g1", approvers=OPS)["id"]
    assert approval(edge, target)["approvers"] == OPS
    with no_effect(edge, by="bob@acme.org", refusal="NotAnApprover"):
        refused = approve(edge, "bob", target)
    assert (refused.status_code, said(refused)) == (403, "Only group:ops can answer this one.")
    assert approve(edge, "dan", target).json()["resolvedBy"] == "dan@acme.org"


@pytest.mark.parametrize("answer", [approve, reject])
def test_b14_who_was_taken_out_of_the_group_cannot_answer(edge: Edge, answer: Any) -> None:
    edge.world.group("ops", "dan", "cat")
    target = ask(edge, task="b14-group", approvers=OPS)["id"]
    edge.world.group("ops", "cat")
    with no_effect(edge, by="dan@acme.org", refusal="NotAnApprover"):
        assert answer(edge, "dan", target).status_code == 403
    assert answer(edge, "cat", target).status_code == 200


def test_b14_who_is_put_into_the_group_after_the_question_can_answer(edge: Edge) -> None:
    edge.world.group("ops", "cat")
    target = ask(edge, task="b14-late", approvers=OPS)["id"]
    edge.world.group("ops", "dan")
    assert approve(edge, "dan", target).status_code == 200


def test_b14_one_of_the_group_without_a_role_in_the_project_cannot_answer(edge: Edge) -> None:
    edge.world.group("ops", "dan", "eve", "cat")
    target = ask(edge, task="b14-role", approvers=OPS)["id"]
    with no_effect(edge, by="eve@other.org", refusal="NotFound"):
        assert approve(edge, "eve", target).status_code == 404
    edge.world.admit("dan", None)
    with no_effect(edge, by="dan@acme.org", refusal="NotFound"):
        assert approve(edge, "dan", target).status_code == 404
    edge.world.disable("cat")
    with no_effect(edge, by=None):
        assert approve(edge, "cat", target).status_code == 401


def test_b14_a_group_of_that_name_in_another_project_is_another(edge: Edge) -> None:
    edge.world.group("ops", "dan", project="other/app")
    edge.world.group("ops", "cat")
    target = ask(edge, task="b14-elsewhere", approvers=OPS)["id"]
    with no_effect(edge, by="dan@acme.org", refusal="NotAnApprover"):
        assert approve(edge, "dan", target).status_code == 403


def test_b14_a_group_that_was_removed_names_nobody(edge: Edge) -> None:
    edge.world.group("ops", "dan")
    target = ask(edge, task="b14-gone", approvers=OPS)["id"]
    project = edge.world.project()
    with edge.world.database.begin() as tx:
        tx.groups.remove(project.id, "ops")
    with no_effect(edge, by="dan@acme.org", refusal="NotAnApprover"):
        assert approve(edge, "dan", target).status_code == 403


def test_b06_whoever_asks_cannot_answer_as_one_of_a_group(edge: Edge) -> None:
    edge.world.group("ops", "ann", "dan")
    target = ask(edge, "ann", "b06-group", approvers=OPS)["id"]
    with no_effect(edge, by="ann@acme.org", refusal="SelfApproval"):
        assert approve(edge, "ann", target).status_code == 403


def test_b08_whoever_started_the_parent_cannot_answer_as_one_of_a_group(edge: Edge) -> None:
    edge.world.group("ops", "bob", "dan")
    parent = asks_for_access(edge, "bob")
    child = edge.post("/internal/register-child", "app:ci", {
        "parentTaskExecutionId": parent, "taskType": "job", "flowPath": "job", "repositoryIdentifier": "acme/app"}).json()["executionId"]
    target = ask(edge, task=child, approvers=OPS)["id"]
    with no_effect(edge, by="bob@acme.org", refusal="SelfApproval"):
        assert approve(edge, "bob", target).status_code == 403
    assert approve(edge, "dan", target).status_code == 200


@pytest.mark.parametrize(("approvers", "wrong"), [
    (["group:none"], "approvers names group:none, and there is no such group in acme/app."),
    (["bob@acme.org", "group:none"], "approvers names group:none, and there is no such group in acme/app."),
    (["group:OPS"], "approvers must be e-mail addresses or group:<name>, got 'group:OPS'."),
    (["group:"], "approvers must be e-mail addresses or group:<name>, got 'group:'."),
    (["group:ops,qa"], "approvers must be e-mail addresses or group:<name>, got 'group:ops,qa'."),
    (["group:%"], "approvers must be e-mail addresses or group:<name>, got 'group:%'."),
    (["github:acme/ops"], "approvers of the kind github: are not set up here: name people by their e-mail, or a group as group:<name>."),
    (["slack:T1/S1"], "approvers of the kind slack: are not set up here: name people by their e-mail, or a group as group:<name>."),
    (["group:ann-only"], "1 must approve, but only 0 of the people named as approvers may: nobody who asks, starts it or benefits."),
    (["group:empty"], "1 must approve, but only 0 of the people named as approvers may: nobody who asks, starts it or benefits."),
    (["group:outside"], "1 must approve, but only 0 of the people named as approvers may: nobody who asks, starts it or benefits."),
], ids=str)
def test_a_group_that_cannot_answer_is_refused_by_name(edge: Edge, approvers: list[str], wrong: str) -> None:
    edge.world.group("ops", "dan")
    edge.world.group("ann-only", "ann")
    edge.world.group("empty")
    edge.world.group("outside", "eve")
    with no_effect(edge, by=None):
        refused = request(edge, "ann", "refused", approvers=approvers)
    assert (refused.status_code, said(refused)) == (400, wrong)


def guarded(world: World, *approvers: str) -> None:
    """A flow type of that name lets only these answer."""
    def deploy(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("Deploy?")

    teach(world, deploy, id="deploy", approvers=approvers)


@pytest.fixture
def guarding(world: World) -> World:
    world.group("ops", "dan", "cat")
    world.group("qa", "dan")
    guarded(world, "group:ops", "bob@acme.org")
    return world


@pytest.mark.parametrize("approvers", [["group:qa"], ["group:ops", "group:qa"], ["ann@acme.org"], ["eve@other.org"]], ids=str)
def test_a_request_does_not_widen_the_groups_of_its_flow_type(guarding: World, approvers: list[str]) -> None:
    with pytest.raises(ApproversWidened):
        guarding.requests("app:ci", approvers=approvers, requested_by="ci-bot")


@pytest.mark.parametrize(("approvers", "who"), [
    (["group:ops"], "cat"), (["bob@acme.org"], "bob"), (["dan@acme.org"], "dan"), ([], "dan"), ([], "bob")], ids=str)
def test_a_request_narrows_them(guarding: World, approvers: list[str], who: str) -> None:
    asked = guarding.requests("app:ci", approvers=approvers, requested_by="ci-bot").approval
    assert asked.approvers == tuple(approvers or ["group:ops", "bob@acme.org"])
    assert guarding.approves(who, asked.ref).approval.status == "approved"


def test_who_was_named_for_a_group_has_to_be_in_it_still(guarding: World) -> None:
    asked = guarding.requests("app:ci", approvers=["dan@acme.org", "cat@acme.org"], requested_by="ci-bot").approval
    guarding.group("ops", "cat")
    with pytest.raises(NotAnApprover):
        guarding.approves("dan", asked.ref)
    assert guarding.approves("cat", asked.ref).approval.status == "approved"


def test_the_same_request_again_is_the_same_record_whatever_the_group_is_by_then(guarding: World) -> None:
    first = guarding.requests("app:ci", approvers=["group:ops"], requested_by="ci-bot").approval
    guarding.group("ops")
    assert guarding.requests("app:ci", approvers=["group:ops"], requested_by="ci-bot").approval == first


def asks_two_of_ops(world: World) -> str:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        ctx.approval("May it?", approvers=OPS, required=2)
        return "passed"

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    return run.id


def test_an_earlier_yes_of_one_who_has_left_the_group_does_not_count_for_the_quorum(world: World) -> None:
    world.group("ops", "bob", "cat", "dan")
    run = asks_two_of_ops(world)
    world.approves("dan", run)
    world.group("ops", "bob", "cat")
    assert world.approves("cat", run).approval.status == "pending"
    assert world.approves("bob", run).approval.status == "approved"
    world.work()
    assert world.see(run).execution.result == {"value": "passed"}


def test_c18_one_who_has_left_the_group_since_does_not_open_the_gate(world: World) -> None:
    world.group("ops", "bob", "cat", "dan")
    run = asks_two_of_ops(world)
    world.approves("dan", run)
    world.approves("cat", run)
    world.group("ops", "bob", "cat")
    world.work()
    failed = world.see(run).execution
    assert (failed.status, failed.error) == ("failed", "dan@acme.org approved it and may not any more")


def test_a_flow_that_names_a_group_that_is_not_there_fails_by_its_name(world: World) -> None:
    run = asks_two_of_ops(world)
    failed = world.see(run).execution
    assert (failed.status, failed.error) == ("failed", "approvers names group:ops, and there is no such group in acme/app.")


def status(edge: Edge, target: str) -> int:
    return approve(edge, "dan", target).status_code


def taken_out(edge: Edge) -> int:
    edge.world.group("ops", "cat")
    return 0


def test_b14_out_of_the_group_and_a_yes_at_the_same_moment_are_one_after_the_other(edge: Edge) -> None:
    """Whichever comes first: a yes that came after is refused, and no answer is lost or doubled."""
    for turn in range(5):
        edge.world.group("ops", "dan", "cat")
        target = ask(edge, task=f"b14-{turn}", approvers=OPS)["id"]
        [said_so, _] = at_once([partial(status, edge, target), partial(taken_out, edge)])
        assert said_so in (200, 403)
        assert approval(edge, target)["status"] == ("approved" if said_so == 200 else "pending")


def statements(world: World, *approvers: str) -> int:
    """How many an answer takes."""
    asked, seen = world.requests("app:ci", f"job-{approvers}", requested_by="ci-bot", approvers=approvers).approval, list[str]()

    def count(*told: Any) -> None:
        seen.append(told[2])

    event.listen(world.database.writer, "before_cursor_execute", count)
    world.approves("bob", asked.ref)
    event.remove(world.database.writer, "before_cursor_execute", count)
    return len(seen)


def test_an_answer_takes_no_more_statements_for_a_group_than_for_a_name(world: World) -> None:
    world.group("ops", "bob", "cat")
    world.group("qa", "bob")
    assert 0 < statements(world, "group:ops", "group:qa") == statements(world, "bob@acme.org") == statements(world)


def test_the_run_and_its_list_show_the_group(edge: Edge) -> None:
    edge.world.group("ops", "dan")
    target = ask(edge, task="g2", approvers=OPS)["id"]
    edge.world.admit("dan", Role.MEMBER)
    assert shown(edge, target)["approval"]["approvers"] == OPS
    assert [a["approvers"] for a in edge.get("/approvals/pending", "dan").json()["approvals"]] == [OPS]
