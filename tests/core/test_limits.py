"""What ends a run that does not come to an end by itself, each with a sentence."""

from contextlib import suppress
from datetime import timedelta

import pytest

from core.domain.steps import Kind, State, Step
from core.engine.advance_flow import MOST_LOST
from core.engine.context import MOST_STEPS
from core.flows.context import FlowContext
from integrations.database.rows import step_to_row
from integrations.database.tables import steps
from tests.core.stage import Nothing, Once, lease_passes, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def test_a_run_fails_at_its_ten_thousandth_step_and_one(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        while True:
            ctx.now()

    run = _nearly_there(world, probe)
    failed = world.see(run).execution
    assert (failed.status, failed.error) == (
        "failed", f"probe made {MOST_STEPS} steps, more than any run may: does it go round in circles?")
    assert world.rows("SELECT count(*) FROM steps") == [(MOST_STEPS,)]


def test_a_flow_that_catches_everything_in_a_circle_is_stopped_too(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        for _number in range(MOST_STEPS + 10):
            with suppress(BaseException):
                ctx.now()

    run = _nearly_there(world, probe)
    assert world.see(run).execution.status == "failed"
    assert world.see(run).execution.error == f"probe made {MOST_STEPS} steps, more than any run may: does it go round in circles?"


def _nearly_there(world: World, probe: object) -> str:
    """Bring a run of a flow to the last steps that it may make by writing its journal in advance, and run it on."""
    assert callable(probe)
    ledger = Ledger()
    teach(world, lambda ctx, _: (ctx.step("give", give, undo=take), ctx.sleep(timedelta(hours=1))), ledger.effects)
    run = world.run(flow="probe")
    world.work()
    now = world.now()
    with world.database.writer.begin() as connection:
        connection.execute(steps.delete().where(steps.c.position > 1))
        connection.execute(steps.insert(), [step_to_row(run.id, Step(
            position=n, key=f"now#{n - 1}", kind=Kind.NOW, state=State.DONE, result=now.isoformat(), begun_at=now))
            for n in range(2, MOST_STEPS - 2)])
    teach(world, probe)
    world.later(hours=1)
    world.work()
    assert ledger.live == []
    return run.id


def test_a_run_whose_worker_died_twenty_times_in_a_row_fails_and_is_undone(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.sleep(timedelta(minutes=1))
        called.append(1)

    ledger = Ledger()
    called: list[int] = []
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    world.later(minutes=1)
    _lose(world, MOST_LOST)
    world.work()
    failed = world.see(run).execution
    assert (failed.status, called) == ("failed", [])
    assert failed.error == "RuntimeError: 20 workers in a row died while they ran this, without getting any further"
    assert ledger.live == []


def test_claims_that_were_lost_before_it_got_on_do_not_count(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.now()
        frozen()
        ctx.now()

    def meanwhile() -> None:
        lease_passes(world)
        _lose(world, MOST_LOST - 2)

    frozen = Once(meanwhile)
    teach(world, probe)
    run = world.run(flow="probe")
    _lose(world, MOST_LOST - 1)
    claim = world.advance.claim()
    assert claim is not None
    assert claim.lost == MOST_LOST - 1
    world.advance.run(claim)

    claim = world.advance.claim()
    assert claim is not None
    assert claim.lost == MOST_LOST - 1
    world.advance.run(claim)
    assert world.see(run).execution.status == "completed"


def _lose(world: World, times: int) -> None:
    """Let so many workers claim what is due, and die."""
    for _ in range(times):
        assert world.advance.claim() is not None
        lease_passes(world)
