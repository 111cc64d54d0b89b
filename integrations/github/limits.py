"""How long GitHub wishes to be left alone, as an answer of it says. Pure."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

LONGEST = 3600.0  # the primary limit is counted anew each hour, so that no honest wish is longer
# https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit: at least a minute
UNTOLD = 60.0
REMAINING, RESET, RETRY_AFTER = "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"


def wish(status: int, headers: Mapping[str, str], message: str, now: float) -> float | None:
    """Return the seconds to wait if this is the refusal of a rate limit, else None. `now`: our clock, where GitHub's is not told."""
    if status not in (403, 429):
        return None
    told = _number(headers.get(RETRY_AFTER, ""))
    if told is not None:
        return _within(told)
    if headers.get(REMAINING) == "0":
        return until_reset(headers, now)
    return UNTOLD if status == 429 or _is_limit(message) else None


def until_reset(headers: Mapping[str, str], now: float) -> float:
    """Return the seconds until the primary limit is counted anew, by GitHub's own clock where it tells the time."""
    reset = _number(headers.get(RESET, ""))
    return UNTOLD if reset is None else _within(reset - _date(headers, now) + 1)


def _date(headers: Mapping[str, str], now: float) -> float:
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, ValueError):
        return now


def _number(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdecimal() and len(text) <= 12 else None


def _within(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST)


def _is_limit(message: str) -> bool:
    """Tell whether a sentence is the one of a limit: their status and headers alone do not always say so."""
    said = message.lower()
    return "rate limit" in said or "abuse detection" in said or said.endswith("please wait a few minutes before you try again.")
