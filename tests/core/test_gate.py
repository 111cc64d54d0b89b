"""The gate: passed only while all that was approved still stands."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from core.domain.people import Role
from core.flows.context import FlowContext, NotApproved
from integrations.database.tables import approvals, executions
from tests.core.stage import Nothing, teach
from tests.world import World

pytestmark = pytest.mark.database


def access(world: World) -> str:
    """Ask for access, and have it approved."""
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    return run.id


def refused_at_the_gate(world: World, run: str, reason: str) -> bool:
    """Let the run go on; tell whether it failed for that reason, without an effect, and whether the approval's own record has stayed."""
    world.work()
    failed = world.see(run, who="cat").execution
    stayed = world.rows("SELECT status FROM approvals") == [("approved",)]
    return (failed.status, failed.error) == ("failed", reason) and stayed and world.access.calls == [] and failed.settled_at is not None


def test_c18_an_approver_disabled_after_the_yes(world: World) -> None:
    run = access(world)
    world.disable("bob")
    assert refused_at_the_gate(world, run, "bob@acme.org approved it and may not any more")
    assert "gate" in world.audit(run)


def test_c18_an_approver_who_is_no_owner_any_more(world: World) -> None:
    run = access(world)
    world.admit("bob", Role.MEMBER)
    assert refused_at_the_gate(world, run, "bob@acme.org approved it and may not any more")


def test_c18_a_requester_disabled_after_the_yes(world: World) -> None:
    run = access(world)
    world.disable("ann")
    assert refused_at_the_gate(world, run, "ann@acme.org, who asked, has been disabled")


def test_a_payload_that_is_another_than_was_approved(world: World) -> None:
    run = access(world)
    with world.database.writer.begin() as connection:
        payload = {**world.see(run).execution.payload, "targetOrg": "everything"}
        connection.execute(update(executions).where(executions.c.id == run).values(payload=payload))
    assert refused_at_the_gate(world, run, "what was approved is not what would run: the request has changed since")


def test_a_digest_that_is_another_than_was_approved(world: World) -> None:
    run = access(world)
    with world.database.writer.begin() as connection:
        connection.execute(update(approvals).values(digest="0" * 64))
    assert refused_at_the_gate(world, run, "what was approved is not what would run: the request has changed since")


def test_c16_a_run_rung_while_its_approval_is_open_does_nothing(world: World) -> None:
    run = world.asks_for_access("ann")
    for _ in range(3):
        with world.database.begin() as tx:
            tx.leases.ring(run.id)
        assert world.work() == 1
    assert world.access.calls == []
    assert world.see(run).execution.status == "suspended"


def test_a_gate_once_passed_is_not_asked_again(world: World) -> None:
    run = access(world)
    world.work()
    assert len(world.access.live()) == 1

    world.disable("bob")
    world.disable("ann")
    world.later(hours=1)
    world.work()
    assert world.see(run, who="cat").execution.status == "completed"
    assert world.access.live() == []


def test_a_failed_gate_cannot_be_caught_by_the_flow(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        try:
            ctx.approval("May it?")
        except BaseException:
            return "went on all the same"
        return "approved"

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    world.approves("bob", run)
    world.disable("bob")
    world.work()
    failed = world.see(run, who="cat").execution
    assert (failed.status, failed.result) == ("failed", None)


def test_a_quorum_is_counted_once_more_at_the_gate(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        ctx.approval("May it?", required=2)
        return "passed"

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    wakes = world.wakes(run)
    world.approves("bob", run)
    assert (world.wakes(run), world.work()) == (wakes, 0)
    world.approves("cat", run)
    assert world.wakes(run) == wakes + 1

    world.admit("cat", None)
    world.work()
    assert world.see(run).execution.error == "cat@acme.org approved it and may not any more"


def test_a_refusal_is_what_the_flow_may_catch_and_a_second_gate_asks_anew(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        try:
            ctx.approval("A lot?")
        except NotApproved as refusal:
            ctx.approval(f"{refusal.status}: then a little?", timeout=timedelta(hours=1))
            return "a little"
        return "a lot"

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    first = world.approval(run).approval
    world.rejects("bob", run, reason="too much")
    world.work()
    second = world.approval(run).approval
    assert (second.question, second.status) == ("rejected: then a little?", "pending")
    assert first.digest != second.digest

    world.approves("cat", run)
    world.work()
    assert world.see(run).execution.result == {"value": "a little"}
    assert "rejected by bob@acme.org: too much" in world.log(run)


def test_a_request_is_open_for_as_long_as_its_flow_says(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("Soon?")

    teach(world, probe, timeout=timedelta(hours=2))
    run = world.run(flow="probe")
    world.work()
    asked = world.approval(run).approval
    assert asked.expires_at - asked.requested_at == timedelta(hours=2)
