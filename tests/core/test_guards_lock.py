"""The guards of locks: each name begins with the guard's in the model of the run protocol."""

from datetime import timedelta
from threading import Thread

import pytest

from core.domain.executions import Execution
from core.engine.relay import WITHIN
from core.flows.context import FlowContext, LockRefused
from tests.core.stage import Nothing, Once, stretch, teach
from tests.databases import PostgresTemplates
from tests.world import World

pytestmark = pytest.mark.database


def holder(ctx: FlowContext, _: Nothing) -> None:
    """Have the lock for an hour."""
    ctx.lock("prod")
    ctx.sleep(timedelta(hours=1))


def queue(world: World, runs: int = 3) -> list[Execution]:
    """Start runs that want the same lock; the first has it, the others wait in order."""
    teach(world, holder)
    started = []
    for _ in range(runs):
        started.append(world.run(flow="probe"))
        world.work()
    return started


def owner(world: World) -> str | None:
    ((found,),) = world.rows("SELECT execution_id FROM locks")
    return None if found is None else str(found)


def waiting(world: World) -> list[str]:
    return [str(each) for each, in world.rows("SELECT execution_id FROM lock_queue ORDER BY since, execution_id")]


def settled(world: World, run: Execution) -> bool:
    return world.see(run).execution.settled_at is not None


def test_one_run_at_a_time_has_a_lock_and_the_others_follow_in_their_order(world: World) -> None:
    first, second, third = queue(world)
    assert (owner(world), waiting(world)) == (first.id, [second.id, third.id])
    assert world.see(second).execution.status == "running"
    assert world.log(second) == ["waits for the lock on prod"]

    for current, behind in ((second, [third.id]), (third, [])):
        world.later(hours=1)
        world.work()
        assert world.deliver() == 1
        world.work()
        assert (owner(world), waiting(world)) == (current.id, behind)
    world.later(hours=1)
    world.work()
    assert (owner(world), world.deliver()) == (None, 0)
    assert all(settled(world, run) for run in (first, second, third))
    assert world.log(second) == ["waits for the lock on prod", "has the lock on prod"]


def test_ring_next_in_settle__a_settled_run_leaves_it_to_the_relay_to_ring_the_next(world: World) -> None:
    first, second, third = queue(world)
    wakes = world.wakes(second), world.wakes(third)
    world.later(hours=1)
    world.work()
    assert settled(world, first)
    assert (world.wakes(second), world.wakes(third)) == wakes
    assert world.rows("SELECT kind, execution_id FROM outbox") == [("ring-next", second.id)]

    assert world.deliver() == 1
    assert (world.wakes(second), world.wakes(third)) == (wakes[0] + 1, wakes[1])
    assert world.rows("SELECT id FROM outbox") == []


def test_ring_next_in_settle__a_run_is_settled_while_the_next_is_locked(postgres: PostgresTemplates) -> None:
    """On PostgreSQL only: writers of SQLite take turns as a whole."""
    with postgres.database() as url:
        world = World(url).company()
        first, second, _ = queue(world)
        world.later(hours=1)
        worker = Thread(target=stretch, args=(world,))
        with world.database.begin() as tx:
            tx.executions.lock(second.id)
            worker.start()
            worker.join(10)
            assert settled(world, first)
        worker.join(10)
        world.close()


def test_free_lock_without_ring__a_freed_lock_finds_its_next(world: World) -> None:
    first, second, _ = queue(world)
    world.cancels("bob", first)
    world.work()
    world.deliver()
    world.work()
    assert owner(world) == second.id


def test_free_lock_without_ring__a_relay_that_died_before_it_was_done_rings_again(world: World) -> None:
    first, second, _ = queue(world)
    world.cancels("bob", first)
    world.work()
    with world.database.begin() as tx:
        taken = tx.outbox.take(timedelta(seconds=60), WITHIN)
    assert taken is not None
    assert world.deliver() == 0

    world.later(seconds=61)
    assert world.deliver() == 1
    world.work()
    assert owner(world) == second.id


def test_queue_not_left__a_cancelled_run_does_not_stand_in_the_way_of_those_behind_it(world: World) -> None:
    first, second, third = queue(world)
    world.cancels("bob", second)
    world.work()
    assert (settled(world, second), waiting(world)) == (True, [third.id])

    world.cancels("bob", first)
    world.work()
    world.deliver()
    world.work()
    assert owner(world) == third.id


