"""The engine for one machine, with its real threads and the real clock."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from core.domain.json import Json
from core.engine.advance_flow import AdvanceFlow
from core.flows.context import Effect, FlowContext
from integrations.database.changes import changes_of
from integrations.embedded.engine import EmbeddedFlowEngine
from tests.core.stage import Nothing, teach, until
from tests.fakes.ledger import Ledger, give, take
from tests.fakes.vault import FakeVault
from tests.world import World

pytestmark = pytest.mark.database


@contextmanager
def at_work(world: World, *, slots: int = 2, between_calls: float = 60) -> Iterator[EmbeddedFlowEngine]:
    """An engine at work on a world's database, nudged after its commits."""
    engine = EmbeddedFlowEngine(world.advance, changes_of(world.database), slots=slots, between_calls=between_calls)
    world.database.nudge = engine.wake
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


@pytest.fixture
def hasty(database_url: str) -> Iterator[World]:
    """A company whose leases are short."""
    world = World(database_url, lease=timedelta(seconds=1)).company()
    yield world
    world.close()


def settled(world: World, run: str) -> bool:
    return until(lambda: world.see(run).execution.settled_at is not None)


def holding(ctx: FlowContext, _: Nothing) -> None:
    """Ask, have something for a moment, and give it back."""
    ctx.approval("May it?")
    ctx.step("give", give, undo=take)
    ctx.sleep(timedelta(milliseconds=300))
    ctx.undo("give")


def test_a_run_is_started_asks_goes_on_when_approved_and_ends_when_its_timer_fires(world: World) -> None:
    ledger = Ledger()
    teach(world, holding, ledger.effects)
    with at_work(world):
        run = world.run(flow="probe").id
        assert until(lambda: world.see(run).execution.status == "suspended")
        assert ledger.calls == []

        world.approves("bob", run)
        assert settled(world, run)
        assert ledger.calls == [f"give {run}:2", f"take {run}:2"]
        assert world.see(run).execution.status == "completed"


def test_a_run_that_is_cancelled_is_taken_back_at_once(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.sleep(timedelta(days=1))

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    with at_work(world):
        run = world.run(flow="probe").id
        assert until(lambda: ledger.live == [f"{run}:1"])
        world.cancels("bob", run)
        assert settled(world, run)
        assert ledger.live == []


def test_an_engine_with_nothing_to_do_stops_at_once(world: World) -> None:
    with at_work(world, slots=4) as engine:
        time.sleep(0.3)
        before = time.monotonic()
        engine.stop()
        assert time.monotonic() - before < 3


def test_two_engines_on_one_database_share_the_work_and_do_nothing_twice(world: World, database_url: str) -> None:
    """Each has one worker, and a run goes on only when both are in its like at once."""
    both, ledger = threading.Barrier(2, timeout=30), Ledger()

    def meet(arguments: Json, *, effect: Effect) -> None:
        both.wait()
        ledger.give(arguments, effect=effect)

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("meet", meet)
        ctx.sleep(timedelta(milliseconds=10))
        ctx.step("give", give)

    other = World(database_url)
    other.people = world.people
    for each in (world, other):
        teach(each, probe, ledger.effects)
    with at_work(world, slots=1), at_work(other, slots=1):
        runs = [world.run(flow="probe").id for _ in range(8)]
        assert all(settled(world, run) for run in runs)
    other.close()
    assert sorted(ledger.calls) == sorted([f"give {run}:{position}" for run in runs for position in (1, 3)])
    assert {world.see(run).execution.status for run in runs} == {"completed"}


def test_work_that_another_process_makes_due_is_noticed(world: World, database_url: str) -> None:
    other = World(database_url)
    other.people = world.people
    teach(world, holding, Ledger().effects)
    with at_work(world):
        run = world.run(flow="probe").id
        assert until(lambda: world.see(run).execution.status == "suspended")
        other.approves("bob", run)
        assert settled(world, run)
    other.close()


def test_stop_lets_an_effect_end_and_claims_nothing_more(world: World) -> None:
    begun, release, ledger = threading.Event(), threading.Event(), Ledger()

    def wait(arguments: Json, *, effect: Effect) -> str:
        begun.set()
        release.wait(20)
        return "ended"

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("wait", wait)
        ctx.sleep(timedelta(days=1))

    teach(world, probe, ledger.effects)
    with at_work(world, slots=1) as engine:
        first, second = world.run(flow="probe").id, world.run(flow="probe").id
        assert begun.wait(20)
        threading.Timer(0.3, release.set).start()
        engine.stop()
        assert world.rows("SELECT execution_id, state FROM steps WHERE kind = 'step'") == [(first, "done")]
        assert world.see(second).execution.status == "pending"


def test_an_effect_that_takes_longer_than_the_lease_keeps_it_by_the_heartbeat(hasty: World) -> None:
    ledger = Ledger(before=[lambda: time.sleep(2.5)])

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)

    teach(hasty, probe, ledger.effects)
    with at_work(hasty):
        run = hasty.run(flow="probe").id
        assert settled(hasty, run)
        assert ledger.calls == [f"give {run}:1"]


