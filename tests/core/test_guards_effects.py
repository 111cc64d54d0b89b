"""The guards of what is done outside: each name begins with the guard's in the model of the run protocol."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.domain.json import Json
from core.domain.steps import Retry
from core.engine.grant_access import GrantAccess, RecordedAccess
from core.flows import access
from core.flows.context import Effect, FlowContext, StepFailed
from tests.core.stage import AT_ONCE, PATIENT, Nothing, Once, lease_passes, stretch, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database


def holding(ctx: FlowContext, _: Nothing) -> None:
    """Have something for an hour."""
    ctx.step("give", give, undo=take)
    ctx.sleep(timedelta(hours=1))
    ctx.undo("give")


def test_no_intent__an_effect_whose_worker_was_frozen_is_taken_back_by_the_row_that_was_there_before(world: World) -> None:
    def meanwhile() -> None:
        world.cancels("bob", run)
        lease_passes(world)
        world.work()

    ledger = Ledger(after=[meanwhile])
    teach(world, holding, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    assert (ledger.given, ledger.live) == ([f"{run.id}:1"], [])
    assert world.see(run).execution.settled_at is not None


def test_no_key__every_try_carries_the_same_key_so_that_the_effect_happens_once(world: World) -> None:
    def meanwhile() -> None:
        lease_passes(world)
        world.work()

    ledger = Ledger(after=[meanwhile], lost=1)
    teach(world, holding, ledger.effects, retry=PATIENT)
    run = world.run(flow="probe")
    stretch(world)
    world.later(minutes=11)
    world.work()
    assert ledger.calls == [f"give {run.id}:1"] * 3
    assert ledger.given == [f"{run.id}:1"]


def recorded(world: World, first: Callable[[], object]) -> GrantAccess:
    """Teach a flow that has access for an hour, by a row and nothing outside; its grant is late by what happens first."""
    grants, late = GrantAccess(database=world.database, provider=RecordedAccess()), Once(first)

    def grant(arguments: dict[str, Json], *, effect: Effect) -> Json:
        late()
        return grants.grant(arguments, effect=effect)

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.step("grant", access.grant, {"username": "ann@acme.org", "targetOrg": "prod", "accessLevel": "Admin", "durationMinutes": 60},
                 undo=access.revoke)
        ctx.sleep(timedelta(hours=1))

    teach(world, probe, {"access.grant": grant, "access.revoke": grants.revoke})
    return grants


def live(world: World) -> int:
    with world.database.read() as tx:
        return len(tx.grants.live())


def test_no_tombstone__a_grant_that_arrives_after_its_revoke_gives_nothing(world: World) -> None:
    def meanwhile() -> None:
        world.cancels("bob", run)
        lease_passes(world)
        world.work()
        assert world.see(run).execution.settled_at is not None

    recorded(world, meanwhile)
    run = world.run(flow="probe")
    stretch(world)
    assert live(world) == 0


def test_no_tombstone__a_key_taken_back_stays_so_for_every_later_grant(world: World) -> None:
    grants = recorded(world, lambda: None)
    run = world.run(flow="probe")
    world.work()
    assert live(world) == 1

    world.cancels("bob", run)
    world.work()
    assert live(world) == 0
    with pytest.raises(Exception, match="taken back already"):
        grants.grant({"username": "ann@acme.org", "targetOrg": "prod", "accessLevel": "Admin", "durationMinutes": 60},
                     effect=Effect(key=f"{run.id}:1", seconds=1, attempt=2))
    assert live(world) == 0


def test_undo_without_waiting__nobody_undoes_while_the_holder_of_a_cancelled_run_is_in_its_effect(world: World) -> None:
    def meanwhile() -> None:
        world.cancels("bob", run)
        world.work()

    ledger = Ledger(before=[meanwhile], forgets=True)
    teach(world, holding, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    assert ledger.calls == [f"give {run.id}:1"]

    world.work()
    assert ledger.calls == [f"give {run.id}:1", f"take {run.id}:1"]
    assert ledger.live == []


def test_late_landing__an_effect_may_take_less_than_what_is_left_of_the_lease(world: World) -> None:
    def landing(arguments: object, *, effect: Effect) -> None:
        world.later(seconds=effect.seconds)
        world.cancels("bob", run)
        assert world.advance.claim() is None

    def probe(ctx: FlowContext, _: Nothing) -> None:
        world.later(seconds=world.lease.total_seconds() - 1)
        ctx.step("give", landing, undo=take)

    ledger = Ledger()
    teach(world, probe, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    world.work()
    assert ledger.taken == [f"{run.id}:1"]
    assert "AssertionError" not in " ".join(world.log(run))


def test_retry_without_begin__a_try_by_another_worker_does_not_start_after_a_cancel(world: World) -> None:
    def meanwhile() -> None:
        lease_passes(world)
        claim = world.advance.claim()
        assert claim is not None
        world.cancels("bob", run)
        world.advance.run(claim)

    ledger = Ledger(before=[meanwhile])
    teach(world, holding, ledger.effects)
    run = world.run(flow="probe")
    stretch(world)
    assert [call for call in ledger.calls if call.startswith("give")] == [f"give {run.id}:1"]

    world.work()
    assert ledger.live == []


def test_failed_step_kept__a_step_that_was_given_up_is_undone_though_the_flow_caught_its_error_and_returned(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> str:
        ctx.step("first", give, undo=take)
        try:
            ctx.step("second", give, undo=take)
        except StepFailed:
            return "caught"
        return "went well"

    ledger = Ledger(after=[lambda: None, _unanswered, _unanswered])
    teach(world, probe, ledger.effects, retry=Retry(tries=2))
    run = world.run(flow="probe")
    world.work()
    world.later(minutes=1)
    world.work()
    done = world.see(run).execution
    assert (done.status, done.result) == ("completed", {"value": "caught"})
    assert ledger.given == [f"{run.id}:1", f"{run.id}:2"]
    assert ledger.live == [f"{run.id}:1"]


def test_failed_step_kept__a_step_that_was_given_up_is_undone_when_its_run_fails(world: World) -> None:
    ledger = Ledger(lost=1)
    teach(world, holding, ledger.effects, retry=AT_ONCE)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.status == "failed"
    assert (ledger.given, ledger.live) == ([f"{run.id}:1"], [])


def _unanswered() -> None:
    raise TimeoutError("no answer")
