"""Who wrote something on GitHub, and when, as GitHub tells it. Pure."""

from datetime import datetime
from typing import Any

from core.domain.json import parse_timestamp
from core.domain.messages import Author
from integrations.github.keys import PROVIDER

OURS = "<!-- placet:"  # begins the last line of whatever we write


def author_of(user: Any, *, via: Any, body: str) -> Author:
    """Return who wrote; only a user's own words are a person's, and what bears our mark is ours. A deleted account is nobody."""
    if user is None:
        return Author(provider=PROVIDER, id="", login="ghost", name="ghost", human=False)
    login = str(user["login"])
    human = user["type"] == "User" and via is None and not is_ours(body)
    return Author(provider=PROVIDER, id=str(whole(user["id"])), login=login, name=login, human=human)


def is_ours(body: str) -> bool:
    """Tell whether a text ends as all of ours do; with a token of its own, we write as a user does."""
    return body.rstrip().rpartition("\n")[2].startswith(OURS)


def at(text: Any) -> datetime:
    return parse_timestamp(str(text))


def whole(number: Any) -> int:
    """Return a whole number above zero; raise ValueError for anything else."""
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise ValueError("a number that is none")
    return number
