"""What Placet's App may do and hears of, what each is for, and what of it is missing. `manifests/github/app.json` says the same."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.github.connection import NOBODY, GitHub
from integrations.github.credentials import AppKey

LEVELS = ("none", "read", "write", "admin")
MEMBERS = "members"


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """`level`: of a permission. `always`: nothing on GitHub works without."""

    level: str = ""
    purpose: str
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """`where`: in the App, or in an installation that has not agreed to it."""

    where: str
    what: str
    purpose: str
    always: bool


PERMISSIONS: Mapping[str, Use] = {
    "metadata": Use(level="read", purpose="seeing repositories, and who may read them", always=True),
    "issues": Use(level="write", purpose="cards, replies and labels on issues", always=True),
    "pull_requests": Use(level="write", purpose="cards and replies on pull requests", always=True),
    "actions": Use(level="write", purpose="workflows as pipelines, and who started what a protection rule holds"),
    "deployments": Use(level="write", purpose="deployment protection rules"),
    "members": Use(level="read", purpose="teams as approvers")}
TO_CHANGE_TEAMS = Use(level="write", purpose="access by membership of a team", always=True)
EVENTS: Mapping[str, Use] = {
    "issue_comment": Use(purpose="answers in comments", always=True),
    "issues": Use(purpose="requests by opening an issue, and rejecting by closing it"),
    "pull_request": Use(purpose="rejecting by closing a pull request"),
    "pull_request_review": Use(purpose="reviews that count as answers"),
    "workflow_run": Use(purpose="hearing at once how workflows go"),
    "deployment_protection_rule": Use(purpose="deployment protection rules")}


def lacks(hub: GitHub, *, teams_change: bool) -> list[Lack]:
    """Ask GitHub what the App and its installations may; raise HomeAway or NotThere. With a token of its own there is nothing to compare.

    `teams_change`: access is given by membership of a team.
    """
    if not isinstance(hub.credential, AppKey):
        return []
    app: Any = hub.call("GET", "/app", at=None, needs=NOBODY)
    found = list(_missing("the App", app, teams_change))
    known = {each.what for each in found}
    for each in hub.pages("/app/installations", at=None, needs=NOBODY):
        one: Any = each
        where = f"the installation in {one['account']['login']}"
        found += [lack for lack in _missing(where, one, teams_change) if lack.what not in known]
    return found


def _missing(where: str, told: Any, teams_change: bool) -> Iterator[Lack]:
    permissions: Mapping[str, str] = told["permissions"]
    events: Collection[str] = told["events"]
    wanted = {**PERMISSIONS, MEMBERS: TO_CHANGE_TEAMS} if teams_change else PERMISSIONS
    for name, use in wanted.items():
        if _rank(permissions.get(name)) < _rank(use.level):
            yield Lack(where=where, what=f"the permission {name}: {use.level}", purpose=use.purpose, always=use.always)
    for name, use in EVENTS.items():
        if name not in events:
            yield Lack(where=where, what=f"the event {name}", purpose=use.purpose, always=use.always)


def _rank(level: str | None) -> int:
    return LEVELS.index(level) if level in LEVELS else 0
