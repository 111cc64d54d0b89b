"""Attacks by way of break-glass: who skips an approval, where, and that it is heard."""

import json
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response

from core.domain.people import Role
from core.engine.run_flow import RunFlow, RunOrder
from core.flows.context import FlowContext
from tests.api.edge import ACCESS, Edge
from tests.core.stage import AT_ONCE, Nothing, Once, lease_passes, teach
from tests.rest.talk import approve, asks_for_access, bearer, configure, runs, said, shown
from tests.threats.effects import no_effect
from tests.world import PROJECT, World, new_id

pytestmark = pytest.mark.database

SKIP: dict[str, Any] = {"skipApproval": True, "skipReason": "the pager rings and nobody answers"}


def skips(edge: Edge, who: str = "bob", *, role: Role = Role.OWNER, break_glass: bool = True, projects: tuple[str, ...] | None = None,
          **more: Any) -> Response:
    """Ask for access without asking anybody."""
    payload = {name: value for name, value in {**ACCESS, **SKIP, **more}.items() if value is not None}
    return edge.post("/run", None, {"payload": payload}, headers=bearer(edge, who, role=role, projects=projects, break_glass=break_glass))


def told(edge: Edge, kind: str = "break_glass") -> list[tuple[str, dict[str, Any]]]:
    return [(actor, json.loads(facts)) for actor, facts in edge.world.rows(
        "SELECT actor, facts FROM audit WHERE kind = :kind ORDER BY project_id, seq", kind=kind)]


def metric(edge: Edge, kind: str) -> str:
    wanted = f'placet_notices_total{{kind="{kind}"}} '
    return next(line for line in edge.service.metrics.render().decode().splitlines() if line.startswith(wanted)).removeprefix(wanted)


def test_c02_an_owner_with_break_glass_skips_the_approval_and_it_is_heard(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    assert metric(edge, "break_glass") == "0.0"
    with caplog.at_level(logging.INFO, "placet.notices"):
        started = skips(edge)
    assert started.status_code == 201
    target = started.json()["id"]
    assert told(edge) == [("bob@acme.org", {
        "flow": ACCESS["id"], "taskType": ACCESS["id"], "reason": SKIP["skipReason"], "severity": "high"})]
    assert [(record.levelname, record.getMessage()) for record in caplog.records if record.name == "placet.notices"] == [
        ("WARNING", "owners.told")]
    assert metric(edge, "break_glass") == "1.0"
    edge.world.work()
    assert len(edge.world.access.live()) == 1
    assert edge.world.audit(target)[:3] == ["start", "break_glass", "gate"]


def test_c02_no_approval_pretends_to_have_been_given(edge: Edge) -> None:
    target = skips(edge).json()["id"]
    edge.world.work()
    assert edge.world.rows("SELECT id FROM approvals") == []
    assert edge.get(f"/approvals/{target}", "bob").status_code == 404
    found = shown(edge, target)
    assert (found["skippedBy"], found["skipReason"], "approval" in found) == ("bob@acme.org", SKIP["skipReason"], False)
    assert not {"skipApproval", "skipReason"} & set(found["payload"])
    [listed] = runs(edge)["runs"]
    assert (listed["skippedBy"], listed["skipReason"]) == ("bob@acme.org", SKIP["skipReason"])
    assert f"approval skipped with break-glass by bob@acme.org: {SKIP['skipReason']}" in edge.get(f"/{target}/logs", "bob").json()["logs"]
    [(_, gate)] = told(edge, "gate")
    [(row,)] = edge.world.rows("SELECT result FROM steps WHERE execution_id = :run AND kind = 'approval'", run=target)
    assert (gate["status"], gate["passed"], gate["by"], gate["reason"]) == ("skipped", True, "bob@acme.org", SKIP["skipReason"])
    assert json.loads(row)["digest"] == gate["digest"] != ""
    with edge.world.database.read() as tx:
        [(_, _, by)] = tx.grants.live()
    assert (by.yes, by.break_glass) == ((), "bob@acme.org")


def test_c02_access_that_was_taken_so_is_taken_back_as_any_other(edge: Edge) -> None:
    target = skips(edge).json()["id"]
    edge.world.work()
    edge.world.later(hours=1, seconds=1)
    edge.world.work()
    assert (edge.world.access.live(), shown(edge, target)["status"]) == ([], "Completed")


def test_what_was_asked_is_not_marked(edge: Edge) -> None:
    target = asks_for_access(edge)
    approve(edge, "bob", target)
    edge.world.work()
    assert not {"skippedBy", "skipReason"} & set(shown(edge, target))
    with edge.world.database.read() as tx:
        [(_, _, by)] = tx.grants.live()
    assert (by.yes, by.break_glass) == (("bob@acme.org",), None)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("bob", {"break_glass": False}), ("bob", {"role": Role.MEMBER}), ("ann", {}), ("dan", {}), ("app:ci", {}), ("bob", {"id": "two-gates"})]


