"""What has been over for long goes; what is open, live or not taken back stays, however old it is."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from core.domain.executions import Execution
from core.domain.people import Role
from core.engine.purge import Purge, PurgedChain
from core.engine.verify_audit import VerifyAudit
from core.flows.context import FlowContext
from core.ports.tokens import MintedToken
from tests.core.stage import Nothing, teach
from tests.fakes.signatures import FakeSignatures
from tests.world import World, new_id

pytestmark = pytest.mark.database
YEAR = timedelta(days=365)


def purging(world: World, **more: Any) -> Purge:
    return Purge(database=world.database, signatures=FakeSignatures(), **more)


def done(world: World, **parameters: Any) -> Execution:
    """A run that is over: access was given and taken back."""
    run = world.asks_for_access(**parameters)
    world.approves("bob", run)
    world.work()
    world.later(hours=2)
    world.work()
    assert world.see(run).execution.settled_at is not None
    return run


def left(world: World, table: str = "executions") -> int:
    return int(world.rows(f"SELECT count(*) FROM {table}")[0][0])


def whole(world: World) -> bool:
    verify = VerifyAudit(database=world.database, signatures=FakeSignatures())
    return not any(verify.verify(project_id).faults for project_id in verify.projects())


def test_a_run_that_is_long_over_goes_with_all_that_belongs_to_it_but_its_audit(world: World) -> None:
    done(world)
    world.later(days=366)
    later = done(world)
    audited = left(world, "audit")

    assert purging(world).runs(YEAR, dry=True) == 1
    assert left(world) == 2
    assert purging(world).runs(YEAR) == 1

    assert [row[0] for row in world.rows("SELECT id FROM executions")] == [later.id]
    for table in ("approvals", "steps", "grants", "log_lines"):
        assert {row[0] for row in world.rows(f"SELECT execution_id FROM {table}")} == {later.id}
    assert left(world, "answers") == 1
    assert left(world, "audit") == audited
    assert purging(world).runs(YEAR) == 0


def test_an_open_request_stays_however_old_it_is(world: World) -> None:
    world.asks_for_access()
    world.requests("ann")
    world.later(days=5_000)
    assert purging(world).runs(YEAR) == 0
    assert left(world) == 2


def test_a_run_that_still_waits_stays(world: World) -> None:
    run = world.asks_for_access(durationMinutes=60)
    world.approves("bob", run)
    world.work()
    world.later(days=400)  # its worker is away
    assert purging(world).runs(YEAR) == 0
    world.work()
    world.later(days=400)
    assert purging(world).runs(YEAR) == 1


def test_access_that_was_not_taken_back_keeps_its_run(world: World) -> None:
    done(world)
    with world.database.writer.begin() as connection:
        connection.execute(text("UPDATE grants SET revoked_at = NULL"))
    world.later(days=400)
    assert purging(world).runs(YEAR) == 0


def test_what_stays_keeps_nothing_else_that_is_removed_with_it(world: World) -> None:
    runs = [done(world) for _ in range(3)]
    with world.database.writer.begin() as connection:
        connection.execute(text("UPDATE grants SET revoked_at = NULL WHERE execution_id = :run"), {"run": runs[1].id})
    world.later(days=400)
    assert purging(world).runs(YEAR, dry=True) == 2
    assert purging(world).runs(YEAR) == 2
    assert [row[0] for row in world.rows("SELECT id FROM executions")] == [runs[1].id]


def test_a_tree_goes_as_a_whole_or_stays_as_a_whole(world: World) -> None:
    def child(ctx: FlowContext, request: Nothing) -> None:
        ctx.approval("May the child?")

    def parent(ctx: FlowContext, request: Nothing) -> None:
        for _ in range(2):
            ctx.spawn("child", {})
        ctx.children()

    teach(world, child, id="child", parameters=Nothing)
    teach(world, parent, id="parent", parameters=Nothing)
    run = world.run("ann", "parent")
    world.work()
    first, second = (view.execution for view in world.see(run).children)
    world.approves("bob", first)
    world.work()
    world.later(hours=12)
    assert purging(world).runs(timedelta(hours=1)) == 0  # one child is over, the other asks
    world.rejects("bob", second)
    world.work()
    assert world.see(run).execution.settled_at is not None
    world.later(days=400)
    again = world.reruns("ann", second)
    world.work()
    world.later(days=400)
    assert purging(world).runs(YEAR) == 0  # the rerun of a child still asks
    world.cancels("ann", again)
    world.work()
    world.later(days=400)
    assert purging(world).runs(YEAR) == 4
    assert left(world) == 0


def test_a_rerun_outlives_what_it_was_a_rerun_of(world: World) -> None:
    first = done(world)
    world.later(days=400)
    again = world.reruns("ann", first)
    world.work()
    assert purging(world).runs(YEAR) == 1
    assert world.rows("SELECT id, rerun_of FROM executions") == [(again.id, None)]


def test_expired_tokens_are_forgotten(world: World) -> None:
    with world.database.begin() as tx:
        now = tx.now()
        for hours in (1, 24 * 500):
            tx.tokens.add(MintedToken(id=new_id(), subject="ci", role=Role.APPLICATION, projects=None, created_at=now,
                                      expires_at=now + timedelta(hours=hours)))
    world.later(days=400)
    assert purging(world).tokens(YEAR) == 1
    assert left(world, "tokens") == 1


def test_the_beginning_of_a_chain_gives_way_to_a_signed_checkpoint(world: World) -> None:
    done(world)
    early = left(world, "audit")
    world.later(days=400)
    done(world)
    project, all_rows = world.project().id, left(world, "audit")

    assert purging(world).audit(project, YEAR, dry=True) == PurgedChain(project_id=project, rows=early)
    assert left(world, "audit") == all_rows
    assert purging(world, rows_at_once=3).audit(project, YEAR) == PurgedChain(project_id=project, rows=early)

    assert left(world, "audit") == all_rows - early
    assert left(world, "audit_checkpoints") == 1
    assert whole(world)
    assert purging(world).audit(project, YEAR).rows == 0
    done(world)
    assert whole(world)


def test_a_chain_of_which_all_is_old_goes_on_after_its_checkpoint(world: World) -> None:
    done(world)
    world.later(days=400)
    purging(world).audit(world.project().id, YEAR)
    assert left(world, "audit") == 0
    assert whole(world)
    done(world)
    assert whole(world)
    once_more = left(world, "audit")
    world.later(days=400)
    assert purging(world).audit(world.project().id, YEAR).rows == once_more


def test_what_the_audit_says_of_a_live_run_stays(world: World) -> None:
    done(world)
    before = left(world, "audit")
    world.asks_for_access()
    world.later(days=400)
    assert purging(world).audit(world.project().id, YEAR).rows == before
    assert {row[0] for row in world.rows("SELECT kind FROM audit")} >= {"start", "ask"}


def test_a_chain_that_is_not_whole_is_not_purged(world: World) -> None:
    done(world)
    with world.database.writer.begin() as connection:
        connection.execute(text("UPDATE audit SET actor = 'eve' WHERE seq = 2"))
    world.later(days=400)
    project, before = world.project().id, left(world, "audit")
    assert purging(world).audit(project, YEAR) == PurgedChain(project_id=project, rows=0, refused=True)
    assert left(world, "audit") == before
