"""Teams of people that an outside system keeps: asked for outside, and what it said last."""

from collections.abc import Collection
from datetime import datetime
from typing import Protocol


class TeamsAway(Exception):
    """Whoever keeps a team does not tell who is in it, or not all of them. `platform`: as people call it."""

    def __init__(self, platform: str):
        super().__init__(platform)
        self.platform = platform


class Teams(Protocol):
    """Tells who is in a team now, never from a cache. It calls outside: never within a transaction."""

    def members(self, team: str) -> Collection[str]:
        """Return the ids, at that provider, of everybody in a team; nobody for one that there is not. Raises TeamsAway."""


class TeamReadings(Protocol):
    """What was said last of teams, and when."""

    def want(self, teams: Collection[str], until: datetime) -> None:
        """Note that somebody looks at these teams until then."""

    def wanted(self, now: datetime, before: datetime) -> list[str]:
        """Return those that somebody looks at and that were not read since then."""

    def unread(self, teams: Collection[str], since: datetime) -> list[str]:
        """Return which of these were not read since then."""

    def read(self, team: str, provider: str, members: Collection[str], at: datetime) -> None:
        """Note who is in a team."""

    def people(self, teams: Collection[str]) -> dict[str, frozenset[str]]:
        """Return by person id in which of these teams they were when each was read last."""