@pytest.mark.parametrize(("who", "how"), REFUSED, ids=str)
def test_c02_nobody_else_does_and_no_flow_that_does_not_allow_it(same_edge: Edge, who: str, how: dict[str, Any]) -> None:
    with no_effect(same_edge, by=who if who.startswith("app:") else f"{who}@acme.org", refusal="BreakGlassOnly"):
        refused = skips(same_edge, who, **how)
    assert (refused.status_code, said(refused)[:33]) == (403, "Approval cannot be skipped here: ")
    assert told(same_edge) == []


def test_c02_an_owner_elsewhere_does_not(same_edge: Edge) -> None:
    with no_effect(same_edge, by=None):
        assert skips(same_edge, "eve").status_code == 400
        assert skips(same_edge, "bob", projects=("other/app",)).status_code == 400


@pytest.mark.parametrize("reason", [None, "", "  ", "\n\t", 7, True, ["urgent"], {"why": "urgent"}, "x" * 2_001], ids=lambda r: repr(r)[:9])
def test_c02_it_takes_a_reason(same_edge: Edge, reason: Any) -> None:
    with no_effect(same_edge, by=None):
        refused = skips(same_edge, skipReason=reason)
    assert (refused.status_code, said(refused)) == (400, "skipReason must say why approval is skipped, in 1 to 2000 characters.")


@pytest.mark.parametrize("skip", [1, "true", {}, [], 0.5], ids=repr)
def test_c02_it_is_asked_for_in_one_way_only(same_edge: Edge, skip: Any) -> None:
    with no_effect(same_edge, by=None):
        refused = skips(same_edge, skipApproval=skip)
    assert (refused.status_code, said(refused)) == (400, "skipApproval must be true or false.")


def test_c02_a_reason_alone_skips_nothing(edge: Edge) -> None:
    target = skips(edge, skipApproval=False).json()["id"]
    edge.world.work()
    assert (shown(edge, target)["status"], edge.world.access.calls) == ("Suspended", [])


def test_c02_the_same_request_again_is_told_once(edge: Edge) -> None:
    token = bearer(edge, "bob", break_glass=True)
    answers = [edge.post("/run", None, {"payload": {**ACCESS, **SKIP}}, headers={**token, "Idempotency-Key": "glass"}) for _ in range(2)]
    assert [a.status_code for a in answers] == [201, 201]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert len(told(edge)) == 1


def ended(edge: Edge) -> str:
    target = asks_for_access(edge)
    edge.post(f"/{target}/cancel", "ann")
    edge.world.work()
    return target


def test_c02_running_again_skips_likewise(edge: Edge) -> None:
    target = ended(edge)
    for who, break_glass in (("bob", False), ("ann", True)):
        with no_effect(edge, by=f"{who}@acme.org", refusal="BreakGlassOnly"):
            assert edge.post(f"/{target}/rerun", None, {"payloadOverrides": SKIP},
                             headers=bearer(edge, who, break_glass=break_glass)).status_code == 403
    for overrides in ({**SKIP, "skipReason": " "}, {**SKIP, "nonsense": 1}):
        assert edge.post(f"/{target}/rerun", None, {"payloadOverrides": overrides},
                         headers=bearer(edge, "bob", break_glass=True)).status_code == 400
    again = edge.post(f"/{target}/rerun", None, {"payloadOverrides": SKIP}, headers=bearer(edge, "bob", break_glass=True))
    assert again.status_code == 201
    edge.world.work()
    assert shown(edge, again.json()["id"])["skippedBy"] == "bob@acme.org"
    assert len(edge.world.access.live()) == len(told(edge)) == 1


def test_c03_what_was_skipped_once_is_asked_when_it_is_run_again(edge: Edge) -> None:
    token, target = bearer(edge, "bob", break_glass=True), skips(edge).json()["id"]
    edge.world.work()
    edge.world.later(minutes=55)
    edge.world.cancels("bob", target)
    edge.world.work()
    again = edge.post(f"/{target}/rerun", None, {}, headers=token)
    assert again.status_code == 201, again.text
    edge.world.work()
    found = shown(edge, again.json()["id"])
    assert (found["status"], "skippedBy" in found) == ("Suspended", False)


@pytest.mark.parametrize(("happens", "why"), [
    (lambda world: world.disable("bob"), "bob@acme.org skipped the approval with break-glass and may not any more"),
    (lambda world: world.admit("bob", Role.MEMBER), "bob@acme.org skipped the approval with break-glass and may not any more"),
    (lambda world: world.admit("bob", None), "bob@acme.org skipped the approval with break-glass and may not any more"),
], ids=["disabled", "member", "gone"])
def test_c18_who_may_not_any_more_does_not_get_through_the_gate(edge: Edge, happens: Callable[[World], None], why: str) -> None:
    target = skips(edge).json()["id"]
    happens(edge.world)
    edge.world.work()
    found = shown(edge, target, "cat")
    assert (found["status"], found["error"], edge.world.access.calls) == ("Failed", why, [])
    assert told(edge, "gate")[0][1]["passed"] is False


def test_c14_a_disabled_type_is_not_run_by_break_glass_either(edge: Edge) -> None:
    target = skips(edge).json()["id"]
    assert configure(edge, "cat", ACCESS["id"], "disable").status_code == 200
    assert skips(edge).status_code == 400
    edge.world.work()
    assert (shown(edge, target)["error"], edge.world.access.calls) == ("flow type disabled", [])


