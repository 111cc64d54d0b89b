"""Teams that somebody else keeps, with a ledger of who asked."""

from collections.abc import Collection
from dataclasses import dataclass, field

from core.ports.teams import TeamsAway


@dataclass
class FakeTeams:
    """`people`: ids by team. `asked`: each question, in order. `away`: it answers nothing."""

    people: dict[str, set[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    away: bool = False

    def members(self, team: str) -> Collection[str]:
        self.asked.append(team)
        if self.away:
            raise TeamsAway("GitHub")
        return set(self.people.get(team, ()))
