"""The parameters of a flow as the fields of a form, and what was sent of them as values."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from core.domain.json import Json
from core.domain.parameters import Parameter, problem_of

PREFIX = "parameter."
SHORT = 200  # characters; what may be longer is written in several lines
_WHOLE = re.compile("[+-]?[0-9]{1,15}")
_LONGEST_NUMBER = 40

Sent = Callable[[str], Sequence[str]]
"""What was sent under a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowField:
    """A parameter with what stands in its control, and what is wrong with that. A secret's control is always empty."""

    parameter: Parameter
    control: str
    texts: tuple[str, ...]
    problem: str | None

    @property
    def name(self) -> str:
        return PREFIX + self.parameter.name

    @property
    def text(self) -> str:
        return self.texts[0] if self.texts else ""

    @property
    def kind(self) -> str:
        """Return what an <input> is told to take."""
        return {"integer": "number", "number": "number"}.get(self.parameter.type, "email" if self.parameter.subject else "text")


def empty_fields(parameters: Iterable[Parameter], suggested: str) -> list[FlowField]:
    """Return a form as it is opened: with defaults, and with a suggestion of who benefits."""
    return [FlowField(parameter=p, control=_control(p), texts=_as_texts(p, suggested if p.subject and p.default is None else p.default),
                      problem=None) for p in parameters]


def filled_fields(parameters: Iterable[Parameter], sent: Sent, problems: Sequence[str]) -> list[FlowField]:
    """Return a form as it was sent, each problem at the field that it is about."""
    fields = []
    for p in parameters:
        problem = problem_of(p, value_of(p, sent(PREFIX + p.name)))
        texts = () if p.secret else tuple(sent(PREFIX + p.name))
        fields.append(FlowField(parameter=p, control=_control(p), texts=texts, problem=problem if problem in problems else None))
    return fields


def values_of(parameters: Iterable[Parameter], sent: Sent) -> dict[str, Json]:
    """Return what was sent as a payload has it; what was left empty is absent."""
    values = {p.name: value_of(p, sent(PREFIX + p.name)) for p in parameters}
    return {name: value for name, value in values.items() if value is not None}


def value_of(p: Parameter, texts: Sequence[str]) -> Json:
    """Return a value in its parameter's type, or as it was written if it is none."""
    if p.type == "array":
        entries = texts if p.choices else "\n".join(texts).splitlines()
        return [entry.strip() for entry in entries if entry.strip()] or None
    text = texts[0].replace("\r\n", "\n") if texts else ""
    if p.secret and p.type == "string":
        return text or None
    text = text.strip()
    match p.type:
        case "integer" if _WHOLE.fullmatch(text):
            return int(text)
        case "number" if (number := _number(text)) is not None:
            return number
        case "boolean" if text in ("true", "false"):
            return text == "true"
    return text or None


def _number(text: str) -> float | None:
    try:
        value = float(text) if len(text) <= _LONGEST_NUMBER else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _control(p: Parameter) -> str:
    """Return which control of a form a parameter is filled with."""
    if p.secret:
        return "secret"
    if p.type == "array":
        return "several" if p.choices else "lines"
    if p.choices:
        return "choice"
    if p.type == "boolean":
        return "truth"
    return "lines" if p.type == "string" and not p.subject and (p.most is None or p.most > SHORT) else "line"


def _as_texts(p: Parameter, value: Json) -> tuple[str, ...]:
    if p.secret or value is None:
        return ()
    match value:
        case bool():
            return ("true" if value else "false",)
        case float():
            return (f"{value:.15g}",)
        case int() | str():
            return (str(value),)
        case Sequence():
            return tuple(map(str, value)) if p.choices else ("\n".join(map(str, value)),)
    return ()
