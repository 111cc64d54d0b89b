"""GitHub's teams: as approvers, and as access that is given for a while."""


import pytest

from core.domain.executions import Status
from core.engine.grant_access import AccessRequest, GrantAccess
from core.engine.keyed_access import KeyedAccess
from core.engine.outside_teams import OutsideTeams
from core.engine.reconcile_access import ReconcileAccess
from core.errors import DirectoryAway, NotAnApprover
from core.flows.context import Effect, EffectRefused
from core.flows.registry import Registry
from core.ports.access_keys import Where
from integrations.github.team_access import GitHubAway, TeamAccess
from integrations.github.teams import GitHubTeams
from tests.doubles.github.faults import answer_lost, server_error
from tests.github.stage import GitHubStage

pytestmark = pytest.mark.database
SRE = "github:acme/sre"
TEAM = Where(target="acme", level="sre")


@pytest.fixture
def team(stage: GitHubStage) -> GitHubStage:
    """dan and cat are in the organisation's team; bob is in the organisation, eve is not."""
    for login in ("ann", "bob", "cat", "dan"):
        stage.github.joins(login, "acme")
    stage.github.team("acme/sre", members=["dan", "cat"])
    stage.world.outside_teams = OutsideTeams(providers={"github": GitHubTeams(hub=stage.hub)})
    stage.world.deploy(stage.world.registry)
    return stage


def ref(stage: GitHubStage) -> str:
    return stage.world.requests("ann", approvers=[SRE]).approval.ref


def test_whoever_is_in_the_team_answers_and_nobody_else(team: GitHubStage) -> None:
    asked = ref(team)
    with pytest.raises(NotAnApprover):
        team.world.approves("bob", asked)
    assert team.world.approves("dan", asked).approval.status == "approved"


def test_whoever_left_the_team_is_known_to_have_left(team: GitHubStage) -> None:
    asked = ref(team)
    team.github.leaves_team("dan", "acme/sre")
    with pytest.raises(NotAnApprover):
        team.world.approves("dan", asked)


def test_a_team_is_read_to_its_last_page(team: GitHubStage) -> None:
    for number in range(230):
        team.github.person(f"someone-{number}")
        team.github.joins(f"someone-{number}", "acme")
        team.github.joins_team(f"someone-{number}", "acme/sre")
    assert len(GitHubTeams(hub=team.hub).members(SRE)) == 232


def test_a_team_that_there_is_not_is_nobody(team: GitHubStage) -> None:
    assert list(GitHubTeams(hub=team.hub).members("github:acme/others")) == []


def test_e17_nothing_is_decided_while_github_is_down(team: GitHubStage) -> None:
    asked = ref(team)
    team.github.goes_down()
    with pytest.raises(DirectoryAway):
        team.world.approves("dan", asked)
    team.github.comes_back()
    assert team.world.approves("dan", asked).approval.status == "approved"


def test_nothing_is_decided_where_the_app_may_not_read_teams(team: GitHubStage) -> None:
    team.github.faults.append(server_error("GET */teams/*/members", status=403))
    with pytest.raises(DirectoryAway):
        team.world.approves("dan", ref(team))


# -- access -----------------------------------------------------------------------------------------------------------------------


def effect(key: str = "run-1:2") -> Effect:
    return Effect(key=key, seconds=5, attempt=1)


def of(who: str = "ann") -> AccessRequest:
    subject = who if "@" in who else f"{who}@acme.org"
    return AccessRequest(subject=subject, target="acme", level="sre", minutes=60, reason="", execution_id="run-1")


def keyed(stage: GitHubStage) -> KeyedAccess:
    return KeyedAccess(database=stage.world.database, provider=TeamAccess(hub=stage.hub))


def members(stage: GitHubStage) -> dict[str, str]:
    return dict(stage.github.team_members("acme/sre"))


