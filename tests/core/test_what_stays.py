"""What a run leaves behind, row by row: its journal, the lines of its log with their levels, and its audit."""

import json
from datetime import timedelta
from typing import Any

import pytest

from core.domain.executions import Execution
from core.domain.json import Json
from core.domain.steps import Retry
from core.flows.context import Effect, EffectRefused, FlowContext, LockRefused, NotYet, StepFailed
from tests.core.stage import Nothing, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def journal(world: World, run: Execution) -> list[tuple[Any, ...]]:
    """Each row: its key, its kind, its state, its tries, and whether it has its beginning and its end."""
    with world.database.read() as tx:
        rows = tx.journal.read(run.id)
    return [(row.key, str(row.kind), str(row.state), row.tries, row.begun_at is not None, row.ended_at is not None)
            for _, row in sorted(rows.items())]


def lines(world: World, run: Execution) -> list[tuple[Any, ...]]:
    return world.rows("SELECT level, position, attempt, message FROM log_lines WHERE execution_id = :id ORDER BY seq", id=run.id)


def steps_in_audit(world: World, run: Execution) -> list[tuple[str, str, dict[str, Json]]]:
    rows = world.rows("SELECT kind, actor, facts FROM audit WHERE execution_id = :id AND kind IN ('begin', 'end', 'undo') ORDER BY seq",
                      id=run.id)
    return [(kind, actor, facts if isinstance(facts, dict) else json.loads(facts)) for kind, actor, facts in rows]


def test_every_call_of_a_flow_is_a_row_with_its_times(world: World) -> None:
    def leaf(ctx: FlowContext, _: Nothing) -> None:
        ctx.now()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.now()
        ctx.sleep(timedelta(minutes=1))
        ctx.lock("prod")
        ctx.spawn("leaf", Nothing())
        ctx.children()
        ctx.undo("give")

    ledger = Ledger()
    teach(world, leaf, id="leaf")
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    for _ in range(3):
        world.work()
        world.later(minutes=1)
    assert world.see(run).execution.status == "completed"
    assert journal(world, run) == [
        ("give#1", "step", "undone", 1, True, True), ("now#1", "now", "done", 0, True, False),
        ("sleep#1", "sleep", "done", 0, True, False), ("lock prod#1", "lock", "done", 0, True, True),
        ("spawn leaf#1", "spawn", "done", 0, True, True), ("children#1", "children", "done", 0, True, False),
        ("undo give#1", "undo", "done", 0, True, True)]
    assert lines(world, run) == [("INFO", 4, 2, "has the lock on prod")]
    key = f"{run.id}:1"
    assert steps_in_audit(world, run) == [
        ("begin", "placet", {"step": "give#1", "state": "begun", "effect": key, "tries": 0}),
        ("end", "placet", {"step": "give#1", "state": "done", "effect": key, "tries": 1}),
        ("undo", "placet", {"step": "give#1", "effect": key, "tries": 1})]


def test_an_approval_is_a_row_that_ends_when_it_is_decided(world: World) -> None:
    run = world.asks_for_access("ann")
    assert journal(world, run)[0] == ("approval#1", "approval", "begun", 0, True, False)
    approval = world.approval(run).approval
    world.approves("bob", run)
    world.work()
    assert journal(world, run)[0] == ("approval#1", "approval", "done", 0, True, True)
    asked, passed = (line for line in lines(world, run) if line[1] == 1)
    assert asked[:3] == ("INFO", 1, 1)
    assert asked[3].startswith(f"asked for approval {approval.ref}: {approval.question}; open until ")
    assert passed == ("INFO", 1, 2, "approved by bob@acme.org")


def test_a_try_that_fails_is_a_warning_one_that_goes_on_is_not_and_the_last_is_an_error(world: World) -> None:
    def work(arguments: Json, *, effect: Effect) -> None:
        if effect.attempt == 1:
            raise NotYet("3 of 5 nodes")
        raise KeyError if effect.attempt == 2 else TimeoutError("no answer")

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("work", work, undo=take)

    teach(world, probe, Ledger().effects, retry=Retry(tries=3, first=timedelta(seconds=1)))
    run = world.run(flow="probe")
    world.work()
    assert journal(world, run) == [("work#1", "step", "begun", 1, True, False)]
    for _ in range(3):
        world.later(minutes=1)
        world.work()
    with world.database.read() as tx:
        row = tx.journal.read(run.id)[1]
    assert (row.error, row.retry_at) == ("no answer", None)
    assert lines(world, run) == [
        ("INFO", 1, 1, "work#1 is under way: 3 of 5 nodes; again in 1 s"),
        ("WARNING", 1, 2, "work#1 failed (try 2 of 3): KeyError; again in 2 s"),
        ("ERROR", 1, 3, "work#1 was given up: no answer"),
        ("ERROR", 0, 3, "work failed: no answer")]
    assert [(kind, facts["state"], facts["tries"]) for kind, _, facts in steps_in_audit(world, run) if kind != "undo"] == [
        ("begin", "begun", 0), ("begin", "begun", 1), ("begin", "begun", 2), ("end", "failed", 3)]


