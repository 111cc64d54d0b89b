"""The query of a request: each parameter once, empty is absent, numbers and booleans only as they are written."""

import re
from collections.abc import Collection
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from pydantic import AfterValidator, BeforeValidator, Field

from api.errors import Refused

LONGEST = 500
_CONTROL = re.compile("[\x00-\x1f\x7f]")
_DIGITS = re.compile("[0-9]{1,15}")


def single_valued(query: bytes, declared: Collection[str]) -> bytes:
    """Return what is declared of a query, without what is empty; refuse what comes twice."""
    if not query or not declared:
        return b""
    pairs = [(k, v) for k, v in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if k in declared]
    names = [k for k, _ in pairs]
    twice = sorted({k for k in names if names.count(k) > 1})
    if twice:
        raise Refused(400, [f"{name} came twice." for name in twice])
    return urlencode([(k, v) for k, v in pairs if v]).encode()


def _digits(value: Any) -> Any:
    if isinstance(value, str):
        if not _DIGITS.fullmatch(value):
            raise ValueError("must be a whole number, in digits")
        return int(value)
    return value


def _boolean(value: Any) -> Any:
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise ValueError("must be true or false")
        return value == "true"
    return value


def _no_control(value: str) -> str:
    if _CONTROL.search(value):
        raise ValueError("holds a control character")
    return value


DIGITS = BeforeValidator(_digits)
Boolean = Annotated[bool, BeforeValidator(_boolean)]
Word = Annotated[str, Field(max_length=LONGEST), AfterValidator(_no_control)]
