"""What the context of a flow promises: each call is made once, and answers what it answered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.json import Json
from core.errors import SelfApproval
from core.flows.context import Effect, FlowContext
from tests.core.stage import Nothing, Once, lease_passes, stretch, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an effect may answer: more than a parameter can be."""

    at: datetime
    levels: tuple[int, ...]
    note: str | None = None


def test_recorded_steps_answer_and_are_not_done_again(world: World) -> None:
    done: list[str] = []

    def work(arguments: Json, *, effect: Effect) -> Json:
        done.append(str(arguments))
        return {"of": arguments}

    def probe(ctx: FlowContext, _: Nothing) -> list[Json]:
        said: list[Json] = [ctx.step("work", work, "first")]
        ctx.sleep(timedelta(minutes=1))
        said.append(ctx.step("work", work, "second"))
        ctx.sleep(timedelta(minutes=1))
        return [*said, ctx.step("work", work, "third")]

    teach(world, probe)
    run = world.run(flow="probe")
    for _ in range(3):
        world.work()
        world.later(minutes=1)
    assert done == ["first", "second", "third"]
    assert world.see(run).execution.result == {"value": [{"of": "first"}, {"of": "second"}, {"of": "third"}]}
    assert world.rows("SELECT key FROM steps ORDER BY position") == [("work#1",), ("sleep#1",), ("work#2",), ("sleep#2",), ("work#3",)]


def test_a_step_answers_the_json_round_trip_of_its_result_at_once_and_again(world: World) -> None:
    seen: list[Json] = []

    def read(arguments: Json, *, effect: Effect) -> Reading:
        return Reading(at=datetime(2026, 3, 1, 12, tzinfo=UTC), levels=(1, 2))

    def probe(ctx: FlowContext, _: Nothing) -> None:
        seen.append(ctx.step("read", read))
        ctx.sleep(timedelta(minutes=1))

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    world.later(minutes=1)
    world.work()
    assert seen == [{"at": "2026-03-01T12:00:00.000Z", "levels": [1, 2], "note": None}] * 2
    assert world.see(run).execution.status == "completed"


def test_now_is_the_time_at_which_it_was_first_asked(world: World) -> None:
    seen: list[tuple[datetime, datetime]] = []

    def probe(ctx: FlowContext, _: Nothing) -> None:
        began = ctx.now()
        ctx.sleep(timedelta(hours=1))
        seen.append((began, ctx.now()))
        ctx.sleep(timedelta(hours=1))

    teach(world, probe)
    world.run(flow="probe")
    before = world.now()
    world.work()
    world.later(hours=1)
    world.work()
    world.later(hours=1)
    world.work()
    assert len(seen) == 2
    assert seen[0] == seen[1]
    assert before <= seen[0][0] <= before + timedelta(minutes=1)
    assert seen[0][1] - seen[0][0] >= timedelta(hours=1)


def test_a_sleep_ends_when_it_was_to_end_at_first_and_writes_nothing_until_then(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.sleep(timedelta(hours=2))

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    first = world.rows("SELECT * FROM steps")
    world.later(hours=1)
    with world.database.begin() as tx:
        tx.leases.ring(run.id)
    assert world.work() == 1
    assert world.rows("SELECT * FROM steps") == first

    world.later(minutes=59)
    assert world.work() == 0
    world.later(minutes=1)
    world.work()
    assert world.see(run).execution.status == "completed"


def test_a_sleep_until_a_time_that_has_passed_is_over_at_once(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.sleep_until(ctx.now() - timedelta(days=1))
        ctx.sleep(timedelta())

    teach(world, probe)
    run = world.run(flow="probe")
    assert world.work() == 1
    assert world.see(run).execution.status == "completed"


def test_a_run_that_was_out_of_service_when_its_sleep_ended_goes_on_where_it_stood(world: World) -> None:
    ledger = Ledger()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.sleep(timedelta(minutes=10))
        ctx.undo("give")
        ctx.step("give", give, undo=take)

    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    world.later(days=3)
    world.work()
    assert ledger.calls == [f"give {run.id}:1", f"take {run.id}:1", f"give {run.id}:4"]
    assert ledger.live == [f"{run.id}:4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    number: int


def test_spawned_runs_are_started_once_and_waited_for(world: World) -> None:
    def part(ctx: FlowContext, part: Part) -> dict[str, int]:
        ctx.sleep(timedelta(minutes=part.number))
        return {"twice": 2 * part.number}

    def probe(ctx: FlowContext, _: Nothing) -> list[Json]:
        ids = [ctx.spawn("part", Part(number=n)) for n in (1, 2)]
        ended = ctx.children()
        assert [child.id for child in ended] == ids
        ctx.sleep(timedelta(hours=1))
        return [{"flow": child.flow, "status": child.status, **child.result} for child in ended]

    teach(world, part, id="part", parameters=Part)
    teach(world, probe)
    run = world.run("ann", flow="probe")
    world.work()
    parts = [each.execution for each in world.see(run).children]
    assert [(each.parent_id, each.triggered_by, each.payload) for each in parts] == [
        (run.id, "ann@acme.org", {"number": 1}), (run.id, "ann@acme.org", {"number": 2})]

    for minutes in (1, 1, 60):
        world.later(minutes=minutes)
        world.work()
    assert len(world.see(run).children) == 2
    assert world.see(run).execution.result == {"value": [
        {"flow": "part", "status": "completed", "twice": 2}, {"flow": "part", "status": "completed", "twice": 4}]}


def test_a_spawn_of_what_there_is_not_fails_the_run_with_a_sentence(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.spawn("nothing-of-this-name", Nothing())

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    failed = world.see(run).execution
    assert failed.status == "failed"
    assert "There is no flow type nothing-of-this-name" in str(failed.error)


def test_whoever_started_the_parent_does_not_decide_for_its_child(world: World) -> None:
    def child(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?")

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.spawn("child", Nothing())
        ctx.children()

    teach(world, child, id="child")
    teach(world, probe)
    run = world.run("bob", flow="probe")
    world.work()
    (below,) = world.see(run).children
    with pytest.raises(SelfApproval):
        world.approves("bob", below.execution)
    world.approves("cat", below.execution)
    world.work()
    assert world.see(run).execution.status == "completed"


def test_what_a_worker_had_recorded_before_it_was_lost_is_not_done_again(world: World) -> None:
    ledger = Ledger()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        lost()
        ctx.step("give", give, undo=take)

    def meanwhile() -> None:
        lease_passes(world)
        world.work()

    lost = Once(meanwhile)
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    assert ledger.calls == [f"give {run.id}:1", f"give {run.id}:2"]
    assert world.see(run).execution.status == "completed"
