"""What a message can mean to Placet: a closed set of commands."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from core.domain.approvals import Verdict
from core.domain.messages import Asking


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request that is discussed where a message was written. Of those that have ended, the newest comes first."""

    ref: str
    digest: str
    title: str
    requester: str
    high_risk: bool = False
    open: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """`digest` as it was typed; where none was, None."""

    ref: str
    digest: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reject:
    ref: str
    digest: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAll:
    """The same answer to exactly these, confirmed by the code that stands for their list."""

    verdict: Verdict
    requests: tuple[Asked, ...]
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Take back an own request, or end its access early. The request may have been answered long ago."""

    ref: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """None: of everything here."""

    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Connect my account here with me."""


@dataclass(frozen=True, slots=True)
class Help:
    """Say what counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Start a flow. The values are texts as they were typed."""

    flow: str
    values: Mapping[str, str]


class Unsure(StrEnum):
    """Why it is not certain what was meant, where there is no more to tell."""

    UNCLEAR = "unclear"
    HEDGED = "hedged"
    TWO_ANSWERS = "two answers"
    LOOKALIKE = "lookalike"
    TOO_LONG = "too long"
    NOTHING_OPEN = "nothing open"
    CANCEL_NEEDS_REF = "cancel needs ref"


@dataclass(frozen=True, slots=True, kw_only=True)
class WhichOne:
    """Several are open here, or fit what was typed. `verb`: the word that goes before the ref of one of them."""

    verb: str
    requests: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoSuchRef:
    typed: str
    requests: tuple[Asked, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsCode:
    """Of high risk: only with its digest. `wrong`: the digest that came was another's."""

    request: Asked
    verb: str
    wrong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmAll:
    """`code` stands for exactly these requests; those of high risk are `left_out`."""

    verdict: Verdict
    requests: tuple[Asked, ...]
    code: str
    left_out: tuple[Asked, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRequest:
    """A `/placet` line that cannot be read; `at`: from where on."""

    at: str


Doubt: TypeAlias = Unsure | WhichOne | NoSuchRef | NeedsCode | ConfirmAll | BadRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Clarify:
    """A question back; nothing is changed. It is put only to who could answer, or addressed the bot."""

    why: Doubt


Command: TypeAlias = Approve | Reject | AnswerAll | Withdraw | Cancel | Status | Link | Help | Request | Asking | Clarify
