"""The homes of conversations that the settings name, beside our own page."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from api.settings import Settings, SettingsError
from api.wiring.starting import starting
from bot.homes import Home
from integrations.keys.private_file import read_private

if TYPE_CHECKING:
    from integrations.github.connection import GitHub
    from integrations.github.credentials import Credential

NONE: Mapping[str, Home] = {}


def homes(settings: Settings) -> Mapping[str, Home]:
    """Return them by provider; the page needs none. Nothing is asked of them yet."""
    hub = github_of(settings)
    if hub is None:
        return NONE
    from integrations.github.home import github_home

    home = github_home(hub, settings.github_webhook_secrets)
    return {home.provider: home}


def github_of(settings: Settings) -> "GitHub | None":
    """Return the connection to GitHub, if the settings name one; only then is its code loaded."""
    if not settings.github:
        return None
    from integrations.github.connection import GitHub

    return _connection(GitHub, _credential(settings), settings.github_url)


@lru_cache(maxsize=1)
def _connection(make: "type[GitHub]", credential: "Credential", url: str) -> "GitHub":
    """Return one connection for all that goes there: it remembers tokens, and how long GitHub wishes to be left alone."""
    return make(credential, url)


def _credential(settings: Settings) -> "Credential":
    from integrations.github.credentials import AppKey, Pat, private_key_problem

    if settings.github_app_id is None or settings.github_private_key_file is None:
        assert settings.github_token is not None
        return Pat(token=settings.github_token.get_secret_value())
    key = _private_key(settings.github_private_key_file)
    if (problem := private_key_problem(key)) is not None:
        raise SettingsError(f"{settings.github_private_key_file} {problem}.")
    return AppKey(app_id=settings.github_app_id, private_key=key)


def _private_key(file: Path) -> str:
    with starting():
        key = read_private(file)
    if key is None:
        raise SettingsError(f"PLACET_GITHUB_PRIVATE_KEY_FILE names {file}, which is not there.")
    return key
