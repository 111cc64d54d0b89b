"""What a request is about, field by field: never a secret, and what decides before what explains."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from bot.cards import Fact
from bot.fields import field
from bot.times import duration
from core.domain.flow_types import FlowType
from core.domain.json import Json, canonical
from core.domain.parameters import Parameter

REASON = "reason"
SHORT = 200  # the most characters that a field may have which is never cut
UNITS = {"Seconds": timedelta(seconds=1), "Minutes": timedelta(minutes=1), "Hours": timedelta(hours=1), "Days": timedelta(days=1)}
DECIDES = ("target", "org", "environment", "level", "access", "duration", "role", "scope", "version", "release", "branch", "resource")
KNOWN = frozenset({REASON, "taskType", "username", "callback"})


def facts_of(flow: FlowType | None, context: Mapping[str, Json]) -> tuple[Fact, ...]:
    """Return all but who benefits and the reason: what decides, then what may be cut. Without a flow type, as the names tell."""
    known = flow.parameters() if flow else ()
    names = {each.name for each in known}
    found = [*_of_flow(known, context), *_foreign({name: value for name, value in context.items() if name not in names})]
    return tuple(sorted(found, key=lambda fact: fact.long))


def subjects_of(flow: FlowType | None, context: Mapping[str, Json]) -> tuple[str, ...]:
    """Return who benefits."""
    names = [p.name for p in flow.parameters() if p.subject and not p.secret] if flow else ["username"]
    return tuple(field(str(context[name])) for name in names if context.get(name))


def reason_of(flow: FlowType | None, context: Mapping[str, Json]) -> str:
    hidden = flow is not None and any(p.secret for p in flow.parameters() if p.name == REASON)
    given = context.get(REASON)
    return field(given) if isinstance(given, str) and not hidden else ""


def _of_flow(parameters: Sequence[Parameter], context: Mapping[str, Json]) -> Iterator[Fact]:
    for each in parameters:
        value = context.get(each.name)
        if each.secret or each.subject or each.name == REASON or value in (None, "", [], ()):
            continue
        text = each.type == "string" and not each.choices
        yield Fact(label=_label(each.name), text=_told(each.name, value), long=text and (each.most is None or each.most > SHORT))


def _foreign(context: Mapping[str, Json]) -> Iterator[Fact]:
    for name, value in context.items():
        if name in KNOWN or value in (None, "", [], ()):
            continue
        decides = not isinstance(value, str | Sequence | Mapping) or any(part in name.lower() for part in DECIDES)
        yield Fact(label=_label(name), text=_told(name, value), long=not decides)


def _told(name: str, value: Json) -> str:
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), None)
    if unit is not None and isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
        return duration(unit * value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(each, str) for each in value):
        return ", ".join(field(str(each)) for each in value)
    return field(value if isinstance(value, str) else canonical(value).decode("utf-8", "replace"))


def _label(name: str) -> str:
    """Say a field's name as words: targetOrg is Target org, durationMinutes is Duration."""
    stem = next((name.removesuffix(ending) for ending in UNITS if name.endswith(ending) and name != ending), name)
    spoken = "".join(f" {c.lower()}" if c.isascii() and c.isupper() else c for c in stem).replace("_", " ").strip()
    return field(spoken[:1].upper() + spoken[1:])[:60]
