"""The guards of whose turn it is: each name begins with the guard's in the model of the run protocol."""

from datetime import timedelta

import pytest

from core.flows.context import FlowContext
from integrations.database.changes import changes_of
from integrations.embedded.engine import EmbeddedFlowEngine
from tests.core.stage import PATIENT, Nothing, Once, lease_passes, stretch, teach, until
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def test_no_fence__a_worker_frozen_before_it_asks_leaves_the_approval_alone_that_another_asked_for(world: World) -> None:
    def meanwhile() -> None:
        lease_passes(world)
        world.work()
        world.approves("bob", run)

    frozen, ledger = Once(meanwhile), Ledger()

    def probe(ctx: FlowContext, _: Nothing) -> None:
        frozen()
        ctx.approval("May it?")
        ctx.step("give", give, undo=take)

    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    assert world.rows("SELECT status FROM approvals") == [("approved",)]
    assert ledger.calls == []

    world.work()
    assert ledger.given == [f"{run.id}:2"]
    assert world.audit(run).count("ask") == 1


def test_no_fence__a_worker_frozen_in_an_effect_does_not_end_the_step_that_another_ended(world: World) -> None:
    answers = iter(["of the frozen worker", "of the other"])

    def answer(arguments: object, *, effect: object) -> str:
        said = next(answers)
        frozen()
        return said

    def meanwhile() -> None:
        lease_passes(world)
        world.work()

    frozen = Once(meanwhile)

    def probe(ctx: FlowContext, _: Nothing) -> dict[str, str]:
        said = ctx.step("ask", answer)
        ctx.sleep(timedelta(hours=1))
        return {"said": said}

    teach(world, probe)
    run = world.run(flow="probe")
    stretch(world)
    world.later(hours=2)
    world.work()
    assert world.see(run).execution.result == {"said": "of the other"}


def test_no_held_in_fence__a_late_heartbeat_of_a_stretch_that_has_parked_renews_nothing(world: World) -> None:
    run = world.run(username="ann@acme.org", targetOrg="prod", accessLevel="Admin")
    claim = world.advance.claim()
    assert claim is not None
    world.advance.run(claim)
    world.cancels("bob", run)
    with world.database.begin() as tx:
        assert tx.leases.hold(run.id, claim.attempt, world.lease) is None
    assert world.work() == 1
    assert world.see(run).execution.settled_at is not None


def test_no_wake_counter__a_ring_while_a_stretch_is_under_way_makes_it_due_when_it_parks(world: World) -> None:
    def meanwhile() -> None:
        world.cancels("bob", run)
        raise TimeoutError("no answer")

    ledger = Ledger(after=[meanwhile])

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("give", give, undo=take)

    teach(world, probe, ledger.effects, retry=PATIENT)
    run = world.run(flow="probe")
    stretch(world)
    assert ledger.taken == []

    world.work()
    assert ledger.taken == [f"{run.id}:1"]
    assert world.see(run).execution.settled_at is not None


def test_lost_nudge__runs_go_on_by_what_is_due_though_nobody_is_nudged(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?")
        ctx.sleep(timedelta(milliseconds=50))

    teach(world, probe)
    engine = EmbeddedFlowEngine(world.advance, changes_of(world.database), slots=2)
    engine.start()
    try:
        run = world.run(flow="probe")
        assert until(lambda: world.see(run).execution.status == "suspended")
        world.approves("bob", run)
        assert until(lambda: world.see(run).execution.settled_at is not None)
    finally:
        engine.stop()


def test_no_lease__a_run_whose_worker_died_is_claimed_again_when_its_lease_has_passed(world: World) -> None:
    run = world.run(username="ann@acme.org", targetOrg="prod", accessLevel="Admin")
    dead = world.advance.claim()
    assert dead is not None
    world.later(seconds=29)
    assert world.advance.claim() is None

    world.later(seconds=2)
    claim = world.advance.claim()
    assert claim is not None
    assert (claim.execution.id, claim.attempt, claim.lost) == (run.id, dead.attempt + 1, 1)
    world.advance.run(claim)
    assert world.see(run).execution.status == "suspended"