def test_membership_is_given_and_taken_back(team: GitHubStage) -> None:
    access = keyed(team)
    access.grant(of(), effect())
    assert members(team)["ann"] == "active"
    access.revoke(of(), effect())
    access.revoke(of(), effect())
    assert "ann" not in members(team)


def test_an_answer_that_was_lost_gives_it_once_and_it_is_still_taken_back(team: GitHubStage) -> None:
    access = keyed(team)
    team.github.faults.append(answer_lost("PUT */memberships/*"))
    with pytest.raises(GitHubAway):
        access.grant(of(), effect())
    access.grant(of(), effect())
    access.revoke(of(), effect())
    assert "ann" not in members(team)


def test_nobody_is_invited_to_the_organisation(team: GitHubStage) -> None:
    with pytest.raises(EffectRefused, match="invites nobody"):
        keyed(team).grant(of("eve@other.org"), effect())
    assert set(members(team)) == {"dan", "cat"}


def test_a_standing_membership_is_neither_given_nor_taken(team: GitHubStage) -> None:
    access = keyed(team)
    with pytest.raises(EffectRefused, match="already, and not by Placet"):
        access.grant(of("dan"), effect())
    access.revoke(of("dan"), effect())
    assert "dan" in members(team)


def test_it_is_the_account_that_counts_not_the_login_that_somebody_else_took_over(team: GitHubStage) -> None:
    access = keyed(team)
    access.grant(of(), effect())
    team.github.rename_person("ann", "ann-b")
    team.github.person("ann")
    access.revoke(of(), effect())
    assert set(members(team)) == {"dan", "cat"}


def test_a_team_that_was_deleted_leaves_nothing_to_take(team: GitHubStage) -> None:
    other = AccessRequest(subject="ann@acme.org", target="acme", level="others", minutes=60, reason="", execution_id="run-1")
    with pytest.raises(EffectRefused):
        keyed(team).grant(other, effect())
    keyed(team).revoke(other, effect())


@pytest.mark.parametrize("wrong", [("acme/../x", "sre"), ("acme", "../../x"), ("", "sre"), ("acme", "a b"), ("аcme", "sre")])
def test_what_cannot_be_a_team_is_never_asked_for(team: GitHubStage, wrong: tuple[str, str]) -> None:
    before = len(team.github.calls("GET /orgs"))
    with pytest.raises(EffectRefused):
        keyed(team).grant(AccessRequest(subject="ann@acme.org", target=wrong[0], level=wrong[1], minutes=1, reason="", execution_id="r"),
                          effect())
    assert len(team.github.calls("GET /orgs")) == before


def test_a_late_call_is_mended_and_a_stranger_is_reported(team: GitHubStage) -> None:
    access = keyed(team)
    access.grant(of(), effect())
    access.revoke(of(), effect())
    team.github.joins_team("ann", "acme/sre")
    team.world.later(minutes=11)
    run = team.world.asks_for_access("ann")
    found = ReconcileAccess(database=team.world.database, provider=TeamAccess(hub=team.hub)).reconcile({}, effect=effect(f"{run.id}:1"))
    assert found["takenBack"] == ["@ann had sre on acme"]
    unknown = found["unknown"]
    assert isinstance(unknown, list)
    assert set(unknown) == {"@cat has sre on acme", "@dan has sre on acme"}
    assert set(members(team)) == {"dan", "cat"}


def test_a_run_gives_it_for_its_time(team: GitHubStage) -> None:
    world = team.world
    granting = GrantAccess(database=world.database, provider=keyed(team))
    effects = {**world.registry.effects, "access.grant": granting.grant, "access.revoke": granting.revoke}
    world.deploy(Registry(world.registry.flows, effects))
    run = world.asks_for_access("ann", targetOrg="acme", accessLevel="sre", durationMinutes=5)
    world.approves("bob", run)
    world.work()
    assert members(team)["ann"] == "active"
    world.later(minutes=6)
    world.work()
    assert "ann" not in members(team)
    assert world.see(run.id).execution.status is Status.COMPLETED
