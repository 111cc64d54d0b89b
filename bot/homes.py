"""A home of conversations, as one platform offers it. Its methods call outside: never within a transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.cards import Card
from core.domain.messages import Author, Delivery, Message


class HomeAway(Exception):
    """The platform did not answer, or not usefully: try again, not before `after` seconds where it says so."""

    def __init__(self, platform: str, after: float | None = None):
        super().__init__(platform)
        self.platform = platform
        self.after = after


class NotThere(Exception):
    """The platform refuses for good: the conversation is gone, archived, or not ours. `why` is for the operator."""

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Greeting:
    """What a platform sends to try the connection is answered with this text, and with nothing else."""

    text: str


class Door(Protocol):
    def admit(self, headers: Mapping[str, str], body: bytes) -> Delivery | Greeting | None:
        """Verify that a platform sent this; None: it did not. The names of the headers are in lower case. Asks nobody outside."""


class Reader(Protocol):
    def read(self, delivery: Delivery) -> Message | None:
        """Understand what was delivered; None: not for us. Raise ValueError for what cannot be understood at all."""


class Directory(Protocol):
    """Who somebody is on a platform, now; never from a cache."""

    def refusal(self, author: Author, place: str) -> str | None:
        """Say why an author does not count there (a guest, deactivated, from another organisation); None: they do. Raise HomeAway."""


class Messenger(Protocol):
    """Writes into conversations. Raises HomeAway or NotThere."""

    def place_of(self, conversation: str) -> str:
        """Return the place that a conversation belongs to, as the platform tells it now: what a project is bound to."""

    def find(self, conversation: str, marker: str) -> str | None:
        """Return the id of our own message that bears a marker."""

    def show(self, conversation: str, marker: str, card: Card, message_id: str | None) -> str:
        """Post a card, or change the one of that id; return its id."""

    def say(self, conversation: str, text: str, *, to: str | None, marker: str) -> None:
        """Reply to a message (its id), once for a marker; privately where the home can."""

    def acknowledge(self, conversation: str, message_id: str) -> None:
        """Let the author see that an answer was read, where the home has a sign for it."""


class History(Protocol):
    def since(self, conversation: str, at: datetime) -> Iterable[Message]:
        """Return what was written there since then, the oldest first. Raises HomeAway or NotThere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """`longest`: characters that a card may have there. `every`: seconds between two looks of the reconciler at one conversation.

    `door`: None where nothing is delivered to us.
    """

    provider: str
    reader: Reader
    directory: Directory
    messenger: Messenger
    history: History
    longest: int = 60_000
    every: float = 120
    door: Door | None = None
