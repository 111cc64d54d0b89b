"""`name=value` words as the parameters of a flow."""

from collections.abc import Sequence
from difflib import get_close_matches

from api.cli.answers import Parameter
from api.cli.problems import Problem
from core.domain.json import Json


def parse_assignments(words: Sequence[str]) -> dict[str, str]:
    values: dict[str, str] = {}
    for given in words:
        name, equals, value = given.partition("=")
        if not equals or not name:
            raise Problem(f"Parameters are given as name=value, got {given!r}.")
        if name in values:
            raise Problem(f"{name} is given twice.")
        values[name] = value
    return values


def typed(values: dict[str, str], parameters: Sequence[Parameter]) -> dict[str, Json]:
    """Return each value in the type that its parameter has."""
    known = {p.name: p for p in parameters}
    for name in values:
        if name not in known:
            raise Problem(_unknown(name, list(known)))
    return {name: _value(known[name], text) for name, text in values.items()}


def _unknown(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    if close:
        return f"There is no parameter {name}; did you mean {close[0]}?"
    return f"There is no parameter {name}: this flow takes {', '.join(known) or 'none'}."


def _value(parameter: Parameter, text: str) -> Json:
    try:
        match parameter.type:
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                return {"true": True, "false": False}[text.lower()]
            case "array":
                return [entry.strip() for entry in text.split(",")] if text.strip() else []
            case _:
                return text
    except (ValueError, KeyError):
        wanted = {"integer": "a whole number", "number": "a number", "boolean": "true or false"}[parameter.type]
        raise Problem(f"{parameter.name} must be {wanted}, got {text!r}.") from None