def test_no_ring_on_leaving__a_run_that_was_rung_and_then_cancelled_lets_the_next_know(world: World) -> None:
    first, second, third = queue(world)
    world.cancels("bob", first)
    world.work()
    assert world.deliver() == 1
    world.cancels("bob", second)
    world.work()
    assert (settled(world, second), owner(world), waiting(world)) == (True, None, [third.id])

    assert world.deliver() == 1
    world.work()
    assert owner(world) == third.id


def test_no_outcome_check_in_lock__a_cancelled_run_takes_no_lock(world: World) -> None:
    def late(ctx: FlowContext, _: Nothing) -> None:
        cancel()
        ctx.lock("prod")

    cancel = Once(lambda: world.cancels("bob", run))
    teach(world, late)
    run = world.run(flow="probe")
    world.work()
    assert settled(world, run)
    assert world.rows("SELECT resource FROM locks") == []
    assert world.rows("SELECT key FROM steps") == []


def test_no_outcome_check_in_lock__a_run_that_is_cancelled_while_it_waits_takes_no_lock(world: World) -> None:
    first, second, third = queue(world)
    world.cancels("bob", first)
    world.work()
    world.cancels("bob", second)
    world.deliver()
    world.work()
    world.deliver()
    world.work()
    assert owner(world) == third.id
    assert world.rows("SELECT key FROM steps WHERE execution_id = :id", id=second.id) == []


def test_a_newcomer_does_not_pass_those_who_wait_for_a_lock_that_is_free_by_now(world: World) -> None:
    first, second, third = queue(world)
    world.cancels("bob", first)
    world.work()
    newcomer = world.run(flow="probe")
    world.work()
    assert (owner(world), waiting(world)) == (None, [second.id, third.id, newcomer.id])
    world.deliver()
    world.work()
    assert owner(world) == second.id


def test_two_projects_have_a_lock_of_the_same_name_each(world: World) -> None:
    first, *_ = queue(world, runs=1)
    other = world.run("eve", flow="probe", project="other/app")
    world.work()
    owners = {str(each) for each, in world.rows("SELECT execution_id FROM locks")}
    assert owners == {first.id, other.id}


def test_a_second_lock_is_refused_with_a_sentence(world: World) -> None:
    def greedy(ctx: FlowContext, _: Nothing) -> None:
        ctx.lock("prod")
        ctx.lock("staging")

    teach(world, greedy)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.error == "LockRefused: a run may have one lock: this one has prod already, and cannot have staging too"
    assert owner(world) is None


def test_a_refused_lock_is_refused_again_when_the_flow_is_called_again(world: World) -> None:
    def careful(ctx: FlowContext, _: Nothing) -> str:
        ctx.lock("prod")
        try:
            ctx.lock("staging")
        except LockRefused:
            ctx.sleep(timedelta(hours=1))
        return "went on"

    teach(world, careful)
    run = world.run(flow="probe")
    world.work()
    world.later(hours=1)
    world.work()
    assert world.see(run).execution.result == {"value": "went on"}


@pytest.mark.parametrize("parent_waits", [False, True])
def test_a_lock_for_a_run_above_is_refused_with_a_sentence(world: World, parent_waits: bool) -> None:
    def parent(ctx: FlowContext, _: Nothing) -> list[str]:
        if not parent_waits:
            ctx.lock("prod")
        ctx.spawn("child", Nothing())
        ctx.lock("prod") if parent_waits else None
        return [each.status for each in ctx.children()]

    def child(ctx: FlowContext, _: Nothing) -> None:
        ctx.sleep(timedelta(minutes=1))
        ctx.lock("prod")

    if parent_waits:
        queue(world, runs=1)
    teach(world, child, id="child")
    teach(world, parent, id="parent")
    run = world.run(flow="parent")
    world.work()
    world.later(minutes=2)
    world.work()
    (below,) = world.see(run).children
    assert below.execution.error == (
        "LockRefused: the lock on prod is for a run above this one, which waits for this one to end: neither would ever go on")
    world.later(hours=2)
    world.work()
    world.deliver()
    world.work()
    assert settled(world, run)


@pytest.mark.parametrize("name", ["", "x" * 201, "a\x00b", "a\nb"])
def test_a_lock_has_a_name(world: World, name: str) -> None:
    def nameless(ctx: FlowContext, _: Nothing) -> None:
        ctx.lock(name)

    teach(world, nameless)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.error == "ValueError: a lock is named by a printable text of 1 to 200 characters"
