"""The guards against changed code: each name begins with the guard's in the model of the run protocol."""

from datetime import timedelta

import pytest

from core.flows.context import FlowContext
from core.flows.request_elevated_privileges import ElevatedPrivileges, request_elevated_privileges
from tests.core.stage import Nothing, Once, lease_passes, teach, unlearn
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database
ACCESS = request_elevated_privileges.id


def ends_at_once(ctx: FlowContext, _: object) -> None:
    """New code that does nothing of what the old did."""


def test_no_changed_check__a_flow_that_returns_with_rows_left_fails_and_is_undone(world: World) -> None:
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    world.work()
    assert world.access.live() == [f"{run.id}:2"]

    teach(world, ends_at_once, id=ACCESS, parameters=ElevatedPrivileges)
    world.later(hours=1)
    world.work()
    failed = world.see(run).execution
    assert failed.status == "failed"
    assert failed.error == f"the code of {ACCESS} changed: it did approval#1 as its 1st step, now it ends before that"
    assert world.access.live() == []


def test_undo_by_the_code__a_step_that_was_only_begun_is_undone_though_the_code_has_changed(world: World) -> None:
    def meanwhile() -> None:
        teach(world, ends_at_once)
        lease_passes(world)
        world.work()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.sleep(timedelta(hours=1))

    ledger = Ledger(after=[Once(meanwhile)])
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.status == "failed"
    assert (ledger.given, ledger.live) == ([f"{run.id}:1"], [])


def test_undo_by_the_code__a_cancelled_run_is_undone_though_its_flow_is_gone(world: World) -> None:
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    world.work()
    unlearn(world, ACCESS)
    world.cancels("bob", run)
    world.work()
    assert world.access.live() == []
    assert world.see(run).execution.settled_at is not None
