"""Teams that others keep, as approvers: asked for when somebody answers and once more at the gate, and closed where nobody tells."""

from datetime import timedelta
from typing import Any

import pytest

from core.domain.approvals import Verdict
from core.domain.identities import Identity
from core.engine.find_waiting import FindWaiting
from core.engine.refresh_teams import RefreshTeams
from core.errors import ApproversWidened, DirectoryAway, Invalid, NotAnApprover, SelfApproval
from core.flows.context import FlowContext
from tests.core.stage import Nothing, teach
from tests.world import World

pytestmark = pytest.mark.database

SRE = "github:acme/sre"


def known(world: World, who: str, id: str) -> None:
    """Link somebody's account there."""
    with world.database.begin() as tx:
        tx.identities.link(Identity(provider="github", external_id=id, person_id=world.people[f"{who}@acme.org"].id, login=who,
                                    linked_at=tx.now()))


def team(world: World, *people: str) -> None:
    """Put people into the team; each is linked by an id of their own."""
    for who in people:
        known(world, who, who)
    world.teams.people[SRE] = set(people)


def asked(world: World, **more: Any) -> str:
    return world.requests("ann", **{"approvers": [SRE], **more}).approval.ref


def test_whoever_is_in_the_team_now_answers(world: World) -> None:
    team(world, "dan")
    assert world.approves("dan", asked(world)).approval.status == "approved"
    assert world.teams.asked == [SRE]


def test_whoever_is_not_in_the_team_does_not_though_they_own_the_project(world: World) -> None:
    team(world, "dan")
    known(world, "bob", "bob")
    with pytest.raises(NotAnApprover):
        world.approves("bob", asked(world))


def test_whoever_is_in_the_team_and_not_in_the_project_does_not(world: World) -> None:
    team(world, "dan")
    ref = asked(world)
    world.admit("dan", None)
    with pytest.raises(Exception, match="approval"):
        world.approves("dan", ref)


def test_the_team_is_known_by_accounts_that_are_linked_not_by_names_or_mails(world: World) -> None:
    world.teams.people[SRE] = {"dan", "dan@acme.org"}
    with pytest.raises(NotAnApprover):
        world.approves("dan", asked(world))


def test_whoever_asks_does_not_answer_for_being_in_the_team(world: World) -> None:
    team(world, "ann", "dan")
    with pytest.raises(SelfApproval):
        world.approves("ann", asked(world))


def test_whoever_left_the_team_a_minute_ago_does_not(world: World) -> None:
    team(world, "dan", "cat")
    ref = asked(world, task_id="one")
    world.approves("cat", ref)
    world.teams.people[SRE] = {"cat"}
    second = asked(world, task_id="two")
    world.later(minutes=1)
    with pytest.raises(NotAnApprover):
        world.approves("dan", second)


@pytest.mark.parametrize("verdict", Verdict)
def test_nothing_is_decided_while_nobody_tells_who_is_in_the_team(world: World, verdict: Verdict) -> None:
    team(world, "dan")
    ref = asked(world)
    world.teams.away = True
    with pytest.raises(DirectoryAway):
        world.answers("dan", ref, verdict)
    assert world.rows("SELECT status FROM approvals") == [("pending",)]
    assert world.rows("SELECT count(*) FROM answers") == [(0,)]
    world.teams.away = False
    assert world.answers("dan", ref, verdict).approval.status != "pending"


def test_an_earlier_answer_counts_no_more_once_its_person_has_left(world: World) -> None:
    team(world, "dan", "cat", "bob")

    def two(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("Two of the team", approvers=[SRE], required=2)

    teach(world, two)
    run = world.run("ann", "probe")
    world.work()
    world.approves("dan", run)
    world.teams.people[SRE] = {"cat", "bob"}
    world.later(minutes=1)
    assert world.approves("cat", run).approval.status == "pending"
    assert world.approves("bob", run).approval.status == "approved"


def gated(world: World) -> str:
    def one(ctx: FlowContext, _: Nothing) -> str:
        ctx.approval("One of the team", approvers=[SRE])
        return "done"

    teach(world, one)
    run = world.run("ann", "probe")
    world.work()
    world.approves("dan", run)
    return run.id


def test_the_gate_is_not_passed_for_whoever_has_left_the_team_since(world: World) -> None:
    team(world, "dan")
    run = gated(world)
    world.teams.people[SRE] = set()
    world.later(minutes=1)
    world.work()
    execution = world.see(run).execution
    assert (execution.status, execution.error) == ("failed", "dan@acme.org approved it and may not any more")


def test_the_gate_waits_while_nobody_tells_who_is_in_the_team(world: World) -> None:
    team(world, "dan")
    run = gated(world)
    world.teams.away = True
    world.later(minutes=1)
    world.work()
    assert world.see(run).execution.status == "running"
    world.teams.away = False
    world.later(minutes=1)
    world.work()
    assert world.see(run).execution.status == "completed"


def test_a_team_that_nobody_here_can_ask_for_is_refused(world: World) -> None:
    cyrillic = "github:acme/\N{CYRILLIC SMALL LETTER ES}re"
    for wrong in ("slack:T1/S1", "github:", "github:acme", "github:acme/sre/x", "github:a b/sre", cyrillic):
        with pytest.raises(Invalid):
            asked(world, approvers=[wrong])


def test_spellings_of_a_team_are_one(world: World) -> None:
    team(world, "dan")
    assert world.approves("dan", asked(world, approvers=["github:Acme/SRE"])).approval.status == "approved"


def test_a_request_names_no_other_team_than_its_flow_type_does(world: World) -> None:
    team(world, "dan")

    def sure(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("Sure")

    teach(world, sure, id="sure", approvers=(SRE,))
    for wider in (["github:acme/everybody"], ["dan@acme.org"], ["group:ops"]):
        with pytest.raises((ApproversWidened, Invalid)):
            world.requests("ann", approvers=wider, context={"taskType": "sure"})
    assert world.requests("ann", context={"taskType": "sure"}).approval.approvers == (SRE,)


def test_teams_of_open_requests_are_read_again_for_those_who_look(world: World) -> None:
    team(world, "dan")
    asked(world)
    refresh = RefreshTeams(database=world.database, teams=world.outside_teams)
    assert refresh.sweep() == 1
    assert refresh.sweep() == 0
    world.later(minutes=6)
    assert refresh.sweep() == 1
    world.later(hours=timedelta(days=2) / timedelta(hours=1))
    assert refresh.sweep() == 0


def test_what_waits_for_a_team_is_in_the_inbox_of_its_people(world: World) -> None:
    team(world, "dan")
    ref = asked(world)
    RefreshTeams(database=world.database, teams=world.outside_teams).sweep()
    waiting = FindWaiting(database=world.database)
    assert [each.approval.ref for each in waiting.page(world.caller("dan"), 1, 50).requests] == [ref]
    assert waiting.page(world.caller("cat"), 1, 50).requests == []
