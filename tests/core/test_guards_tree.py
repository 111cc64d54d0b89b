"""The guards of parents and children: each name begins with the guard's in the model of the run protocol."""

from datetime import timedelta
from threading import Thread

import pytest

from core.domain.executions import Execution
from core.flows.context import FlowContext
from tests.core.stage import Nothing, stretch, teach
from tests.databases import PostgresTemplates
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def child(ctx: FlowContext, _: Nothing) -> None:
    """Have something until people have decided."""
    ctx.step("give", give, undo=take)
    ctx.approval("May it go on?")


def parent(ctx: FlowContext, _: Nothing) -> list[str]:
    """Wait for two children."""
    ctx.spawn("child", Nothing())
    ctx.spawn("child", Nothing())
    return [each.status for each in ctx.children()]


def family(world: World, ledger: Ledger) -> tuple[Execution, Execution, Execution]:
    """Start a parent and two children, and bring the children to their gates."""
    teach(world, child, ledger.effects, id="child")
    teach(world, parent, id="parent")
    run = world.run(flow="parent")
    world.work()
    first, second = (each.execution for each in world.see(run).children)
    return run, first, second


def settled(world: World, run: Execution) -> bool:
    return world.see(run).execution.settled_at is not None


def test_no_settled_mark__a_settled_parent_is_not_rung_by_a_child_that_is_run_again(world: World) -> None:
    run, first, second = family(world, Ledger())
    for each in (first, second):
        world.approves("bob", each)
    world.work()
    before, wakes = world.see(run).execution, world.wakes(run)
    assert (before.status, before.result) == ("completed", {"value": ["completed", "completed"]})

    again = world.reruns("ann", first)
    world.work()
    world.rejects("bob", again)
    world.work()
    assert settled(world, again)
    assert world.see(run).execution == before
    assert (world.wakes(run), world.audit(run).count("settle")) == (wakes, 1)


def test_park_now_once_ended__a_cancelled_parent_does_not_go_round_in_circles_while_a_child_takes_back(world: World) -> None:
    ledger = Ledger(broken=2)
    run, first, second = family(world, ledger)
    world.cancels("bob", run)
    world.work(most=10)
    assert not settled(world, run)

    world.later(minutes=6)
    world.work(most=10)
    assert all(settled(world, each) for each in (run, first, second))
    assert ledger.live == []


def test_settle_before_children__a_parent_that_returned_is_settled_after_its_child_that_lives_on(world: World) -> None:
    def careless(ctx: FlowContext, _: Nothing) -> None:
        ctx.spawn("child", Nothing())

    teach(world, child, Ledger().effects, id="child")
    teach(world, careless)
    run = world.run(flow="probe")
    world.work()
    (lives,) = world.see(run).children
    assert (world.see(run).execution.outcome, settled(world, run)) == ("completed", False)
    assert world.see(run).execution.success is None

    world.rejects("bob", lives.execution)
    world.work()
    done = world.see(run).execution
    assert (done.status, done.outcome) == ("failed", "completed")
    assert settled(world, run)


def test_ended_is_enough__a_parent_is_settled_after_its_cancelled_child_has_taken_back(world: World) -> None:
    ledger = Ledger()
    run, first, second = family(world, ledger)
    ledger.broken = 3
    world.cancels("bob", first)
    world.work()
    assert (world.see(first).execution.status, settled(world, first)) == ("cancelled", False)

    world.approves("bob", second)
    world.work()
    assert settled(world, second)
    assert world.see(run).execution.outcome is None

    for _ in range(3):
        world.later(minutes=6)
        world.work()
    assert all(settled(world, each) for each in (run, first, second))
    assert world.see(run).execution.result == {"value": ["cancelled", "completed"]}
    assert world.see(run).execution.status == "partial"
    last = [execution_id for execution_id, in world.rows("SELECT execution_id FROM audit WHERE kind = 'settle' ORDER BY seq")]
    assert last.index(run.id) > max(last.index(first.id), last.index(second.id))


def test_settle_without_ring__a_parent_goes_on_when_its_last_child_is_settled(world: World) -> None:
    run, first, second = family(world, Ledger())
    world.cancels("bob", first)
    world.cancels("bob", second)
    world.work()
    assert world.see(run).execution.result == {"value": ["cancelled", "cancelled"]}
    assert settled(world, run)


def generations(world: World) -> tuple[Execution, Execution, Execution]:
    """Start three generations of which the last is due to be settled, and the others wait for it."""

    def sleeper(ctx: FlowContext, _: Nothing) -> None:
        ctx.sleep(timedelta(hours=1))

    def middle(ctx: FlowContext, _: Nothing) -> None:
        ctx.spawn("sleeper", Nothing())
        ctx.children()

    def eldest(ctx: FlowContext, _: Nothing) -> None:
        ctx.spawn("middle", Nothing())
        ctx.children()

    for each in (sleeper, middle, eldest):
        teach(world, each, id=each.__name__)
    run = world.run(flow="eldest")
    world.work()
    (below,) = world.see(run).children
    (last,) = world.see(below.execution.id).children
    world.later(hours=1)
    return run, below.execution, last.execution


def test_grandparent_lock__a_settled_run_rings_its_parent_and_nobody_above(world: World) -> None:
    run, below, last = generations(world)
    wakes = world.wakes(run), world.wakes(below)
    stretch(world)
    assert settled(world, last)
    assert (world.wakes(run), world.wakes(below)) == (wakes[0], wakes[1] + 1)

    world.work()
    assert settled(world, run)


def test_grandparent_lock__a_run_is_settled_while_its_grandparent_is_locked(postgres: PostgresTemplates) -> None:
    """On PostgreSQL only: writers of SQLite take turns as a whole."""
    with postgres.database() as url:
        world = World(url).company()
        run, _, last = generations(world)
        worker = Thread(target=stretch, args=(world,))
        with world.database.begin() as tx:
            tx.executions.lock(run.id)
            worker.start()
            worker.join(10)
            assert settled(world, last)
        worker.join(10)
        world.close()
