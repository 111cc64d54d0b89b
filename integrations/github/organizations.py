"""Organisations, their teams and who is in them, by number."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from bot.homes import HomeAway
from integrations.github.connection import NOBODY, GitHub, Refused, whole
from integrations.github.credentials import Needs, Pat
from integrations.github.keys import PLATFORM

SEE: Needs = {"members": "read"}
CHANGE: Needs = {"members": "write"}
_ORGANIZATION = re.compile("[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}")
_TEAM = re.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """A team by its slug."""

    organization: str
    slug: str

    @property
    def path(self) -> str:
        return f"/orgs/{quote(self.organization, safe='')}/teams/{quote(self.slug, safe='')}"


def team_of(organization: str, slug: str) -> Team | None:
    """Return the team of these names; None where they cannot be the names of one."""
    if not (_ORGANIZATION.fullmatch(organization) and _TEAM.fullmatch(slug)):
        return None
    return Team(organization=organization, slug=slug)


def installation_at(hub: GitHub, organization: str) -> int:
    """Return the installation of an organisation as it is now; 0 with a token of its own."""
    if isinstance(hub.credential, Pat):
        return 0
    found: Any = hub.call("GET", f"/orgs/{quote(organization, safe='')}/installation", at=None, needs=NOBODY)
    return whole(found, "id")


def people_of(hub: GitHub, team: Team, installation: int) -> Iterator[tuple[str, str]]:
    """Give the number and the login of everybody in a team, who was invited only not among them."""
    for each in hub.pages(f"{team.path}/members", at=installation, needs=SEE):
        found: Any = each
        yield str(whole(found, "id")), str(found["login"])


def login_of(hub: GitHub, account: str, installation: int) -> str:
    """Return under which login an account is to be found now; raise Refused where there is none."""
    found: Any = hub.call("GET", f"/user/{int(account)}", at=installation, needs=SEE)
    if str(whole(found, "id")) != account:
        raise HomeAway(PLATFORM)
    return str(found["login"])


def is_member(hub: GitHub, organization: str, login: str, installation: int) -> bool:
    try:
        hub.call("GET", f"/orgs/{quote(organization, safe='')}/members/{quote(login, safe='')}", at=installation, needs=SEE)
    except Refused as refused:
        if refused.status in (302, 404):
            return False
        raise
    return True
