"""Keeping secrets out of what is stored in clear: apart where they must be read back, taken out where not."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from core.domain.json import Json, camel, canonical, to_json
from core.domain.logs import SHORTEST_SECRET, without
from core.domain.parameters import secret_fields

WHOLE = ""  # the name of a secret that is no field


def conceal(value: Any, known: Collection[str]) -> tuple[Json, dict[str, Json]]:
    """Return a value as JSON, and apart from it what its dataclasses mark as secret, or what holds a secret that is known."""
    shown = to_json(value)
    if not isinstance(shown, Mapping):
        return (None, {WHOLE: shown}) if any(True for _ in secrets_in(value)) or _holds(shown, known) else (shown, {})
    found = {name: shown[name] for name, each, marked in _parts(value)
             if marked and each is not None or any(True for _ in secrets_in(each)) or _holds(shown[name], known)}
    return {name: each for name, each in shown.items() if name not in found}, found


def secrets_in(value: Any) -> Iterator[str]:
    """Give the texts that dataclasses mark as secret, however deep in a value."""
    for _, each, marked in _parts(value):
        yield from leaves(to_json(each)) if marked else secrets_in(each)


def leaves(value: Json) -> Iterator[str]:
    """Give what a secret consists of, as texts."""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from leaves(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from leaves(each)


def _parts(value: Any) -> Iterator[tuple[str, Any, bool]]:
    """Give what a value consists of: its name in JSON, itself, whether it is marked as secret."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        marked = secret_fields(type(value))
        for field in dataclasses.fields(value):
            yield camel(field.name), getattr(value, field.name), field.name in marked
    elif isinstance(value, Mapping):
        for name, each in value.items():
            yield str(name), each, False
    elif isinstance(value, list | tuple):
        for each in value:
            yield "", each, False


def reveal(shown: Json, secret: Mapping[str, Json]) -> Any:
    """Put a value together again."""
    if WHOLE in secret:
        return secret[WHOLE]
    return {**shown, **secret} if isinstance(shown, Mapping) else shown


def redact(value: Json, known: Collection[str]) -> Json:
    """Return a value without the secrets that are known."""
    if isinstance(value, str):
        return without(value, known)
    if isinstance(value, Mapping):
        return {name: redact(each, known) for name, each in value.items()}
    if isinstance(value, Sequence):
        return [redact(each, known) for each in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and without(str(value), known) != str(value):
        return without(str(value), known)
    return value


def _holds(value: Json, known: Collection[str]) -> bool:
    if not known:
        return False
    text = canonical(value)
    return any(canonical(each)[1:-1] in text for each in known if len(each) >= SHORTEST_SECRET)
