"""What ends a run that does not come to an end by itself, each with a sentence."""

from datetime import timedelta

import pytest

from core.domain.steps import Kind, State, Step
from core.engine.advance_flow import MOST_LOST
from core.engine.context import MOST_STEPS
from core.flows.context import FlowContext
from tests.core.stage import Nothing, lease_passes, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def test_a_run_fails_at_its_ten_thousandth_step_and_one(world: World) -> None:
    """Its journal is written in advance, in one transaction: ten thousand would take a while."""
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
        for _ in range(MOST_STEPS + 10):
            try:
                ctx.now()
            except BaseException:
                continue

    run = _nearly_there(world, probe)
    assert world.see(run).execution.status == "failed"
    assert world.see(run).execution.error == f"probe made {MOST_STEPS} steps, more than any run may: does it go round in circles?"


def _nearly_there(world: World, probe: object) -> str:
    """Bring a run of a flow to the last steps that it may make, and run it on."""
    assert callable(probe)
    ledger = Ledger()
    teach(world, lambda ctx, _: (ctx.step("give", give, undo=take), ctx.sleep(timedelta(hours=1))), ledger.effects)
    run = world.run(flow="probe")
    world.work()
    with world.database.begin() as tx:
        now = tx.now()
        for position in range(2, MOST_STEPS - 2):
            tx.journal.write(run.id, Step(position=position, key=f"now#{position - 1}", kind=Kind.NOW, state=State.DONE,
                                          result=now.isoformat(), begun_at=now))
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
        if len(called) == 0:
            called.append(1)
            _lose(world, MOST_LOST - 1, already=True)
        ctx.now()

    called: list[int] = []
    teach(world, probe)
    run = world.run(flow="probe")
    _lose(world, MOST_LOST - 1)
    claim = world.advance.claim()
    assert claim is not None
    assert claim.lost == MOST_LOST - 1
    world.advance.run(claim)
    world.work()
    assert world.see(run).execution.status == "completed"


def _lose(world: World, times: int, *, already: bool = False) -> None:
    """Let so many workers claim what is due, and die."""
    for _ in range(times):
        if already:
            lease_passes(world)
        assert world.advance.claim() is not None
        if not already:
            lease_passes(world)
    if already:
        lease_passes(world)
