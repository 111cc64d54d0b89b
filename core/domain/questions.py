"""What people are asked before a run of a flow that says nothing itself: its name, and everything that was given for it."""

import json
from collections.abc import Iterator, Mapping, Sequence

from core.domain.approvals import LONGEST_QUESTION
from core.domain.json import Json, canonical
from core.domain.parameters import Parameter

LENGTHS = (200, 60, 20)  # characters of one value, the first with which all fit


def question(name: str, parameters: Sequence[Parameter], given: Mapping[str, Json]) -> str:
    """Say in one line what is asked. Texts stand in quotes, so that none looks like another parameter; what does not fit is counted."""
    for longest in LENGTHS:
        said = list(_said(parameters, given, longest))
        text = _line(name, said)
        if len(text) <= LONGEST_QUESTION:
            return text
    shown = next(n for n in range(len(said), -1, -1) if len(_line(name, [*said[:n], _rest(said[n:])])) <= LONGEST_QUESTION)
    return _line(name, [*said[:shown], _rest(said[shown:])])


def _line(name: str, said: Sequence[str]) -> str:
    return f"{name}: {', '.join(said)}" if said else name


def _rest(said: Sequence[str]) -> str:
    return f"and {len(said)} more"


def _said(parameters: Sequence[Parameter], given: Mapping[str, Json], longest: int) -> Iterator[str]:
    known = {p.name: p for p in parameters}
    for each in [*known, *sorted(set(given) - set(known))]:
        if given.get(each) not in (None, "", [], ()):
            hidden = each not in known or known[each].secret
            yield f"{each} = {'(not shown)' if hidden else _value(given[each], longest)}"


def _value(value: Json, longest: int) -> str:
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, str) else canonical(value).decode("utf-8", "replace")
    plain = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)
    return plain if len(plain) <= longest else f"{plain[:longest - 1]}…"
