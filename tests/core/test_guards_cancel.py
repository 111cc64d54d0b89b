"""The guards of a cancel: each name begins with the guard's in the model of the run protocol."""

from dataclasses import replace
from threading import Thread

import pytest

from core.engine.advance_flow import AdvanceFlow
from core.errors import AlreadyEnded
from core.flows.context import FlowContext
from tests.core.stage import Nothing, blocked, stretch, teach
from tests.databases import PostgresTemplates
from tests.world import World, new_id

pytestmark = pytest.mark.database


def test_cancel_without_ring__a_sleeping_run_takes_back_at_once_when_it_is_cancelled(world: World) -> None:
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    world.work()
    assert world.access.live() == [f"{run.id}:2"]

    world.cancels("bob", run)
    assert world.work() == 1
    assert world.access.live() == []
    assert world.see(run).execution.settled_at is not None


def test_cancel_without_ring__a_run_that_waits_for_people_is_settled_at_once_when_it_is_cancelled(world: World) -> None:
    run = world.asks_for_access("ann")
    world.cancels("bob", run)
    assert world.work() == 1
    assert world.see(run).execution.settled_at is not None


def test_cancel_after_outcome__a_run_that_has_failed_and_is_not_settled_is_not_cancelled(world: World) -> None:
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    world.disable("bob")
    stretch(world)
    failed = world.see(run, who="cat").execution
    assert (failed.outcome, failed.settled_at) == ("failed", None)
    with pytest.raises(AlreadyEnded):
        world.cancels("cat", run)

    world.work()
    assert world.see(run, who="cat").execution.status == "failed"
    assert "cancel" not in world.audit(run)


def child(ctx: FlowContext, _: Nothing) -> None:
    """Wait for people."""
    ctx.approval("May it?")


def parent(ctx: FlowContext, _: Nothing) -> None:
    """Leave a child behind and return."""
    ctx.spawn("child", Nothing())


def grandparent(ctx: FlowContext, _: Nothing) -> None:
    ctx.spawn("parent", Nothing())
    ctx.children()


def teach_generations(world: World) -> None:
    for each in (child, parent, grandparent):
        teach(world, each, id=each.__name__)


def test_cancel_stops_at_ended__a_run_below_one_that_has_ended_is_cancelled_too(world: World) -> None:
    teach_generations(world)
    run = world.run(flow="grandparent")
    world.work()
    (middle,) = world.see(run).children
    (last,) = world.see(middle.execution.id).children
    assert (middle.execution.outcome, middle.execution.settled_at, last.execution.status) == ("completed", None, "suspended")

    assert world.cancels("bob", run) == 1
    assert world.see(last.execution.id).execution.status == "cancelled"
    assert world.see(middle.execution.id).execution.outcome == "completed"

    world.work()
    assert all(row == (True,) for row in world.rows("SELECT settled_at IS NOT NULL FROM executions"))


def test_tree_read_before_lock__a_cancel_does_not_miss_the_child_that_is_being_spawned(postgres: PostgresTemplates) -> None:
    """On PostgreSQL only: writers of SQLite take turns as a whole, so that no cancel comes in between."""
    with postgres.database() as url:
        world = World(url).company()
        teach_generations(world)
        run = world.run(flow="grandparent")
        cancel = Thread(target=world.cancels, args=("bob", run))

        def while_spawning() -> str:
            cancel.start()
            assert blocked(world)
            return new_id()

        world.advance = AdvanceFlow(replace(world.advance.shop, new_id=while_spawning))
        stretch(world)
        cancel.join(10)
        (spawned,) = world.see(run).children
        assert spawned.execution.status == "cancelled"

        world.deploy(world.registry)
        world.work()
        assert all(row == (True,) for row in world.rows("SELECT settled_at IS NOT NULL FROM executions"))
        world.close()
