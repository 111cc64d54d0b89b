"""Mail: what waits to be told to whom, and what carries it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


class Kind(StrEnum):
    """Why somebody is written to: they may answer, what they asked for was answered, or what was agreed to is over."""

    WAITS = "waits"
    ANSWERED = "answered"
    OVER = "over"


class Fate(StrEnum):
    """`dropped`: by then there was nothing to be told any more."""

    SENT = "sent"
    DROPPED = "dropped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """That a person is to be told of a request, once for each reason."""

    id: str
    person_id: str
    approval_id: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one mail is about. `id` names the mail and stays at each try; `tries` counts this one too; `since`: when it was begun."""

    id: str
    person_id: str
    notes: Sequence[Note]
    tries: int
    since: datetime


class Mails(Protocol):
    """Notes, gathered for each person. One process at a time writes to a person."""

    def add(self, note: Note, *, quiet: timedelta, longest: timedelta) -> bool:
        """Keep a note; False if there was one. It waits until nothing newer has come for a while, but no longer than `longest`."""

    def due(self) -> bool:
        """Tell whether there is one to take."""

    def take(self, new_id: str, again: timedelta) -> Bundle | None:
        """Take what is due to somebody, under that id unless it has one; it is due again after that time, unless it is done by then."""

    def done(self, bundle: Bundle, fate: Fate, *, quiet: timedelta, error: str | None = None) -> None:
        """Note what became of a mail; what has come for the same person since waits for itself."""

    def failed(self, bundle: Bundle, error: str, again: timedelta) -> None:
        """Try again after that time."""

    def is_off(self, person_id: str) -> bool:
        """Tell whether a person wants no mail."""

    def switch(self, person_id: str, *, off: bool) -> bool:
        """Turn a person's mail off or on; False if it was so."""

    def forget(self, before: datetime, limit: int) -> int:
        """Remove notes whose mail went before that time; return how many that were."""

    def counts(self) -> tuple[int, datetime | None]:
        """Count the notes that no mail has told yet; since when the oldest of them waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail: the same in plain text and in HTML. `account`: the address where it can be turned off, where there is one."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    account: str | None = None


class PostAway(Exception):
    """The mail server did not take it, or nobody can tell: try again. The text is for the operator, and names nobody."""


class NotNow(PostAway):
    """It does not take mail for this person now; it may for others."""


class PostRefused(Exception):
    """The mail server refuses this person, or this mail, for good. The text likewise."""


class Postman(Protocol):
    def send(self, letter: Letter) -> None:
        """Hand a letter over. Raise PostAway or PostRefused."""
