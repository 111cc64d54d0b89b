"""GitHub's teams as approvers: `github:<organisation>/<team>`."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.homes import HomeAway
from core.ports.teams import TeamsAway
from integrations.github.connection import GONE, GitHub, Refused
from integrations.github.keys import PLATFORM, PROVIDER
from integrations.github.organizations import installation_at, people_of, team_of


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubTeams:
    hub: GitHub

    def members(self, team: str) -> Collection[str]:
        """Return the numbers of the accounts in it. What GitHub refuses to tell is not told, but for a team that there is not."""
        organization, _, slug = team.removeprefix(f"{PROVIDER}:").partition("/")
        named = team_of(organization, slug)
        if named is None:
            return ()
        try:
            return frozenset(account for account, _ in people_of(self.hub, named, installation_at(self.hub, organization)))
        except Refused as refused:
            if refused.status in GONE:
                return ()
            raise TeamsAway(PLATFORM) from refused
        except HomeAway as away:
            raise TeamsAway(PLATFORM) from away
