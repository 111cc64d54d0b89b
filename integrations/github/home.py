"""GitHub as a home of conversations."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime

from bot.homes import Home
from integrations.github.connection import GitHub
from integrations.github.credentials import AppKey
from integrations.github.directory import GitHubDirectory
from integrations.github.history import GitHubHistory, system_clock
from integrations.github.keys import PROVIDER
from integrations.github.messenger import GitHubMessenger
from integrations.github.mirror import GitHubMirror
from integrations.github.read import GitHubReader
from integrations.github.render import render
from integrations.github.teams import GitHubTeams
from integrations.github.webhook import GitHubDoor

LONGEST = 60_000  # characters of a comment, of 65,536


def github_home(hub: GitHub, secrets: Sequence[str], *, clock: Callable[[], float] = time.monotonic,
                now: Callable[[], datetime] = system_clock) -> Home:
    """Return what is said, read and delivered there. Raise ValueError if no secret tells that it was GitHub."""
    app_id = hub.credential.app_id if isinstance(hub.credential, AppKey) else None
    return Home(
        provider=PROVIDER, reader=GitHubReader(app_id=app_id, name=hub.name_if_known), directory=GitHubDirectory(hub=hub),
        messenger=GitHubMessenger(hub=hub), history=GitHubHistory(hub=hub, clock=clock, now=now), door=GitHubDoor(secrets), longest=LONGEST,
        measure=lambda card: len(render(card)), teams=GitHubTeams(hub=hub),
        mirror=GitHubMirror(hub=hub))
