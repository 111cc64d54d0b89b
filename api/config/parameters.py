"""`[[flow.parameters]]`: what whoever asks has to give, or may."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from api.config.fields import Fields, is_number
from api.config.file import ConfigFile, Table
from core.domain.json import to_json
from core.domain.parameters import LONGEST_ENTRY, LONGEST_TEXT, MOST_ENTRIES, Parameter, check_parameter, in_words
from core.engine.run_flow import ENVELOPE

KINDS = {"text": "string", "choice": "string", "integer": "integer", "number": "number", "boolean": "boolean", "list": "array"}
KNOWN = ("name", "title", "description", "type", "required", "default", "choices", "min", "max", "secret", "subject")
RESERVED = ENVELOPE | {"taskType", "callback"}  # what a request or its approval says under these names is something else
MOST_PARAMETERS = 50
LONGEST_TITLE = 200
LONGEST_DESCRIPTION = 2_000
_NAME = re.compile("[a-z][A-Za-z0-9_]{0,49}")


def parameters_in(config: ConfigFile, flow: Fields) -> tuple[Parameter, ...] | None:
    """Return the parameters of a flow's table; None where one of them has a mistake, which is added to the file."""
    tables = flow.table.tables("parameters")
    if tables is None:
        flow.wrong("parameters", "parameters is a list of tables: write [[flow.parameters]].")
        return None
    if len(tables) > MOST_PARAMETERS:
        flow.wrong("parameters", f"a flow has at most {MOST_PARAMETERS} parameters.")
        return None
    found = [_parameter(config, table) for table in tables]
    seen: dict[str, int | None] = {}
    for table, each in zip(tables, found, strict=True):
        if each is not None and each.name in seen:
            config.wrong(table.line_of("name"), f"the name {each.name} is taken by the parameter of line {seen[each.name]}.")
            return None
        if each is not None:
            seen[each.name] = table.line
    whole = tuple(each for each in found if each is not None)
    return whole if len(whole) == len(found) else None


def _parameter(config: ConfigFile, table: Table) -> Parameter | None:
    fields = Fields(config, table, "a parameter")
    fields.refuse_others(KNOWN)
    fields.needs("name")
    fields.needs("type")
    name, word = _name(fields), fields.choice("type", tuple(KINDS))
    given: dict[str, Any] = {"title": fields.text("title", LONGEST_TITLE),
                             "description": fields.text("description", LONGEST_DESCRIPTION, lines=True),
                             "secret": fields.flag("secret"), "subject": fields.flag("subject")}
    required = fields.flag("required")
    given |= {**_bounds(fields, word), "choices": _choices(fields, word)}
    if given["subject"] and (word != "text" or given["secret"]):
        fields.wrong("subject", "subject is for a text that is no secret: who benefits, by e-mail.")
    if not fields.whole or name is None or word is None:
        return None
    parameter = Parameter(name=name, type=KINDS[word], required=required if required is not None else not fields.has("default"),
                          **{"title": in_words(name), **{key: value for key, value in given.items() if value is not None}})
    return _with_default(fields, parameter)


def _name(fields: Fields) -> str | None:
    name = fields.text("name", 50)
    if name is None:
        return None
    if not _NAME.fullmatch(name):
        fields.wrong("name", "name must be letters and digits and _, the first a small letter, up to 50.")
    elif name in RESERVED:
        fields.wrong("name", f"{name} means something else in a request: take another name.")
    return name


def _choices(fields: Fields, word: str | None) -> tuple[str, ...] | None:
    if word == "choice":
        fields.needs("choices")
    elif word not in ("list", None):
        fields.refuse(("choices",), f"is for a choice or a list, not for {_a(word)}")
        return None
    found = fields.texts("choices", MOST_ENTRIES, LONGEST_ENTRY)
    if found == ():
        fields.wrong("choices", "choices must be at least one text.")
    return found


def _bounds(fields: Fields, word: str | None) -> Mapping[str, int | float | None]:
    """Read min and max: of a number its value, of a text its length, of a list how many there are."""
    match word:
        case "number":
            least, most = fields.number("min"), fields.number("max")
        case "integer":
            least, most = fields.whole_number("min", -2**53, 2**53), fields.whole_number("max", -2**53, 2**53)
        case "text" | "list":
            longest = LONGEST_TEXT if word == "text" else MOST_ENTRIES
            least, most = fields.whole_number("min", 0, longest), fields.whole_number("max", 1, longest)
        case _:
            if word is not None:
                fields.refuse(("min", "max"), f"is for numbers, texts and lists, not for {_a(word)}")
            return {}
    if least is not None and most is not None and least > most:
        fields.wrong("max", "max is below min.")
    return {"least": least, "most": most}


def _with_default(fields: Fields, parameter: Parameter) -> Parameter | None:
    if not fields.has("default"):
        return parameter
    if parameter.required:
        fields.wrong("default", "default is for what need not be given: leave out required = true.")
    elif parameter.secret:
        fields.wrong("default", "a secret has no default: no secret stands in this file.")
    else:
        return _fitting(fields, parameter)
    return None


def _fitting(fields: Fields, parameter: Parameter) -> Parameter | None:
    value = fields.table.values["default"]
    if isinstance(value, int | float) and not isinstance(value, bool) and not is_number(value):
        problem: str | None = "a number that JSON can carry exactly"
    else:
        problem = check_parameter(parameter, value)
    if problem is not None:
        fields.wrong("default", f"default must be {problem}.")
        return None
    return replace(parameter, default=to_json(value))


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
