"""New code under a run that is under way: it fails with a sentence that says what changed, and takes back what it did."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.domain.json import Json
from core.flows.context import Effect, FlowContext, NamedEffect, NotApproved
from tests.core.stage import Nothing, teach, unlearn
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def first_version(ctx: FlowContext, _: Nothing) -> None:
    """Look, have something, and sleep."""
    ctx.now()
    ctx.step("grant", give, undo=take)
    ctx.sleep(timedelta(hours=1))


def under_way(world: World) -> tuple[Ledger, str]:
    ledger = Ledger()
    teach(world, first_version, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert ledger.live == [f"{run.id}:2"]
    return ledger, run.id


def test_another_call_in_the_same_place_fails_the_run_and_undoes_it(world: World) -> None:
    def second_version(ctx: FlowContext, _: Nothing) -> None:
        ctx.now()
        ctx.step("look", give)
        ctx.step("grant", give, undo=take)

    ledger, run = under_way(world)
    teach(world, second_version)
    world.later(hours=1)
    world.work()
    failed = world.see(run).execution
    assert (failed.status, failed.error) == (
        "failed", "the code of probe changed: it did grant#1 as its 2nd step, now it wants look#1")
    assert ledger.live == []
    assert ledger.given == [f"{run}:2"]


def test_the_same_name_of_another_kind_is_another_call(world: World) -> None:
    def second_version(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("now", give)

    ledger, run = under_way(world)
    teach(world, second_version)
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.error == "the code of probe changed: it did now#1 as its 1st step, now it wants now#1"
    assert ledger.live == []


def test_a_call_that_stands_after_what_was_done_changes_nothing(world: World) -> None:
    def second_version(ctx: FlowContext, _: Nothing) -> str:
        ctx.now()
        ctx.step("grant", give, undo=take)
        ctx.sleep(timedelta(hours=1))
        ctx.undo("grant")
        return "longer"

    ledger, run = under_way(world)
    teach(world, second_version)
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.result == {"value": "longer"}
    assert ledger.live == []


def test_new_code_that_fails_early_is_undone_though_it_never_came_to_the_steps(world: World) -> None:
    def second_version(ctx: FlowContext, _: Nothing) -> None:
        raise ZeroDivisionError("division by zero")

    ledger, run = under_way(world)
    teach(world, second_version)
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.error == "ZeroDivisionError: division by zero"
    assert ledger.live == []


def test_new_code_that_makes_something_else_of_it_fails_for_the_same_reason(world: World) -> None:
    def second_version(ctx: FlowContext, _: Nothing) -> None:
        try:
            ctx.sleep(timedelta(days=1))
        except BaseException as error:
            raise NotApproved("rejected", "something else") from error
        finally:
            ctx.now()

    ledger, run = under_way(world)
    teach(world, second_version)
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.error == "the code of probe changed: it did now#1 as its 1st step, now it wants sleep#1"
    assert ledger.live == []


def test_a_run_whose_flow_is_gone_waits_and_is_undone_when_it_is_cancelled(world: World) -> None:
    ledger, run = under_way(world)
    unlearn(world)
    world.later(hours=1)
    assert world.work() == 0
    assert world.see(run).execution.status == "running"
    assert ledger.live == [f"{run}:2"]

    world.cancels("bob", run)
    world.work()
    assert ledger.live == []
    assert world.see(run).execution.settled_at is not None


def test_a_failed_run_goes_on_taking_back_though_its_flow_is_gone_by_then(world: World) -> None:
    def second_version(ctx: FlowContext, _: Nothing) -> None:
        """Do nothing of it."""

    ledger, run = under_way(world)
    ledger.broken = 1
    teach(world, second_version)
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.outcome == "failed"
    assert ledger.live == [f"{run}:2"]

    unlearn(world)
    world.later(minutes=1)
    world.work()
    assert ledger.live == []
    assert world.see(run).execution.settled_at is not None


def test_parameters_that_do_not_fit_the_new_code_fail_the_run_with_their_sentences(world: World) -> None:
    from tests.core.test_flows import Part

    def second_version(ctx: FlowContext, part: Part) -> None:
        """Want a number."""

    ledger, run = under_way(world)
    teach(world, second_version, parameters=Part)
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.error == "number is missing: Number."
    assert ledger.live == []


def test_a_question_that_was_reworded_after_the_yes_is_not_what_was_approved(world: World) -> None:
    def asks(words: str) -> Callable[[FlowContext, Nothing], None]:
        def probe(ctx: FlowContext, _: Nothing) -> None:
            ctx.approval(words)
            ctx.step("grant", give)

        return probe

    ledger = Ledger()
    teach(world, asks("read access"), ledger.effects)
    run = world.run(flow="probe")
    world.work()
    world.approves("bob", run)
    teach(world, asks("full access"), ledger.effects)
    world.work()
    failed = world.see(run).execution
    assert (failed.status, failed.error) == ("failed", "what was approved is not what would run: the request has changed since")
    assert ledger.given == []


def test_a_step_that_is_tried_again_sends_what_it_sent_first(world: World) -> None:
    def gives(level: str) -> Callable[[FlowContext, Nothing], None]:
        def probe(ctx: FlowContext, _: Nothing) -> None:
            ctx.step("grant", NamedEffect("probe.give"), {"level": level})

        return probe

    sent: list[Json] = []

    def give_at_last(arguments: Json, *, effect: Effect) -> None:
        sent.append(arguments)
        if len(sent) == 1:
            raise TimeoutError("no answer")

    teach(world, gives("read"), {"probe.give": give_at_last})
    run = world.run(flow="probe")
    world.work()
    teach(world, gives("admin"), {"probe.give": give_at_last})
    world.later(minutes=1)
    world.work()
    assert sent == [{"level": "read"}, {"level": "read"}]
    assert world.see(run).execution.status == "completed"
