"""JSON as it may come in: one meaning for every reader, and nothing that a database would refuse."""

import json
import re
from typing import Any, NoReturn

DEEPEST = 64
MOST_EXACT = 2**53  # the whole numbers that every reader of JSON carries exactly
_LONG_NUMBER = 17
_UNFIT = re.compile("[\x00\ud800-\udfff]")


class NotJson(Exception):
    """Its text is a sentence."""


def parse_json(body: bytes) -> Any:
    """Return the value; raise NotJson for what is no JSON, or has more than one meaning."""
    try:
        value = json.loads(body.decode(), object_pairs_hook=_members, parse_constant=_no_constant, parse_float=_finite, parse_int=_exact)
    except UnicodeDecodeError:
        raise NotJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"The body is no JSON: {error.msg.lower()} at character {error.pos + 1}.") from None
    except RecursionError:
        raise NotJson(f"The body is nested too deep: {DEEPEST} levels at most.") from None
    if b"\\u" in body:
        _refuse_unfit_text(value)
    if body.count(b"[") + body.count(b"{") > DEEPEST:
        _refuse_depth(value)
    return value


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise NotJson("The body names a member of an object twice.")
    return members


def _no_constant(name: str) -> NoReturn:
    raise NotJson(f"The body holds {name}, which is no JSON.")


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise NotJson("The body holds a number that is too large.")
    return number


def _exact(text: str) -> int:
    if len(text) > _LONG_NUMBER or abs(int(text)) > MOST_EXACT:
        raise NotJson("The body holds a whole number beyond 2^53, which not every reader carries exactly: send it as text.")
    return int(text)


def _refuse_unfit_text(value: Any) -> None:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text if _UNFIT.search(text):
                raise NotJson("The body holds a NUL character, or half of a surrogate pair.")
            case dict() as members:
                waiting += [*members, *members.values()]
            case list() as items:
                waiting += items


def _refuse_depth(value: Any) -> None:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for v in level for inner in (v.values() if isinstance(v, dict) else v if isinstance(v, list) else ())]
        if not level:
            return
    raise NotJson(f"The body is nested too deep: {DEEPEST} levels at most.")
