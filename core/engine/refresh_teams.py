"""Teams that open requests name are read again now and then, so that it is shown whom they wait for."""

from dataclasses import dataclass
from datetime import timedelta

from core.engine.outside_teams import OutsideTeams
from core.errors import DirectoryAway
from core.ports.database import Database

OLD = timedelta(minutes=5)
LOOK_EVERY = 15.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshTeams:
    database: Database
    teams: OutsideTeams

    def sweep(self) -> int:
        """Read what is wanted and old; return how many teams were read."""
        with self.database.read() as tx:
            now = tx.now()
            wanted = tx.teams.wanted(now, now - OLD)
        return sum(self._read(team) for team in wanted)

    def _read(self, team: str) -> bool:
        try:
            self.teams.read(self.database, team)
        except DirectoryAway:
            return False
        return True
