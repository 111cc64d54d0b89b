"""What stands in the outbox is delivered: soon, at least once, and whatever happens to the rest of it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from core.domain.effects import RingNext
from core.domain.executions import Execution
from core.domain.flow_types import Dispatch, FlowType
from core.errors import Unavailable
from core.flows.context import FlowContext
from core.flows.registry import Registry
from core.ports.database import Database, Transaction
from integrations.database.changes import changes_of
from integrations.embedded.engine import EmbeddedFlowEngine
from tests.core.stage import Nothing, teach, until
from tests.world import World

pytestmark = pytest.mark.database


@dataclass
class Away:
    """A database that does not answer one time: at this transaction from now, counted from 1."""

    database: Database
    at: int

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        self.at -= 1
        if self.at == 0:
            raise Unavailable("database")
        with self.database.begin() as tx:
            yield tx

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with self.database.read() as tx:
            yield tx


def post(world: World, *runs: Execution) -> None:
    with world.database.begin() as tx:
        for run in runs:
            tx.outbox.put(RingNext(execution_id=run.id), tx.now())


def left(world: World) -> list[tuple[str, int, str | None]]:
    return [(str(run), int(tries), error) for run, tries, error in
            world.rows("SELECT execution_id, tries, error FROM outbox ORDER BY id")]


def test_what_cannot_be_delivered_is_tried_again_later_and_keeps_nothing_back(world: World) -> None:
    first, second = world.asks_for_access("ann"), world.asks_for_access("dan")
    post(world, first, second)
    assert world.relay(Away(world.database, at=2)).deliver() == 1
    assert left(world) == [(first.id, 1, "Unavailable")]
    assert world.deliver() == 0

    world.later(seconds=1)
    assert (world.deliver(), left(world)) == (1, [])


def test_what_was_delivered_and_not_marked_is_delivered_again(world: World) -> None:
    run = world.asks_for_access("ann")
    post(world, run)
    wakes = world.wakes(run)
    with pytest.raises(Unavailable):
        world.relay(Away(world.database, at=3)).deliver()
    assert world.wakes(run) == wakes + 1
    assert world.deliver() == 0

    world.later(seconds=61)
    assert (world.deliver(), world.wakes(run), left(world)) == (1, wakes + 2, [])


def test_what_a_newer_process_has_put_there_is_left_to_it(world: World) -> None:
    run = world.asks_for_access("ann")
    post(world, run)
    with world.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE outbox SET kind = 'not-known-here'")
    post(world, run)
    assert world.deliver() == 1
    assert len(left(world)) == 1


def test_what_cannot_be_understood_does_not_end_the_relay(world: World) -> None:
    run, looks = world.asks_for_access("ann"), []
    post(world, run)

    def deliver() -> int:
        looks.append(True)
        return world.relay().deliver()

    with world.database.writer.begin() as connection:
        connection.exec_driver_sql("""UPDATE outbox SET content = '{"execution_id":"x","more":1}'""")
    engine = EmbeddedFlowEngine(world.advance, changes_of(world.database), slots=1, deliver=deliver)
    world.database.post = engine.post
    engine.start()
    try:
        assert until(lambda: bool(looks))
        with world.database.writer.begin() as connection:
            connection.exec_driver_sql("DELETE FROM outbox")
        post(world, run)
        assert until(lambda: left(world) == [])
    finally:
        engine.stop()


def test_whoever_delivers_is_nudged_after_the_commit_and_by_nothing_else(world: World) -> None:
    run, nudges = world.asks_for_access("ann"), []
    world.database.post = lambda: nudges.append(left(world))
    world.approves("bob", run)
    assert nudges == []
    post(world, run)
    assert nudges == [[(run.id, 0, None)]]


def test_a_receiver_that_does_not_answer_delays_no_lock(world: World) -> None:
    """Every courier is at a receiver that hangs, and more waits for them; the locks of other runs go round as ever."""
    def holder(ctx: FlowContext, _: Nothing) -> None:
        ctx.lock("prod")
        ctx.sleep(timedelta(milliseconds=200))

    for name in ("a", "b", "c"):
        made = FlowType(id=name, name=name, description="", category="build", fields=Nothing, function=holder, asks=False,
                        dispatch=Dispatch(provider="fake", target={}, timeout=timedelta(hours=1)))
        world.deploy(Registry({**world.registry.flows, name: made}, world.registry.effects))
    teach(world, holder)
    released = threading.Event()
    world.pipelines.says = [lambda: released.wait(20)] * 6
    relay = world.relay()
    engine = EmbeddedFlowEngine(world.advance, changes_of(world.database), slots=2, deliver=relay.deliver, couriers=[relay.carry] * 2)
    world.database.nudge, world.database.post = engine.wake, engine.post
    engine.start()
    try:
        handed = [world.run(flow=name) for name in ("a", "b", "c", "a")]
        assert until(lambda: len(world.pipelines.calls) == 2)
        began = time.monotonic()
        runs = [world.run(flow="probe") for _ in range(4)]
        assert until(lambda: all(world.see(run).execution.settled_at for run in runs))
        assert time.monotonic() - began < 12, "a freed lock waits for somebody outside"
        assert world.pipelines.started == []
        released.set()
        assert until(lambda: sorted(world.pipelines.started) == sorted(run.id for run in handed))
    finally:
        released.set()
        engine.stop()


def test_a_freed_lock_is_taken_within_moments(world: World) -> None:
    def holder(ctx: FlowContext, _: Nothing) -> None:
        ctx.lock("prod")
        ctx.sleep(timedelta(milliseconds=200))

    teach(world, holder)
    engine = EmbeddedFlowEngine(world.advance, changes_of(world.database), slots=2, deliver=world.relay().deliver)
    world.database.nudge, world.database.post = engine.wake, engine.post
    engine.start()
    try:
        began = time.monotonic()
        runs = [world.run(flow="probe") for _ in range(4)]
        assert until(lambda: all(world.see(run).execution.settled_at for run in runs))
        assert time.monotonic() - began < 12, "a freed lock waits for the next round of chores"
    finally:
        engine.stop()
