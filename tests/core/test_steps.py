"""A step that fails: tried again as its flow type says, then given up."""

from datetime import timedelta

import pytest

from core.domain.json import Json
from core.domain.steps import Retry
from core.flows.context import Effect, EffectRefused, FlowContext, NamedEffect, StepFailed
from tests.core.stage import AT_ONCE, PATIENT, Nothing, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def holding(ctx: FlowContext, _: Nothing) -> Json:
    """Have something, and keep it."""
    given: Json = ctx.step("give", give, undo=take)
    return given



def test_a_failing_step_waits_twice_as_long_each_time_up_to_the_longest(world: World) -> None:
    ledger = Ledger(lost=5)
    teach(world, holding, ledger.effects, retry=Retry(tries=6, first=timedelta(minutes=1), longest=timedelta(minutes=5)))
    run = world.run(flow="probe")
    world.work()
    for tried, minutes in enumerate((1, 2, 4, 5, 5), start=1):
        assert len(ledger.calls) == tried
        world.later(seconds=minutes * 60 - 20)
        assert world.work() == 0
        world.later(seconds=20)
        world.work()
    assert len(ledger.calls) == 6
    assert world.see(run).execution.result == {"given": f"{run.id}:1"}
    assert world.log(run)[0] == "give#1 failed (try 1 of 6): no answer; again in 60 s"


def test_every_try_carries_the_key_of_the_step_and_its_number(world: World) -> None:
    seen: list[Effect] = []

    def work(arguments: Json, *, effect: Effect) -> str:
        seen.append(effect)
        if len(seen) < 3:
            raise KeyError("activatedAt")
        return "done"

    def probe(ctx: FlowContext, _: Nothing) -> str:
        return str(ctx.step("work", work))

    teach(world, probe, retry=PATIENT)
    run = world.run(flow="probe")
    for _ in range(3):
        world.work()
        world.later(hours=1)
    assert [(effect.key, effect.attempt) for effect in seen] == [(f"{run.id}:1", 1), (f"{run.id}:1", 2), (f"{run.id}:1", 3)]
    assert all(effect.seconds == world.lease.total_seconds() / 3 for effect in seen)
    assert world.see(run).execution.result == {"value": "done"}


def test_a_ring_does_not_shorten_a_backoff(world: World) -> None:
    ledger = Ledger(lost=1)
    teach(world, holding, ledger.effects, retry=PATIENT)
    run = world.run(flow="probe")
    world.work()
    with world.database.begin() as tx:
        tx.leases.ring(run.id)
    assert world.work() == 1
    assert len(ledger.calls) == 1

    world.later(minutes=9)
    assert world.work() == 0
    world.later(minutes=1)
    world.work()
    assert len(ledger.calls) == 2
    assert world.see(run).execution.status == "completed"


def test_a_cancel_does_not_wait_for_a_backoff(world: World) -> None:
    ledger = Ledger(lost=1)
    teach(world, holding, ledger.effects, retry=PATIENT)
    run = world.run(flow="probe")
    world.work()
    world.cancels("bob", run)
    world.work()
    assert (ledger.given, ledger.live) == ([f"{run.id}:1"], [])
    assert world.see(run).execution.settled_at is not None


def test_a_run_fails_with_the_reason_of_a_step_that_was_given_up(world: World) -> None:
    ledger = Ledger(lost=3)
    teach(world, holding, ledger.effects, retry=PATIENT)
    run = world.run(flow="probe")
    for _ in range(3):
        world.work()
        world.later(hours=1)
    failed = world.see(run).execution
    assert (failed.status, failed.success, failed.error) == ("failed", False, "give failed: no answer")
    assert world.log(run)[-2:] == ["give#1 was given up: no answer", "give failed: no answer"]
    assert ledger.live == []


def test_a_flow_may_catch_a_step_that_was_given_up_and_catches_it_again_when_it_is_called_again(world: World) -> None:
    caught: list[str] = []

    def probe(ctx: FlowContext, _: Nothing) -> str:
        try:
            ctx.step("give", give, undo=take)
        except StepFailed as error:
            caught.append(str(error))
        ctx.sleep(timedelta(hours=1))
        return str(ctx.step("otherwise", otherwise))

    def otherwise(arguments: Json, *, effect: Effect) -> str:
        return "otherwise"

    ledger = Ledger(lost=1)
    teach(world, probe, ledger.effects, retry=AT_ONCE)
    run = world.run(flow="probe")
    world.work()
    assert ledger.live == [f"{run.id}:1"]

    world.later(hours=1)
    world.work()
    done = world.see(run).execution
    assert (done.status, done.result) == ("completed", {"value": "otherwise"})
    assert caught == ["give failed: no answer"] * 2
    assert ledger.live == []


def test_a_step_that_is_refused_for_good_is_not_tried_again(world: World) -> None:
    def refuse(arguments: Json, *, effect: Effect) -> None:
        tried.append(effect.attempt)
        raise EffectRefused("no such organisation")

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("work", refuse)

    tried: list[int] = []
    teach(world, probe, retry=PATIENT)
    run = world.run(flow="probe")
    world.work()
    assert tried == [1]
    assert world.see(run).execution.error == "work failed: no such organisation"


def test_an_effect_that_nobody_has_bound_fails_its_step_with_a_sentence(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("work", NamedEffect("nobody.knows"))

    teach(world, probe, retry=PATIENT)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.error == "work failed: no effect named nobody.knows is bound in this process"


def test_an_answer_that_has_no_json_form_fails_its_step_which_is_undone(world: World) -> None:
    def answer(arguments: Json, *, effect: Effect) -> object:
        ledger.give(arguments, effect=effect)
        return object()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", NamedEffect("answer"), undo=take)

    ledger = Ledger()
    teach(world, probe, ledger.effects | {"answer": answer}, retry=AT_ONCE)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.error == "give failed: object has no JSON form"
    assert (ledger.given, ledger.live) == ([f"{run.id}:1"], [])


def test_an_effect_that_exits_fails_its_run_and_is_undone(world: World) -> None:
    def leave(arguments: Json, *, effect: Effect) -> None:
        ledger.give(arguments, effect=effect)
        raise SystemExit(3)

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", NamedEffect("leave"), undo=take)

    ledger = Ledger()
    teach(world, probe, ledger.effects | {"leave": leave}, retry=PATIENT)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.status == "failed"
    assert ledger.live == []
