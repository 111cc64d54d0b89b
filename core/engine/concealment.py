"""Keeping secrets out of what is stored in clear: apart where they must be read back, taken out where not."""

import dataclasses
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from core.domain.json import Json, canonical, to_json
from core.domain.logs import SHORTEST_SECRET, without
from core.domain.parameters import split_secrets

WHOLE = ""  # the name of a secret that is no field


def conceal(value: Any, known: Collection[str]) -> tuple[Json, dict[str, Json]]:
    """Return a value as JSON, and apart from it what its dataclass marks as secret, or what holds a secret that is known."""
    shown = to_json(value)
    secret: dict[str, Json] = {}
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and isinstance(shown, Mapping):
        shown, secret = split_secrets(type(value), shown)
    if not isinstance(shown, Mapping):
        return (None, {WHOLE: shown}) if _holds(shown, known) else (shown, secret)
    found = {name: each for name, each in shown.items() if _holds(each, known)}
    return {name: each for name, each in shown.items() if name not in found}, secret | found


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
    return value


def _holds(value: Json, known: Collection[str]) -> bool:
    if not known:
        return False
    text = canonical(value)
    return any(canonical(each)[1:-1] in text for each in known if len(each) >= SHORTEST_SECRET)
