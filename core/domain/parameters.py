"""The parameters of a flow, a frozen dataclass with marks or a list: they check a payload and describe themselves."""

import dataclasses
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, TypeAlias, get_args, get_origin

from core.domain.json import Json, camel, to_json
from core.domain.people import is_email
from core.errors import Invalid

LONGEST_TEXT = 2_000
LONGEST_ENTRY = 200
MOST_ENTRIES = 100
WORDS = {str: "string", int: "integer", float: "number", bool: "boolean", tuple: "array"}
KINDS = {word: kind for kind, word in WORDS.items()}
ARTICLES = {"string": "a text", "integer": "a whole number", "number": "a number", "boolean": "true or false"}


@dataclass(frozen=True, slots=True)
class Title:
    """What a person reads beside the field, and below it."""

    text: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the most: of a number its value, of a text its length, of a list how many there are."""

    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    values: tuple[str, ...]


class Secret:
    """Encrypted wherever it is stored, never shown."""


class Subject:
    """The person who benefits, by e-mail; they may not answer the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One field, as a form, the command line and the contract's parameter list need it. `type` in JSON Schema's words."""

    name: str
    title: str
    type: str
    required: bool
    default: Json = None
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    secret: bool = False
    subject: bool = False
    description: str = ""


Fields: TypeAlias = type[Any] | tuple[Parameter, ...]
"""A dataclass, which a payload fills; or a list, by which it is checked."""


def parameters(fields: Fields) -> tuple[Parameter, ...]:
    """Describe a flow's parameters; raise TypeError for a field that no payload could fill."""
    return fields if isinstance(fields, tuple) else tuple(parameter for _, parameter in _fields(fields))


def _fields(fields: type[Any]) -> Iterator[tuple[str, Parameter]]:
    hints = typing.get_type_hints(fields, include_extras=True)
    for field in dataclasses.fields(fields):
        hint: Any = hints[field.name]
        marks: list[Any] = []
        if get_origin(hint) is Annotated:
            hint, *marks = get_args(hint)
        optional = get_origin(hint) in (typing.Union, UnionType) and NoneType in get_args(hint)
        kind = next(a for a in get_args(hint) if a is not NoneType) if optional else hint
        kind = tuple if kind == tuple[str, ...] else kind
        if kind not in WORDS or kind is tuple and optional:
            raise TypeError(
                f"{fields.__name__}.{field.name}: a parameter is str, int, float or bool, one of them or None, or tuple[str, ...]")
        default = None if field.default is dataclasses.MISSING else to_json(field.default)
        given: dict[str, Any] = {"name": camel(field.name), "title": in_words(field.name), "type": WORDS[kind],
                                 "required": field.default is dataclasses.MISSING, "default": default}
        for mark in marks:
            match mark:
                case Title(text, description):
                    given |= {"title": text, "description": description}
                case Bounds(least, most):
                    given |= {"least": least, "most": most}
                case Choices(values):
                    given["choices"] = values
                case Secret():
                    given["secret"] = True
                case Subject():
                    given["subject"] = True
                case _ if isinstance(mark, type) and issubclass(mark, Secret | Subject):
                    given["secret" if issubclass(mark, Secret) else "subject"] = True
                case _:
                    raise TypeError(f"{fields.__name__}.{field.name}: {mark!r} is no mark of a parameter")
        if kind is tuple and given.get("subject"):
            raise TypeError(f"{fields.__name__}.{field.name}: a subject is one person, not a list")
        yield field.name, Parameter(**given)


def in_words(name: str) -> str:
    """Return what a person reads beside a field that says nothing of itself."""
    return name.replace("_", " ").capitalize()


def parse_parameters(fields: Fields, payload: Mapping[str, Json]) -> Any:
    """Return what a payload fills, or raise Invalid with one sentence for each mistake. null is absent.

    That is the dataclass or, for a list, every parameter by its name, absent ones as their default.
    """
    known = parameters(fields)
    problems = [problem for parameter in known if (problem := problem_of(parameter, payload.get(parameter.name))) is not None]
    problems += [f"{name[:80]} is no parameter of this flow." for name in sorted(set(payload) - {p.name for p in known})]
    if problems:
        raise Invalid(tuple(problems))
    given = {name: tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
             for name, value in payload.items() if value is not None}
    if isinstance(fields, tuple):
        return {p.name: given.get(p.name, p.default) for p in known}
    return fields(**{field: given[p.name] for field, p in _fields(fields) if p.name in given})