def test_a_step_that_was_given_up_is_a_row_with_its_reason(world: World) -> None:
    def refuse(arguments: Json, *, effect: Effect) -> None:
        if effect.attempt == 1:
            raise TimeoutError
        raise EffectRefused("no such organisation")

    def probe(ctx: FlowContext, _: Nothing) -> str:
        try:
            ctx.step("work", refuse)
        except StepFailed as error:
            return str(error)
        return "worked"

    teach(world, probe, retry=Retry(tries=9))
    run = world.run(flow="probe")
    world.work()
    world.later(minutes=1)
    world.work()
    with world.database.read() as tx:
        row = tx.journal.read(run.id)[1]
    assert (row.error, row.tries, row.retry_at) == ("no such organisation", 2, None)
    assert journal(world, run) == [("work#1", "step", "failed", 2, True, True)]
    assert world.see(run).execution.result == {"value": "work failed: no such organisation"}


def test_a_try_that_fails_after_a_cancel_is_recorded_all_the_same(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)

    ledger = Ledger(lost=1, after=[lambda: world.cancels("bob", run)])
    teach(world, probe, ledger.effects, retry=Retry(tries=3, first=timedelta(seconds=1)))
    run = world.run(flow="probe")
    world.work()
    assert lines(world, run) == [("WARNING", 1, 1, "give#1 failed (try 1 of 3): no answer; again in 1 s")]
    assert (journal(world, run), ledger.live) == ([("give#1", "step", "undone", 1, True, True)], [])


def test_a_cancel_ends_what_was_asked_and_says_who_did_it(world: World) -> None:
    run = world.asks_for_access("ann")
    before = world.now()
    world.cancels("bob", run)
    cancelled = world.see(run).execution
    assert (cancelled.status, cancelled.outcome, cancelled.settled_at) == ("cancelled", "cancelled", None)
    assert cancelled.ended_at is not None
    assert before <= cancelled.ended_at <= world.now()
    ended = world.approval(run).approval
    assert (ended.status, ended.resolved_by, ended.reason) == ("rejected", "bob@acme.org", "execution cancelled")
    rows = world.rows("SELECT kind, actor FROM audit WHERE execution_id = :id ORDER BY seq", id=run.id)
    assert rows == [("start", "ann@acme.org"), ("ask", "ann@acme.org"), ("reject", "bob@acme.org"), ("cancel", "bob@acme.org")]


def test_an_undo_that_the_flow_asks_for_begins_once_however_often_it_is_tried(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        ctx.undo("give")

    ledger = Ledger(broken=2)
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    begun = []
    for _ in range(3):
        world.work()
        with world.database.read() as tx:
            begun.append(tx.journal.read(run.id)[2].begun_at)
        world.later(hours=1)
    assert begun == begun[:1] * 3
    assert (world.see(run).execution.status, ledger.live) == ("completed", [])


def test_an_undo_that_fails_is_a_warning_and_from_the_fifth_time_on_an_error(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)
        raise ValueError("enough")

    ledger = Ledger(broken=6)
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    for _ in range(7):
        world.work()
        world.later(hours=1)
    assert lines(world, run) == [
        ("ERROR", 0, 3, "ValueError: enough"),
        *(("WARNING" if n < 5 else "ERROR", 1, 1000 + n, f"give#1 could not be taken back (try {n}): no answer") for n in range(1, 7))]
    assert journal(world, run) == [("give#1", "step", "undone", 1, True, True)]
    assert steps_in_audit(world, run)[-1] == ("undo", "placet", {"step": "give#1", "effect": f"{run.id}:1", "tries": 7})


@pytest.mark.parametrize("name", ["x", "x" * 200])
def test_a_lock_is_named_by_one_to_two_hundred_characters(world: World, name: str) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.lock(name)

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.status == "completed"
    assert lines(world, run) == [("INFO", 1, 2, f"has the lock on {name}")]


def test_a_lock_that_is_refused_is_a_row_that_is_over(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.lock("prod")
        try:
            ctx.lock("test")
        except LockRefused:
            ctx.log("refused", level="WARNING")

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    assert journal(world, run) == [("lock prod#1", "lock", "done", 0, True, True), ("lock test#1", "lock", "failed", 0, True, True)]
    assert lines(world, run) == [("INFO", 1, 2, "has the lock on prod"), ("WARNING", 2, 0, "refused")]


def test_a_step_named_with_a_number_sign_is_undone_by_its_whole_name(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give #1", give, undo=take)
        ctx.undo("give #1")

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    world.work()
    assert (world.see(run).execution.status, ledger.live) == ("completed", [])
    assert journal(world, run)[0][:3] == ("give #1#1", "step", "undone")
