"""A home of conversations, as one platform offers it. Its methods call outside: never within a transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.cards import Card
from bot.plain_card import plain_length
from core.domain.messages import Delivery, Message, Moved, Wanted
from core.ports.teams import Teams


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
    def read(self, delivery: Delivery) -> Message | Wanted | Moved | None:
        """Understand what was delivered; None: not for us. Raise ValueError for what cannot be understood at all."""


class Directory(Protocol):
    """Who somebody is on a platform, now; never from a cache."""

    def refusal(self, message: Message) -> str | None:
        """Say why its author does not count there (a guest, deactivated, from another organisation); None: they do. Raise HomeAway."""


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

    def again(self, message: Message) -> Message | None:
        """Read a message once more, as it stands there now; None: there is none any more. Raise HomeAway while it may not be seen yet."""


class Mirrored(StrEnum):
    """How a run stands, in one word."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"


class Mirror(Protocol):
    """Shows on an issue how a run stands. Raises HomeAway or NotThere."""

    def show(self, conversation: str, state: Mirrored, *, close: bool) -> None:
        """Show this, and nothing else of ours. `close`: and close it, unless it is closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """`longest`: characters that a card may have there, as `measure` counts them.

    `every`: seconds between two looks of the reconciler at one conversation.

    `door`: None where nothing is delivered to us. `teams`: who is in the platform's teams, where approvers may name those.

    `mirror`: shows how runs stand that were asked for from there.
    """

    provider: str
    reader: Reader
    directory: Directory
    messenger: Messenger
    history: History
    longest: int = 60_000
    measure: Callable[[Card], int] = plain_length
    every: float = 120
    door: Door | None = None
    teams: Teams | None = None
    mirror: Mirror | None = None