def restore_parameters(fields: Fields, payload: Mapping[str, Json]) -> Any:
    """Return what a stored payload filled. A list may have changed since; the payload fitted the one that it was checked by."""
    return payload if isinstance(fields, tuple) else parse_parameters(fields, payload)


def check_parameter(parameter: Parameter, value: Json) -> str | None:
    """Say what a value must be to fit; None if it does."""
    if parameter.type == "array":
        return _problem_of_list(parameter, value)
    kind: Any = KINDS[parameter.type]
    fits = isinstance(value, kind) or kind is float and isinstance(value, int)
    if not fits or isinstance(value, bool) and kind is not bool:
        return ARTICLES[parameter.type]
    return _problem_of_value(parameter, value)


def problem_of(p: Parameter, value: Json) -> str | None:
    """Say in a sentence what is wrong with a value, or that it is missing; None if nothing is."""
    if value is None:
        return f"{p.name} is missing: {p.title}." if p.required else None
    problem = check_parameter(p, value)
    if problem is None:
        return None
    return f"{p.name} must be {problem}" + ("." if p.secret else f", got {_short(value)}.")


def _problem_of_value(p: Parameter, value: Json) -> str | None:
    if p.choices and value not in p.choices:
        return f"one of {', '.join(p.choices)}"
    if p.subject and isinstance(value, str) and not is_email(value):
        return "one person's e-mail address"
    if isinstance(value, str):
        least, most = int(p.least or 0) or int(p.required), int(p.most or LONGEST_TEXT)
        return None if least <= len(value) <= most and "\x00" not in value else f"a text of {least} to {most} characters"
    if isinstance(value, int | float) and not isinstance(value, bool):
        if p.least is not None and p.most is not None and not p.least <= value <= p.most:
            return f"between {p.least:.15g} and {p.most:.15g}"
        if p.least is not None and value < p.least:
            return f"at least {p.least:.15g}"
        if p.most is not None and value > p.most:
            return f"at most {p.most:.15g}"
        if abs(value) > 2**53:
            return "a number that JSON can carry exactly"
    return None


def _problem_of_list(p: Parameter, value: Json) -> str | None:
    least, most = int(p.least or 0) or int(p.required), int(p.most or MOST_ENTRIES)
    if isinstance(value, str) or not isinstance(value, Sequence) or not least <= len(value) <= most:
        return f"a list of {least} to {most} texts"
    if not all(isinstance(each, str) and 0 < len(each) <= LONGEST_ENTRY and each.isprintable() for each in value):
        return f"a list of printable texts of 1 to {LONGEST_ENTRY} characters"
    if p.choices and not set(value) <= set(p.choices):
        return f"a list of {', '.join(p.choices)}"
    if len(set(value)) < len(value):
        return "a list without anything twice"
    return None


def _short(value: Json) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def secret_fields(fields: type[Any]) -> set[str]:
    """Return which fields of any dataclass are marked as secret, whatever their types."""
    hints = typing.get_type_hints(fields, include_extras=True)
    return {name for name, hint in hints.items() if any(m is Secret or isinstance(m, Secret) for m in getattr(hint, "__metadata__", ()))}


def split_secrets(fields: Fields, values: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Return what may be shown and what must be sealed."""
    secret = {p.name for p in parameters(fields) if p.secret}
    return {k: v for k, v in values.items() if k not in secret}, {k: v for k, v in values.items() if k in secret and v is not None}


def subjects(fields: Fields, values: Mapping[str, Json]) -> list[str]:
    """Return who benefits, as the payload names them."""
    return [str(values[p.name]) for p in parameters(fields) if p.subject and values.get(p.name) is not None]
