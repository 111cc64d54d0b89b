"""The guards of an approval: each name begins with the guard's in the model of the run protocol."""

from datetime import timedelta
from threading import Thread

import pytest

from core.errors import AlreadyDecided
from core.flows.context import FlowContext
from core.flows.request_elevated_privileges import ElevatedPrivileges, request_elevated_privileges
from tests.core.stage import Nothing, blocked, stretch, teach
from tests.databases import PostgresTemplates
from tests.world import World

pytestmark = pytest.mark.database


def test_no_expiry_check__an_answer_after_the_time_is_refused_though_no_sweeper_has_been_there(world: World) -> None:
    run = world.asks_for_access("ann")
    world.later(hours=24, seconds=1)
    with pytest.raises(AlreadyDecided) as refused:
        world.approves("bob", run)
    assert refused.value.status == "expired"

    world.work()
    assert world.access.calls == []


def test_no_expiry_on_read__a_stretch_that_sees_an_approval_past_its_time_expires_it_itself(world: World) -> None:
    run = world.asks_for_access("ann")
    expires_at = world.approval(run).approval.expires_at
    world.later(hours=24, seconds=1)
    world.work()
    assert world.rows("SELECT status FROM approvals") == [("expired",)]
    assert world.approval(run).approval.resolved_at == expires_at
    assert world.see(run).execution.status == "failed"
    assert world.audit(run).count("expire") == 1


def test_gate_makes_stale__an_approval_whose_gate_is_not_passed_has_ended_as_approved(world: World) -> None:
    run = world.asks_for_access("ann")
    before = world.approves("bob", run).approval
    world.disable("bob")
    world.work()
    after = world.approval(run, who="cat").approval
    assert (after.status, after.resolved_by, after.resolved_at) == ("approved", "bob@acme.org", before.resolved_at)
    assert world.see(run, who="cat").execution.status == "failed"


def ends_at_once(ctx: FlowContext, _: object) -> None:
    """The new code of a flow that asked before."""


def test_approval_left_open__the_open_approval_of_a_run_that_fails_becomes_stale(world: World) -> None:
    run = world.asks_for_access("ann")
    teach(world, ends_at_once, id=request_elevated_privileges.id, parameters=ElevatedPrivileges)
    with world.database.begin() as tx:
        tx.leases.ring(run.id)
    world.work()
    assert world.see(run).execution.status == "failed"
    assert world.approval(run).approval.status == "stale"
    assert world.rows("SELECT status FROM approvals") == [("stale",)]


def test_approval_left_open__the_overdue_approval_of_a_run_that_fails_has_expired(world: World) -> None:
    run = world.asks_for_access("ann")
    teach(world, ends_at_once, id=request_elevated_privileges.id, parameters=ElevatedPrivileges)
    world.later(hours=25)
    world.work()
    assert world.see(run).execution.status == "failed"
    assert world.rows("SELECT status FROM approvals") == [("expired",)]


def test_cancel_leaves_approval__a_cancel_rejects_what_is_open_and_nobody_answers_it_any_more(world: World) -> None:
    run = world.asks_for_access("ann")
    world.cancels("cat", run)
    with pytest.raises(AlreadyDecided):
        world.approves("bob", run)
    approval = world.approval(run).approval
    assert (approval.status, approval.resolved_by, approval.reason) == ("rejected", "cat@acme.org", "execution cancelled")
    assert world.see(run).execution.status == "cancelled"


def test_cancel_leaves_approval__a_cancel_after_its_time_leaves_it_expired(world: World) -> None:
    run = world.asks_for_access("ann")
    world.later(hours=25)
    world.cancels("cat", run)
    assert world.approval(run).approval.status == "expired"
    assert world.see(run).execution.status == "cancelled"


def test_approval_before_run__a_decider_who_waits_for_the_run_holds_nothing_that_its_holder_needs(postgres: PostgresTemplates) -> None:
    """On PostgreSQL only: writers of SQLite take turns as a whole."""
    with postgres.database() as url:
        world = World(url).company()
        run = world.asks_for_access("ann")
        decider = Thread(target=world.approves, args=("bob", run))
        with world.database.begin() as tx:
            tx.executions.lock(run.id)
            decider.start()
            assert blocked(world)
            assert tx.approvals.lock(run.id) is not None
        decider.join(10)
        assert world.approval(run).approval.status == "approved"
        world.close()


def test_no_expiry_check__a_decider_who_waited_for_the_run_past_the_time_is_refused(postgres: PostgresTemplates) -> None:
    """The clock is read after the lock. On PostgreSQL only, where it is the row that a writer waits for."""
    refused: list[Exception] = []

    def decide() -> None:
        try:
            world.approves("bob", run)
        except AlreadyDecided as error:
            refused.append(error)

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?", timeout=timedelta(minutes=1))

    with postgres.database() as url:
        world = World(url).company()
        teach(world, probe)
        run = world.run(flow="probe")
        stretch(world)
        decider = Thread(target=decide)
        with world.database.begin() as tx:
            tx.executions.lock(run.id)
            decider.start()
            assert blocked(world)
            world.later(minutes=2)
        decider.join(10)
        assert [type(error) for error in refused] == [AlreadyDecided]
        world.close()
