"""What the audit says of each moment of a run: who did what, to which request, how that ended and why."""

import json
from typing import Any

import pytest

from core.domain.executions import Execution
from core.engine.withdraw_answer import WithdrawAnswer
from core.flows.context import FlowContext
from tests.core.stage import Nothing, teach
from tests.fakes.ledger import Ledger, take
from tests.world import World

pytestmark = pytest.mark.database

Said = tuple[str, str, dict[str, Any]]


def asks(world: World) -> Execution:
    """Ann asks for something that two have to agree to, and that fails after it was done."""
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("Open the door?")
        ctx.step("open", ledger.give, undo=take)
        raise RuntimeError("the door is stuck")

    ledger = Ledger()
    teach(world, probe, ledger.effects, required=2)
    run = world.run(flow="probe")
    world.work()
    return run


def says(world: World, run: Execution, *kinds: str) -> list[Said]:
    """Return the rows of a run; `seconds` are whole ones, and what is about the request says so instead of its id."""
    said: list[Said] = []
    for kind, actor, about, facts in world.rows(
            "SELECT kind, actor, approval_id, facts FROM audit WHERE execution_id = :id ORDER BY seq", id=run.id):
        found = facts if isinstance(facts, dict) else json.loads(facts)
        if found.get("seconds") is not None:
            found["seconds"] = found["seconds"] // 600 * 600
        said.append((kind, actor, found | ({"about": about} if about is not None else {})))
    return [each for each in said if not kinds or each[0] in kinds]


def test_of_a_request_that_two_agreed_to_and_of_what_was_done_and_taken_back(world: World) -> None:
    run = asks(world)
    world.later(minutes=10)
    world.approves("bob", run)
    WithdrawAnswer(database=world.database).withdraw(world.caller("bob"), run.id)
    world.approves("cat", run)
    world.approves("bob", run, reason="Go on")
    world.work()
    asked, effect = world.approval(run).approval, f"{run.id}:2"
    this = {"about": asked.id, "digest": asked.digest}
    assert says(world, run) == [
        ("start", "ann@acme.org", {"flow": "probe", "taskType": "probe", "triggeredBy": "ann@acme.org"}),
        ("ask", "ann@acme.org", this | {"question": "Open the door?", "required": 2, "approvers": [], "gate": "1", "risk": "normal"}),
        ("decide", "bob@acme.org", this | {"answer": "approve", "status": "pending", "by": None, "reason": None}),
        ("withdraw", "bob@acme.org", this | {"answer": "approve"}),
        ("decide", "cat@acme.org", this | {"answer": "approve", "status": "pending", "by": None, "reason": None}),
        ("decide", "bob@acme.org", this | {
            "status": "approved", "by": "bob@acme.org", "reason": "Go on", "surface": "rest", "seconds": 600.0}),
        ("gate", "placet", this | {"passed": True, "status": "approved", "wrong": None}),
        ("begin", "placet", {"step": "open#1", "state": "begun", "effect": effect, "tries": 0}),
        ("end", "placet", {"step": "open#1", "state": "done", "effect": effect, "tries": 1}),
        ("return", "placet", {"outcome": "failed", "error": "RuntimeError: the door is stuck"}),
        ("undo", "placet", {"step": "open#1", "effect": effect, "tries": 1}),
        ("settle", "placet", {"status": "failed"}),
    ]


def test_of_a_no_and_its_reason(world: World) -> None:
    run = asks(world)
    world.rejects("bob", run, reason="Not today")
    world.work()
    asked = world.approval(run).approval
    this = {"about": asked.id, "digest": asked.digest}
    assert says(world, run)[2:] == [
        ("decide", "bob@acme.org", this | {
            "status": "rejected", "by": "bob@acme.org", "reason": "Not today", "surface": "rest", "seconds": 0.0}),
        ("gate", "placet", this | {"passed": False, "status": "rejected", "wrong": None}),
        ("return", "placet", {"outcome": "failed", "error": "rejected by bob@acme.org: Not today"}),
        ("settle", "placet", {"status": "failed"}),
    ]


def test_of_a_request_that_nobody_answered(world: World) -> None:
    run = asks(world)
    world.later(hours=25)
    world.sweep()
    world.work()
    asked = world.approval(run).approval
    this = {"about": asked.id, "digest": asked.digest}
    assert says(world, run, "expire", "gate") == [
        ("expire", "placet", this | {"status": "expired", "by": None, "reason": None, "surface": None, "seconds": 86_400.0}),
        ("gate", "placet", this | {"passed": False, "status": "expired", "wrong": None}),
    ]


def test_of_a_run_that_is_cancelled_with_its_request(world: World) -> None:
    run = asks(world)
    world.cancels("ann", run)
    world.work()
    asked = world.approval(run).approval
    assert says(world, run)[2:] == [
        ("reject", "ann@acme.org", {"about": asked.id, "digest": asked.digest, "status": "rejected", "by": "ann@acme.org",
                                    "reason": "execution cancelled", "surface": None, "seconds": 0.0}),
        ("cancel", "ann@acme.org", {}),
        ("settle", "placet", {"status": "cancelled"}),
    ]


def test_of_a_yes_that_does_not_open_the_gate_any_more(world: World) -> None:
    run = asks(world)
    world.approves("bob", run)
    world.approves("cat", run)
    world.disable("cat")
    world.work()
    asked = world.approval(run).approval
    assert says(world, run, "gate", "return", "settle") == [
        ("gate", "placet", {"about": asked.id, "digest": asked.digest, "passed": False, "status": "approved",
                            "wrong": "cat@acme.org approved it and may not any more"}),
        ("settle", "placet", {"status": "failed"}),
    ]


def test_of_a_request_for_a_run_of_another_engine(world: World) -> None:
    asked = world.requests("app:ci", requested_by="ci-bot").approval
    assert says(world, world.see(asked.execution_id).execution) == [
        ("start", "app:ci", {"flow": "deploy", "taskId": "job-1", "foreign": True}),
        ("ask", "ci-bot", {"about": asked.id, "digest": asked.digest, "question": asked.question, "required": 1, "approvers": [],
                           "gate": "", "risk": "normal"})]
