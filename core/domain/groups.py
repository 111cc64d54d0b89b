"""Groups of people in a project, as approvers name them: `group:<name>`. Pure."""

import re
from collections.abc import Iterable

PREFIX = "group:"
_ELSEWHERE = ("github:", "slack:")  # teams that others keep
MOST_IN_GROUP = 500
_NAME = re.compile("[a-z0-9][a-z0-9._-]{0,63}")


def is_group_name(name: str) -> bool:
    return bool(_NAME.fullmatch(name))


def groups_in(approvers: Iterable[str]) -> tuple[str, ...]:
    """Return the names of the groups among approvers."""
    return tuple(each.removeprefix(PREFIX) for each in approvers if each.startswith(PREFIX))


def emails_in(approvers: Iterable[str]) -> tuple[str, ...]:
    """Return the e-mail addresses among approvers."""
    return tuple(each for each in approvers if not each.startswith((PREFIX, *_ELSEWHERE)))
