"""Access by membership of a team: `targetOrg` is the organisation, `accessLevel` the team."""

from dataclasses import dataclass

from bot.homes import HomeAway
from core.engine.keyed_access import Holder
from core.flows.context import EffectRefused
from core.ports.access_keys import Where
from integrations.github.connection import GONE, GitHub, Refused
from integrations.github.keys import PROVIDER
from integrations.github.organizations import CHANGE, Team, installation_at, is_member, login_of, people_of, team_of


class GitHubAway(Exception):
    """GitHub did not answer: try again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamAccess:
    """Nobody is invited to an organisation: whoever is not in it gets nothing."""

    hub: GitHub
    name: str = "github-team"
    accounts: str = PROVIDER

    def holders(self, where: Where, seconds: float) -> list[Holder]:
        try:
            team = _team(where)
            found = people_of(self.hub, team, installation_at(self.hub, team.organization))
            return [Holder(account=account, name=f"@{login}") for account, login in found]
        except Refused as refused:
            if refused.status in GONE:
                return []
            raise EffectRefused(refused.why) from refused
        except HomeAway as away:
            raise _later(away) from away

    def has(self, account: str, where: Where, seconds: float) -> bool:
        return any(holder.account == account for holder in self.holders(where, seconds))

    def give(self, account: str, where: Where, seconds: float) -> None:
        team = _team(where)
        try:
            at = installation_at(self.hub, team.organization)
            login = login_of(self.hub, account, at)
            if not is_member(self.hub, team.organization, login, at):
                raise EffectRefused(f"@{login} is not in {team.organization} on GitHub, and Placet invites nobody")
            self.hub.call("PUT", f"{team.path}/memberships/{login}", at=at, needs=CHANGE, body={"role": "member"})
        except Refused as refused:
            raise EffectRefused(refused.why) from refused
        except HomeAway as away:
            raise _later(away) from away

    def take(self, account: str, where: Where, seconds: float) -> None:
        """Done also where there is no such account, team or membership any more; whatever else is refused is tried again."""
        team = _team(where)
        try:
            at = installation_at(self.hub, team.organization)
            self.hub.call("DELETE", f"{team.path}/memberships/{login_of(self.hub, account, at)}", at=at, needs=CHANGE)
        except Refused as refused:
            if refused.status not in GONE:
                raise GitHubAway(refused.why) from refused
        except HomeAway as away:
            raise _later(away) from away


def _later(away: HomeAway) -> GitHubAway:
    return GitHubAway(f"{away.platform} did not answer")


def _team(where: Where) -> Team:
    found = team_of(where.target, where.level)
    if found is None:
        raise EffectRefused(f"{where.target}/{where.level} is no team on GitHub")
    return found
