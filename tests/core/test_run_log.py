"""The log of a run: each line once, however often its flow is called again."""

from datetime import timedelta

import pytest

from core.domain.json import Json
from core.domain.steps import Retry
from core.engine.read_logs import ReadLogs
from core.flows.context import Effect, FlowContext
from tests.core.stage import Nothing, Once, lease_passes, stretch, teach
from tests.world import World

pytestmark = pytest.mark.database


def work(arguments: Json, *, effect: Effect) -> None:
    """Fail at first."""
    if effect.attempt == 1:
        raise TimeoutError("no answer")


def talkative(ctx: FlowContext, _: Nothing) -> None:
    """Say something between all that may end a stretch."""
    ctx.log("begins")
    ctx.log("begins")
    ctx.step("work", work)
    ctx.log("worked", level="WARNING")
    ctx.sleep(timedelta(minutes=1))
    ctx.log("slept")
    ctx.now()
    ctx.log("and ends")


def seqs(world: World) -> list[int]:
    return [seq for seq, in world.rows("SELECT seq FROM log_lines ORDER BY seq")]


def test_every_line_is_written_once_and_in_order(world: World) -> None:
    teach(world, talkative, retry=Retry(first=timedelta(minutes=1)))
    run = world.run(flow="probe")
    for _ in range(4):
        world.work()
        world.later(minutes=1)
    assert world.see(run).execution.status == "completed"
    assert world.log(run) == [
        "begins", "begins", "work#1 failed (try 1 of 3): no answer; again in 60 s", "worked", "slept", "and ends"]
    assert seqs(world) == [1, 2, 3, 4, 5, 6]
    assert world.rows("SELECT level FROM log_lines WHERE message = 'worked'") == [("WARNING",)]


def test_lines_of_a_lost_worker_are_not_written_again(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.log("one")
        ctx.now()
        ctx.log("two")
        ctx.log("three")
        lost()
        ctx.log("four")
        ctx.now()
        ctx.log("five")

    def meanwhile() -> None:
        lease_passes(world)
        world.work()

    lost = Once(meanwhile)
    teach(world, probe)
    run = world.run(flow="probe")
    stretch(world)
    assert world.log(run) == ["one", "two", "three", "four", "five"]
    assert seqs(world) == [1, 2, 3, 4, 5]


def test_a_log_is_read_on_from_where_it_was_read_to(world: World) -> None:
    teach(world, talkative, retry=Retry(first=timedelta(minutes=1)))
    run = world.run(flow="probe")
    read, bob, said, offset = ReadLogs(database=world.database), world.caller("bob"), [], 0
    for _ in range(5):
        part = read.after(bob, run.id, offset)
        said += [line.message for line in part.lines]
        offset = part.end
        world.work()
        world.later(minutes=1)
    assert said == world.log(run)


def test_a_line_is_cut_and_fit_for_every_database(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.log("a\x00b \ud800 " + "x" * 20_000)

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    (line,) = world.log(run)
    assert line.startswith("a\ufffdb ? xxx")
    assert len(line) == 16_384
