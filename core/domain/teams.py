"""Teams that an outside system keeps, as approvers name them: `github:<org>/<team>`. Pure."""

import re
from collections.abc import Iterable

_NAMES = {"github": re.compile("[a-z0-9](?:-?[a-z0-9]){0,38}/[a-z0-9_][a-z0-9._-]{0,99}")}
KINDS = frozenset(_NAMES)


def teams_in(approvers: Iterable[str]) -> tuple[str, ...]:
    """Return the teams among approvers, each in the one spelling that it is kept under."""
    return tuple(each.lower() for each in approvers if kind_of(each) in KINDS)


def kind_of(approver: str) -> str:
    """Return who keeps a team, by what an approver's name begins with; empty where it begins with nothing of the kind."""
    kind, colon, _ = approver.partition(":")
    return kind if colon else ""


def is_team_name(approver: str) -> bool:
    kind, _, name = approver.partition(":")
    return kind in KINDS and approver.isascii() and bool(_NAMES[kind].fullmatch(name.lower()))
