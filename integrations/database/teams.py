"""Who was in others' teams when they were read."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, and_, delete, func, or_, select

from integrations.database.conversation_tables import team_members as m
from integrations.database.conversation_tables import team_readings as r
from integrations.database.tables import identities as i
from integrations.database.upsert import insert_or_ignore, insert_or_replace


class SqlTeamReadings:
    def __init__(self, connection: Connection):
        self._connection = connection

    def want(self, teams: Collection[str], until: datetime) -> None:
        for team in sorted(teams):
            if not insert_or_ignore(self._connection, r, {"team": team, "wanted_until": until, "read_at": None}):
                self._connection.execute(r.update().where(r.c.team == team, or_(r.c.wanted_until.is_(None), r.c.wanted_until < until))
                                         .values(wanted_until=until))

    def wanted(self, now: datetime, before: datetime) -> list[str]:
        return list(self._connection.execute(
            select(r.c.team).where(r.c.wanted_until > now, or_(r.c.read_at.is_(None), r.c.read_at < before)).order_by(r.c.team)).scalars())

    def unread(self, teams: Collection[str], since: datetime) -> list[str]:
        fresh = set(self._connection.execute(select(r.c.team).where(r.c.team.in_(teams), r.c.read_at >= since)).scalars())
        return sorted(set(teams) - fresh)

    def read(self, team: str, provider: str, members: Collection[str], at: datetime) -> None:
        """The team's row is written first, so that of two readings at once one waits for the other."""
        until = self._connection.execute(select(func.max(r.c.wanted_until)).where(r.c.team == team)).scalar()
        insert_or_replace(self._connection, r, {"team": team, "wanted_until": until, "read_at": at}, keys=("team",))
        self._connection.execute(delete(m).where(m.c.team == team))
        if members:
            self._connection.execute(m.insert(), [
                {"team": team, "provider": provider, "external_id": each} for each in sorted(set(members))])

    def people(self, teams: Collection[str]) -> dict[str, frozenset[str]]:
        linked = and_(i.c.provider == m.c.provider, i.c.external_id == m.c.external_id)
        found: dict[str, frozenset[str]] = {}
        for person, team in self._connection.execute(select(i.c.person_id, m.c.team).join(i, linked).where(m.c.team.in_(teams))):
            found[person] = found.get(person, frozenset()) | {team}
        return found
