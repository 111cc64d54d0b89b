"""Flows that catch everything: what ends a stretch ends it all the same."""

from datetime import timedelta

import pytest

from core.flows.context import FlowContext, NotApproved
from tests.core.stage import Nothing, Once, lease_passes, stretch, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def careless(ctx: FlowContext, _: Nothing) -> str:
    """Catch whatever comes, and go on."""
    said = "approved"
    try:
        ctx.approval("May it?")
    except NotApproved as refusal:
        return refusal.status
    except:  # noqa: E722
        said = "caught the park"
    finally:
        ctx.step("give", give, undo=take)
    try:
        ctx.sleep(timedelta(hours=1))
    except BaseException:
        said = "caught the sleep"
    ctx.undo("give")
    return said


def test_a_flow_that_catches_everything_parks_and_goes_on_like_any_other(world: World) -> None:
    ledger = Ledger()
    teach(world, careless, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.status == "suspended"
    assert ledger.calls == []

    world.approves("bob", run)
    world.work()
    assert ledger.live == [f"{run.id}:2"]

    world.later(hours=1)
    world.work()
    assert ledger.live == []
    assert world.see(run).execution.result == {"value": "approved"}


def test_a_flow_that_catches_everything_is_cancelled_like_any_other(world: World) -> None:
    ledger = Ledger()
    teach(world, careless, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    world.approves("bob", run)
    world.work()
    world.cancels("bob", run)
    world.work()
    assert ledger.live == []
    assert world.see(run).execution.status == "cancelled"
    assert world.see(run).execution.result is None


def test_a_flow_that_catches_the_loss_of_its_lease_does_and_says_nothing_more(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        frozen()
        for again in range(3):
            try:
                ctx.step("give", give, undo=take)
            except BaseException:
                caught.append(again)
        return "the end"

    def meanwhile() -> None:
        lease_passes(world)
        assert world.advance.claim() is not None

    frozen, ledger = Once(meanwhile), Ledger()
    caught: list[int] = []
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    assert (ledger.calls, caught) == ([], [0, 1, 2])
    running = world.see(run).execution
    assert (running.status, running.outcome) == ("running", None)

    lease_passes(world)
    world.work()
    assert world.see(run).execution.result == {"value": "the end"}
    assert len(ledger.given) == 3


def test_a_flow_that_catches_a_park_and_raises_something_else_has_parked(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        try:
            ctx.sleep(timedelta(hours=1))
        except BaseException:
            raise RuntimeError("something else") from None

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.outcome is None
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.status == "completed"


def test_a_flow_that_exits_has_failed(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        raise SystemExit("enough")

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.error == "SystemExit: enough"
    assert ledger.live == []


def test_a_flow_that_returns_what_has_no_json_form_has_failed(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> object:
        ctx.step("give", give, undo=take)
        return object()

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.error == "TypeError: object has no JSON form"
    assert ledger.live == []
