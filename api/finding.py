"""What somebody who looks over an installation finds."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`said`: what is so. `cure`: what to do; empty if nothing need be done."""

    about: str
    state: State
    said: str
    cure: str = ""