def test_a_flow_that_makes_no_call_any_more_is_given_up_undone_and_its_slot_replaced(hasty: World) -> None:
    release, ledger = threading.Event(), Ledger()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        release.wait(60)
        ctx.step("give", give, undo=take)

    def quick(ctx: FlowContext, _: Nothing) -> None:
        ctx.now()

    teach(hasty, probe, ledger.effects)
    teach(hasty, quick, id="quick")
    with at_work(hasty, slots=1, between_calls=0.6):
        run = hasty.run(flow="probe").id
        assert until(lambda: ledger.live == [f"{run}:1"])
        other = hasty.run(flow="quick").id
        assert settled(hasty, other)
        assert settled(hasty, run)
        failed = hasty.see(run).execution
        assert (failed.status, failed.error) == ("failed", "the flow made no call for 0.01 minutes")
        assert ledger.live == []

        release.set()
        again = hasty.run(flow="quick").id
        assert settled(hasty, again)
        assert len(ledger.given) == 1


def test_a_flow_that_goes_round_in_circles_after_its_stretch_is_over_is_given_up_too(hasty: World) -> None:
    stop = threading.Event()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        while not stop.wait(0.01):
            try:
                ctx.sleep(timedelta(days=1))
            except BaseException as end:
                ends.append(type(end).__name__)

    def quick(ctx: FlowContext, _: Nothing) -> None:
        ctx.now()

    ends: list[str] = []
    teach(hasty, probe)
    teach(hasty, quick, id="quick")
    with at_work(hasty, slots=1, between_calls=0.6):
        run = hasty.run(flow="probe").id
        assert until(lambda: len(ends) > 3)
        assert settled(hasty, hasty.run(flow="quick").id)
        assert hasty.see(run).execution.outcome is None
        stop.set()
    assert set(ends) == {"Parked"}


@dataclass
class FrailVault(FakeVault):
    """A vault that breaks when it is first asked, by a mistake that nobody foresaw."""

    asked: list[str | None] = field(default_factory=list)

    def open(self, sealed: str | None) -> dict[str, Json]:
        self.asked.append(sealed)
        if len(self.asked) == 1:
            raise ZeroDivisionError("a mistake of ours")
        return super().open(sealed)


def test_a_worker_survives_a_mistake_of_ours_and_the_run_goes_on_when_the_lease_has_passed(hasty: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        return "after all"

    teach(hasty, probe)
    hasty.advance = AdvanceFlow(replace(hasty.advance.shop, vault=FrailVault()))
    with at_work(hasty, slots=1):
        run = hasty.run(flow="probe").id
        assert settled(hasty, run)
        assert hasty.see(run).execution.result == {"value": "after all"}
