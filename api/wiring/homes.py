"""The homes of conversations that the settings name, beside our own page."""

from collections.abc import Mapping

from api.settings import Settings
from bot.homes import Home


def homes(settings: Settings) -> Mapping[str, Home]:
    """Return them by provider; no platform is set up yet, the page needs none."""
    return {}
