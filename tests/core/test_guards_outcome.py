"""The guards of a run that has ended: each name begins with the guard's in the model of the run protocol."""

from datetime import timedelta

import pytest

from core.errors import NotFound
from core.flows.context import FlowContext
from tests.core.stage import Nothing, Once, stretch, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def test_no_outcome_check_in_begin__no_effect_begins_after_a_cancel(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.now()
        world.cancels("bob", run)
        ctx.step("give", give, undo=take)

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert ledger.calls == []
    assert world.see(run).execution.status == "cancelled"


def test_no_outcome_check_in_ask__nothing_is_asked_after_a_cancel(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        world.cancels("bob", run)
        ctx.approval("May it?")

    teach(world, probe)
    run = world.run(flow="probe")
    stretch(world)
    assert world.see(run).execution.status == "cancelled"
    with pytest.raises(NotFound):
        world.approval(run)


def test_no_gate_check__an_approved_gate_is_not_passed_after_a_cancel(world: World) -> None:
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    claim = world.advance.claim()
    assert claim is not None
    world.cancels("bob", run)
    world.advance.run(claim)
    assert world.see(run).execution.status == "cancelled"
    assert "gate" not in world.audit(run)

    world.work()
    assert world.access.calls == []
    assert world.see(run).execution.status == "cancelled"


def test_no_outcome_check_in_refusal__a_refusal_is_not_recorded_after_a_cancel(world: World) -> None:
    run = world.asks_for_access("ann")
    world.rejects("bob", run)
    claim = world.advance.claim()
    assert claim is not None
    world.cancels("bob", run)
    world.advance.run(claim)
    cancelled = world.see(run).execution
    assert (cancelled.status, cancelled.error) == ("cancelled", None)
    assert world.rows("SELECT state FROM steps") == [("begun",)]


def test_no_outcome_check_in_return__a_run_that_returns_after_a_cancel_is_cancelled(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        ctx.step("give", give, undo=take)
        world.cancels("bob", run)
        return "done"

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    cancelled = world.see(run).execution
    assert (cancelled.status, cancelled.outcome, cancelled.result) == ("cancelled", "cancelled", None)
    assert ledger.live == []


def test_no_outcome_check_in_return__a_run_that_fails_after_a_cancel_is_cancelled(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        world.cancels("bob", run)
        raise RuntimeError("too late")

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    cancelled = world.see(run).execution
    assert (cancelled.status, cancelled.outcome, cancelled.error) == ("cancelled", "cancelled", None)


def test_no_outcome_check_in_spawn__nothing_is_spawned_below_a_cancelled_run(world: World) -> None:
    def child(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?")

    def probe(ctx: FlowContext, _: Nothing) -> None:
        world.cancels("bob", run)
        ctx.spawn("child", Nothing())

    teach(world, child, id="child")
    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).children == []
    assert world.see(run).execution.settled_at is not None


def test_refuse_end_after_cancel__an_effect_under_way_when_its_run_is_cancelled_still_ends_and_its_undo_gets_the_result(
        world: World) -> None:
    ledger = Ledger(after=[lambda: world.cancels("bob", run)])

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.step("more", give, undo=take)

    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    assert world.rows("SELECT state FROM steps") == [("done",)]

    world.work()
    assert ledger.results == [{"given": f"{run.id}:1"}]
    assert ledger.calls == [f"give {run.id}:1", f"take {run.id}:1"]


def test_no_outcome_check_in_sleep__a_cancelled_run_falls_not_asleep(world: World) -> None:
    cancel = Once(lambda: world.cancels("bob", run))

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        cancel()
        ctx.sleep(timedelta(days=1))

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert ledger.live == []
    assert world.rows("SELECT kind FROM steps") == [("step",)]
    assert world.see(run).execution.settled_at is not None
