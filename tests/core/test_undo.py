"""Undo: the last first, by a registered name, never giving up."""

from datetime import timedelta

import pytest

from core.domain.json import Json
from core.flows.context import Effect, FlowContext
from tests.core.stage import AT_ONCE, PATIENT, Nothing, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def three(ctx: FlowContext, _: Nothing) -> None:
    """Have three things, take one back, and fail after an hour."""
    for name in ("one", "two", "three"):
        ctx.step(name, give, {"name": name}, undo=take)
    ctx.undo("two")
    ctx.sleep(timedelta(hours=1))
    raise RuntimeError("it went wrong")


def test_what_is_left_is_undone_in_reverse_order_when_a_run_fails(world: World) -> None:
    ledger = Ledger()
    teach(world, three, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert ledger.taken == [f"{run.id}:2"]

    world.later(hours=1)
    world.work()
    assert ledger.taken == [f"{run.id}:2", f"{run.id}:3", f"{run.id}:1"]
    failed = world.see(run).execution
    assert (failed.status, failed.error) == ("failed", "RuntimeError: it went wrong")
    assert world.audit(run).count("undo") == 3


def test_what_is_left_is_undone_in_reverse_order_when_a_run_is_cancelled(world: World) -> None:
    ledger = Ledger()
    teach(world, three, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    world.cancels("bob", run)
    world.work()
    assert ledger.taken == [f"{run.id}:2", f"{run.id}:3", f"{run.id}:1"]
    assert world.see(run).execution.status == "cancelled"


def test_a_run_that_returned_keeps_what_it_did(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.settled_at is not None
    assert ledger.live == [f"{run.id}:1"]


def test_an_undo_is_told_the_arguments_of_its_step_and_the_result_if_there_was_one(world: World) -> None:
    told: list[tuple[Json, Json]] = []

    def forget(arguments: Json, *, effect: Effect) -> None:
        told.append((arguments, effect.result))

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("known", give, {"name": "known"}, undo=take)
        ctx.step("unknown", give, {"name": "unknown"}, undo=take)

    ledger = Ledger(after=[lambda: None, _no_answer])
    teach(world, probe, ledger.effects | {take.name: forget}, retry=AT_ONCE)
    run = world.run(flow="probe")
    world.work()
    assert told == [({"name": "unknown"}, None), ({"name": "known"}, {"given": f"{run.id}:1"})]


def test_an_undo_is_tried_again_with_waits_of_up_to_five_minutes_and_never_given_up(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        raise RuntimeError("it went wrong")

    ledger = Ledger(broken=15)
    teach(world, probe, ledger.effects, retry=AT_ONCE)
    run = world.run(flow="probe")
    waits, levels = [], []
    for _ in range(15):
        world.work()
        with world.database.read() as tx:
            step, (line,) = tx.journal.read(run.id)[1], tx.logs.last(run.id, 1)
        assert step.retry_at is not None
        waits.append(round((step.retry_at - line.at).total_seconds()))
        levels.append(line.level)
        world.later(seconds=waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, *[300] * 6]
    assert levels == ["WARNING"] * 4 + ["ERROR"] * 11
    assert line.message == "give#1 could not be taken back (try 15): no answer"
    failing = world.see(run).execution
    assert (failing.status, failing.outcome, failing.error) == ("running", "failed", "RuntimeError: it went wrong")

    world.work()
    assert ledger.live == []
    assert world.see(run).execution.status == "failed"


def test_an_undo_that_the_flow_asked_for_is_tried_again_too_and_the_flow_goes_on_after_it(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        ctx.step("give", give, undo=take)
        ctx.undo("give")
        return "after it"

    ledger = Ledger(broken=2)
    teach(world, probe, ledger.effects, retry=AT_ONCE)
    run = world.run(flow="probe")
    for seconds in (0, 1, 2):
        world.later(seconds=seconds)
        world.work()
    assert len([call for call in ledger.calls if call.startswith("take")]) == 3
    done = world.see(run).execution
    assert (done.status, done.result) == ("completed", {"value": "after it"})


def test_a_cancel_during_an_undo_of_the_flow_leaves_it_to_the_end_of_the_run(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.undo("give")

    ledger = Ledger(broken=1)
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    world.cancels("bob", run)
    world.work()
    world.later(minutes=1)
    world.work()
    assert ledger.live == []
    assert world.see(run).execution.status == "cancelled"
    assert world.see(run).execution.settled_at is not None


def test_the_latest_of_a_name_that_is_not_undone_yet_is_undone_first(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.step("give", give, undo=take)
        ctx.undo("give")
        ctx.undo("give")
        ctx.undo("give")

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert ledger.taken == [f"{run.id}:2", f"{run.id}:1"]
    assert world.see(run).execution.error == "ValueError: there is no step give that could be undone"


def test_an_undo_that_exits_is_tried_again_like_any_other(world: World) -> None:
    def leave(arguments: Json, *, effect: Effect) -> None:
        if effect.attempt == 1:
            raise SystemExit(3)
        ledger.take(arguments, effect=effect)

    ledger = Ledger()
    teach(world, three, ledger.effects | {take.name: leave}, retry=PATIENT)
    run = world.run(flow="probe")
    world.work()
    world.cancels("bob", run)
    for _ in range(4):
        world.work()
        world.later(minutes=5)
    assert ledger.live == []
    assert world.see(run).execution.settled_at is not None


def test_an_undo_whose_name_nobody_has_bound_waits_for_a_process_that_has(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        raise RuntimeError("it went wrong")

    ledger = Ledger()
    teach(world, probe, {give.name: ledger.give})
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.settled_at is None
    assert "no effect named ledger.take is bound in this process" in world.log(run)[-1]

    teach(world, probe, ledger.effects)
    world.later(minutes=5)
    world.work()
    assert ledger.live == []


def _no_answer() -> None:
    raise TimeoutError("no answer")
