"""What is wrong with the shape of a request, in sentences."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MOST_SENTENCES = 20
_KINDS = {
    "string": "a text", "int": "a whole number", "float": "a number", "bool": "true or false", "list": "a list", "dict": "an object",
    "model": "an object", "finite": "a number",
}


def sentences(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return one sentence for each of pydantic's errors, the first few of many. No value is repeated: it may be a secret."""
    return first_of([_sentence(e) for e in errors])


def first_of(sentences: Iterable[str]) -> list[str]:
    """Return each sentence once, the first few of many."""
    said = list(dict.fromkeys(sentences))
    rest = len(said) - MOST_SENTENCES
    return said if rest <= 0 else [*said[:MOST_SENTENCES], f"{rest} more do not fit."]


def _sentence(error: Mapping[str, Any]) -> str:
    where, kind, context = place(error["loc"][1:]) or "The body", str(error["type"]), error.get("ctx", {})
    match kind:
        case "missing":
            return f"{where} is missing."
        case "value_error":
            return f"{where} {context['error']}."
        case "literal_error" | "enum":
            return f"{where} must be {context['expected'].replace(chr(39), '')}."
        case "greater_than_equal":
            return f"{where} must be at least {context['ge']:g}."
        case "less_than_equal":
            return f"{where} must be at most {context['le']:g}."
        case "string_too_short" | "string_too_long":
            return f"{where} must be a text of {_bounds(context, 'character')}."
        case "too_short" | "too_long":
            return f"{where} must be a list of {_bounds(context, 'entr', 'y', 'ies')}."
        case "string_pattern_mismatch":
            return f"{where} has characters that do not fit there."
    return f"{where} must be {_KINDS.get(kind.split('_')[0], 'of another kind')}."


def _bounds(context: Mapping[str, Any], unit: str, one: str = "", many: str = "s") -> str:
    word, number = ("at least", context["min_length"]) if "min_length" in context else ("at most", context["max_length"])
    return f"{word} {number} {unit}{one if number == 1 else many}"


def place(path: Sequence[str | int]) -> str:
    """Return where in a body something stands, as people write it: `callback.github`, `approvers[3]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
