"""Teams that others keep are asked for between the transaction that found out that it must know, and the one that counts."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from core.domain.teams import kind_of
from core.errors import DirectoryAway
from core.ports.database import Database, Transaction
from core.ports.teams import Teams, TeamsAway

FRESH = timedelta(seconds=15)  # after it was asked for: the call may take ten, and the decision that it is for follows at once
TRIES = 3
UNTOLD = "Whoever keeps its team"
T = TypeVar("T")


class TeamsUnread(Exception):
    """A transaction has to know who is in these teams now; it is rolled back."""

    def __init__(self, teams: Collection[str]):
        super().__init__(", ".join(teams))
        self.teams = tuple(teams)


def refuse_unread(tx: Transaction, teams: Collection[str]) -> None:
    """Raise TeamsUnread unless it was asked just now who is in these teams."""
    unread = tx.teams.unread(teams, tx.now() - FRESH)
    if unread:
        raise TeamsUnread(unread)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideTeams:
    """`providers`: who can be asked for teams, by the kind of team."""

    providers: Mapping[str, Teams] = field(default_factory=dict)

    @property
    def kinds(self) -> Collection[str]:
        return self.providers.keys()

    def knowing(self, database: Database, act: Callable[[], T]) -> T:
        """Do what counts people in teams, and ask for the teams as it turns out which; raise DirectoryAway if that is not told."""
        for _ in range(TRIES):
            with self.told(database):
                return act()
        raise DirectoryAway(UNTOLD)

    @contextmanager
    def told(self, database: Database) -> Iterator[None]:
        """Ask for the teams that what is done in it turned out to need; whoever did it does it again."""
        try:
            yield
        except TeamsUnread as unread:
            for team in unread.teams:
                self.read(database, team)

    def read(self, database: Database, team: str) -> None:
        """Ask who is in a team and note it; raise DirectoryAway if that is not told."""
        provider = self.providers.get(kind_of(team))
        if provider is None:
            raise DirectoryAway("Placet, which is not set up to ask there,")
        with database.read() as tx:
            asked_at = tx.now()
        try:
            members = provider.members(team)
        except TeamsAway as away:
            raise DirectoryAway(away.platform) from away
        with database.begin() as tx:
            tx.teams.read(team, kind_of(team), members, asked_at)


NO_TEAMS = OutsideTeams()
