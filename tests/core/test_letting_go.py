"""A person takes an answer back, or lets go of what they asked for."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import pytest

from core.domain.approvals import Status
from core.domain.people import Role
from core.engine.end_early import EndEarly
from core.engine.withdraw_answer import WithdrawAnswer
from core.errors import AlreadyDecided, AlreadyEnded, NoAnswerYet, NotFound, NotTheRequester, RoleTooLow
from core.flows.context import FlowContext
from tests.core.stage import Nothing, teach
from tests.threats.at_once import at_once
from tests.world import World

pytestmark = pytest.mark.database

STANDING = tuple(f"SELECT * FROM {table} ORDER BY 1, 2" for table in ("approvals", "answers", "executions", "audit", "grants"))


@dataclass(frozen=True)
class Desk:
    """Two of the owners must agree to what Ann asks for."""

    world: World

    def asks(self) -> str:
        def both(ctx: FlowContext, _: Nothing) -> None:
            """Wait for two people."""
            ctx.approval("May it?", required=2)

        teach(self.world, both)
        run = self.world.run(flow="probe")
        self.world.work()
        return run.id

    def withdraws(self, who: str, target: str) -> int:
        """Return how many approve it still."""
        view = WithdrawAnswer(database=self.world.database).withdraw(self.world.caller(who), target)
        return len(view.approval.approvals())

    def withdraws_unless_decided(self, who: str, target: str) -> None:
        with suppress(AlreadyDecided):
            self.withdraws(who, target)

    def ends(self, who: str, target: str) -> int:
        return EndEarly(database=self.world.database).end(self.world.caller(who), target).children

    def standing(self) -> list[list[tuple[object, ...]]]:
        return [self.world.rows(statement) for statement in STANDING]


@pytest.fixture
def desk(world: World) -> Desk:
    return Desk(world)


def test_an_answer_that_is_taken_back_does_not_count(desk: Desk) -> None:
    run = desk.asks()
    desk.world.approves("bob", run)
    assert desk.withdraws("bob", run) == 0
    desk.world.approves("cat", run)
    desk.world.work()
    assert desk.world.approval(run).approval.status is Status.PENDING
    assert desk.world.audit(run) == ["start", "ask", "decide", "withdraw", "decide"]


def test_whoever_took_an_answer_back_may_answer_again(desk: Desk) -> None:
    run = desk.asks()
    desk.world.approves("bob", run)
    desk.withdraws("bob", run)
    desk.world.approves("bob", run)
    desk.world.approves("cat", run)
    assert desk.world.approval(run).approval.status is Status.APPROVED


def test_an_answer_is_taken_back_by_the_ref_of_its_request(desk: Desk) -> None:
    run = desk.asks()
    desk.world.approves("bob", run)
    assert desk.withdraws("bob", desk.world.approval(run).approval.ref) == 0


def test_taking_back_rings_nobody(desk: Desk) -> None:
    run = desk.asks()
    desk.world.approves("bob", run)
    wakes = desk.world.wakes(run)
    desk.withdraws("bob", run)
    assert desk.world.wakes(run) == wakes


@pytest.mark.parametrize("who", ["ann", "cat", "dan"])
def test_where_there_is_no_own_answer_there_is_none_to_take_back(desk: Desk, who: str) -> None:
    run = desk.asks()
    desk.world.approves("bob", run)
    before = desk.standing()
    with pytest.raises(NoAnswerYet):
        desk.withdraws(who, run)
    assert desk.standing() == before


def test_a_second_time_there_is_none(desk: Desk) -> None:
    run = desk.asks()
    desk.world.approves("bob", run)
    desk.withdraws("bob", run)
    with pytest.raises(NoAnswerYet):
        desk.withdraws("bob", run)


def test_what_was_decided_stays(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    desk.world.approves("bob", run)
    with pytest.raises(AlreadyDecided) as refused:
        desk.withdraws("bob", run.id)
    assert (refused.value.status, refused.value.by) == ("approved", "bob@acme.org")
    desk.world.work()
    assert desk.world.access.live() == [f"{run.id}:2"]


def test_what_has_lapsed_stays(desk: Desk) -> None:
    run = desk.asks()
    desk.world.approves("bob", run)
    desk.world.later(hours=25)
    with pytest.raises(AlreadyDecided) as refused:
        desk.withdraws("bob", run)
    assert refused.value.status == "expired"


def test_a_stranger_learns_nothing(desk: Desk) -> None:
    run = desk.asks()
    for act in (desk.withdraws, desk.ends):
        with pytest.raises(NotFound):
            act("eve", run)
        with pytest.raises(NotFound):
            act("bob", "no-such-run")
        with pytest.raises(RoleTooLow):
            act("app:ci", run)


def test_an_answer_taken_back_while_the_last_one_arrives_counts_or_was_taken_back(desk: Desk) -> None:
    for _ in range(8):
        run = desk.asks()
        desk.world.approves("bob", run)
        both: list[Callable[[], object]] = [partial(desk.withdraws_unless_decided, "bob", run), partial(desk.world.approves, "cat", run)]
        at_once(both)
        ended = desk.world.approval(run).approval
        assert (ended.status is Status.APPROVED) == (len(ended.approvals()) == 2)


def test_a_requester_takes_an_open_request_back(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    desk.ends("ann", desk.world.approval(run).approval.ref)
    desk.world.work()
    ended = desk.world.see(run)
    assert (ended.execution.status, ended.execution.ended_by) == ("cancelled", "ann@acme.org")
    assert desk.world.approval(run).approval.status is Status.REJECTED
    assert desk.world.access.calls == []
    with pytest.raises(AlreadyDecided):
        desk.world.approves("bob", run)


def test_a_requester_ends_their_access_early_and_it_is_taken_back(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    ref = desk.world.approval(run).approval.ref
    desk.world.approves("bob", run)
    desk.world.work()
    desk.world.later(minutes=10)
    desk.ends("ann", ref)
    desk.world.work()
    ended = desk.world.see(run).execution
    assert (ended.status, ended.ended_by) == ("cancelled", "ann@acme.org")
    assert desk.world.access.live() == []
    with desk.world.database.read() as tx:
        (grant,) = tx.grants.of_run(run.id)
        assert tx.grants.live() == []
    assert grant.revoked_at is not None
    assert grant.revoked_at < grant.until
    assert desk.world.approval(run).approval.status is Status.APPROVED


def test_nobody_else_ends_it_by_their_word(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    desk.world.approves("bob", run)
    desk.world.work()
    before = desk.standing()
    for who in ("bob", "cat", "dan"):
        with pytest.raises(NotTheRequester) as refused:
            desk.ends(who, run.id)
        assert refused.value.requester == "ann@acme.org"
    assert desk.standing() == before


def test_a_second_time_is_no_more(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    desk.ends("ann", run.id)
    assert desk.ends("ann", run.id) == 0
    assert desk.world.audit(run).count("cancel") == 1


def test_access_that_is_over_is_not_ended(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    desk.world.approves("bob", run)
    desk.world.work()
    desk.world.later(hours=1, seconds=1)
    desk.world.work()
    with pytest.raises(AlreadyEnded):
        desk.ends("ann", run.id)
    assert desk.world.see(run).execution.ended_by is None


def test_whoever_an_application_asked_for_may_take_it_back(desk: Desk) -> None:
    asked = desk.world.requests("app:ci", requested_by="ann@acme.org")
    with pytest.raises(NotTheRequester):
        desk.ends("bob", asked.approval.ref)
    desk.ends("ann", asked.approval.ref)
    assert desk.world.approval(asked.approval.ref).approval.status is Status.REJECTED


def test_whoever_left_the_project_ends_nothing_there(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    desk.world.admit("ann", None)
    with pytest.raises(NotFound):
        desk.ends("ann", run.id)
    desk.world.admit("ann", Role.MEMBER)
    assert desk.ends("ann", run.id) == 0


def test_a_cancel_by_anybody_is_told_by_whom(desk: Desk) -> None:
    run = desk.world.asks_for_access("ann")
    desk.world.cancels("cat", run)
    assert desk.world.see(run).execution.ended_by == "cat@acme.org"
