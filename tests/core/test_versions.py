"""Several versions of the code at work on one database."""

from datetime import timedelta

import pytest

from core.flows.context import FlowContext
from tests.core.stage import Nothing, lease_passes, teach, unlearn
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def older(ctx: FlowContext, _: Nothing) -> str:
    """The first version."""
    ctx.approval("May the old one?")
    return "old"


def newer(ctx: FlowContext, _: Nothing) -> str:
    """The second version."""
    ctx.step("give", give, undo=take)
    ctx.approval("May the new one?")
    return "new"


def test_an_older_process_leaves_a_newer_run_alone_and_a_newer_one_takes_it(world: World) -> None:
    ledger = Ledger()
    teach(world, newer, ledger.effects, version=2)
    run = world.run(flow="probe")
    teach(world, older, version=1)
    assert world.work() == 0
    assert world.see(run).execution.status == "pending"

    teach(world, newer, version=2)
    world.work()
    assert world.approval(run).approval.question == "May the new one?"


def test_an_older_process_takes_a_newer_run_back_once_it_has_ended(world: World) -> None:
    ledger = Ledger()
    teach(world, newer, ledger.effects, version=2)
    run = world.run(flow="probe")
    world.work()
    assert ledger.live == [f"{run.id}:1"]

    teach(world, older, version=1)
    world.cancels("bob", run)
    world.work()
    assert ledger.live == []
    assert world.see(run).execution.settled_at is not None


def test_a_newer_process_goes_on_with_an_older_run(world: World) -> None:
    teach(world, older, version=1)
    run = world.run(flow="probe")
    teach(world, older, version=2)
    world.work()
    assert world.approval(run).approval.question == "May the old one?"


def test_a_run_of_a_flow_that_nobody_knows_stays_due_is_told_of_and_can_be_cancelled(world: World) -> None:
    teach(world, older)
    run = world.run(flow="probe")
    unlearn(world)
    world.later(minutes=11)
    assert world.work() == 0
    assert world.see(run).execution.status == "pending"
    assert unclaimed(world) == [(run.id, "probe")]

    world.cancels("bob", run)
    assert world.work() == 1
    cancelled = world.see(run).execution
    assert (cancelled.status, cancelled.started_at) == ("cancelled", None)
    assert cancelled.settled_at is not None


def unclaimed(world: World) -> list[tuple[str, str]]:
    with world.database.read() as tx:
        return tx.leases.unclaimed(world.registry.versions(), timedelta(minutes=10), 10)


def test_a_run_that_its_worker_is_late_for_is_not_told_of_as_unknown(world: World) -> None:
    teach(world, older, version=2)
    run = world.run(flow="probe")
    world.later(hours=1)
    assert unclaimed(world) == []

    teach(world, older, version=1)
    assert unclaimed(world) == [(run.id, "probe")]


def test_a_newer_run_whose_worker_died_is_not_taken_by_an_older_process(world: World) -> None:
    teach(world, newer, Ledger().effects, version=2)
    run = world.run(flow="probe")
    assert world.advance.claim() is not None
    lease_passes(world)
    teach(world, older, version=1)
    assert world.advance.claim() is None
    assert world.advance.claim(run.id) is None