def test_c06_neither_the_type_that_was_asked_for_nor_the_one_that_runs_may_forbid_it(edge: Edge) -> None:
    assert configure(edge, "bob", "two-gates", "override", overrideFlowTypeId=ACCESS["id"]).status_code == 200
    with no_effect(edge, by="bob@acme.org", refusal="BreakGlassOnly"):
        assert skips(edge, id="two-gates").status_code == 403
    assert configure(edge, "bob", ACCESS["id"], "override", overrideFlowTypeId="two-gates").status_code == 400
    assert configure(edge, "bob", "two-gates", "override", "DELETE").status_code == 200
    assert configure(edge, "bob", ACCESS["id"], "override", overrideFlowTypeId="two-gates").status_code == 200
    with no_effect(edge, by="bob@acme.org", refusal="BreakGlassOnly"):
        assert skips(edge).status_code == 403


def test_c06_an_owner_who_lets_an_unguarded_flow_run_instead_is_heard(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "placet.notices"):
        assert configure(edge, "bob", ACCESS["id"], "override", overrideFlowTypeId="chatty").status_code == 200
        assert configure(edge, "bob", ACCESS["id"], "override", "DELETE").status_code == 200
    [(actor, facts)] = told(edge, "override-flow")
    assert (actor, facts["severity"], facts["override"]) == ("bob@acme.org", "high", "chatty")
    assert "severity" not in told(edge, "remove-override")[0][1]
    assert [record.levelname for record in caplog.records if record.name == "placet.notices"] == ["WARNING"]
    assert (metric(edge, "override-flow"), metric(edge, "remove-override")) == ("1.0", "0.0")


def test_c06_so_is_one_who_takes_away_the_flow_that_asks(edge: Edge) -> None:
    assert configure(edge, "bob", "unasked", "override", overrideFlowTypeId=ACCESS["id"]).status_code == 200
    assert configure(edge, "bob", "unasked", "override", "DELETE").status_code == 200
    assert [facts["severity"] for _, facts in told(edge, "remove-override")] == ["high"]
    assert metric(edge, "remove-override") == "1.0"


def glass_run(world: World) -> str:
    return RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id).run(
        replace(world.caller("bob"), break_glass=True), RunOrder(payload={"id": "probe", "repositoryIdentifier": PROJECT, **SKIP})).id


def test_every_gate_of_the_run_is_skipped_and_each_is_written_down(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> dict[str, Any]:
        return {"first": list(ctx.approval("A?").by), "second": list(ctx.approval("B?", approvers=("group:none",), required=9).by)}

    teach(world, probe, break_glass=True)
    run = glass_run(world)
    world.work()
    assert world.see(run).execution.result == {"first": [], "second": []}
    assert world.audit(run) == ["start", "break_glass", "gate", "gate", "return", "settle"]


def test_a_run_below_asks_by_itself(world: World) -> None:
    def child(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("And below?")

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?")
        ctx.spawn("child", {})
        ctx.children()

    teach(world, child, id="child", break_glass=True)
    teach(world, probe, break_glass=True)
    run = glass_run(world)
    world.work()
    [below] = world.see(run).children
    assert (below.execution.status, below.execution.skip_reason) == ("suspended", None)


def test_c18_a_gate_that_was_passed_is_not_looked_at_again(world: World) -> None:
    def effect(_: Any, *, effect: Any) -> str:
        return "done"

    def probe(ctx: FlowContext, _: Nothing) -> str:
        ctx.approval("May it?")
        gone()
        ctx.step("do", effect)
        ctx.now()
        return "went on"

    gone = Once(lambda: world.disable("bob"))
    teach(world, probe, break_glass=True, retry=AT_ONCE)
    run = glass_run(world)
    world.work()
    assert world.see(run, who="cat").execution.result == {"value": "went on"}


def test_a_type_that_does_not_allow_it_any_more_lets_nobody_through(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?")

    teach(world, probe, break_glass=True)
    run = glass_run(world)
    teach(world, probe)
    world.work()
    assert world.see(run).execution.error == "the approval of probe may not be skipped any more"


def test_a_run_that_was_cancelled_just_before_does_not_pass(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        cancelled()
        ctx.approval("May it?")

    teach(world, probe, break_glass=True)
    run = glass_run(world)
    cancelled = Once(lambda: world.cancels("cat", run))
    world.work()
    assert (world.see(run).execution.status, world.audit(run)) == ("cancelled", ["start", "break_glass", "cancel", "settle"])


def test_a_worker_that_was_taken_for_dead_does_not_pass_and_the_next_does_once(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        overtaken()
        return "passed" if ctx.approval("May it?").skipped else "asked"

    def overtake() -> None:
        lease_passes(world)
        world.work()

    teach(world, probe, break_glass=True)
    run, overtaken = glass_run(world), Once(overtake)
    world.work()
    assert world.see(run).execution.result == {"value": "passed"}
    assert world.audit(run) == ["start", "break_glass", "gate", "return", "settle"]
