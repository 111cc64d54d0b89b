"""What is kept of conversations: deliveries, messages, cards, and places."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.messages import Delivery, Heard, LinkCode, Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A delivery that this process is to handle: `tries` counts this one too."""

    id: str
    delivery: Delivery
    tries: int
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A delivery as an operator sees it."""

    id: str
    delivery: Delivery
    received_at: datetime
    tries: int
    error: str | None
    handled_at: datetime | None
    set_aside_at: datetime | None


class Inbox(Protocol):
    """Deliveries, each kept before it is acknowledged, until it is handled."""

    def add(self, inbox_id: str, delivery: Delivery, at: datetime) -> bool:
        """Keep a delivery; False if it was delivered before."""

    def take(self, again: timedelta) -> Pending | None:
        """Take a delivery that is due, and is due again after that time unless it is done by then."""

    def waiting(self) -> bool:
        """Tell whether there is one to take."""

    def done(self, inbox_id: str, at: datetime) -> None: ...

    def failed(self, inbox_id: str, error: str, again: timedelta | None) -> None:
        """Try again after that time; None: set it aside."""

    def list(self, *, set_aside: bool, limit: int) -> list[Filed]: ...

    def replay(self, inbox_id: str) -> bool:
        """Make a delivery due again; False if there is none of that id."""

    def forget(self, before: datetime, limit: int) -> int:
        """Remove what was handled before that time; return how many that were."""

    def latest(self, provider: str) -> datetime | None:
        """Return when a platform delivered last."""

    def counts(self) -> tuple[int, datetime | None, int]:
        """Count what is not handled yet, since when the oldest of it waits, and what was set aside."""


class Messages(Protocol):
    def hear(self, heard: Heard) -> bool:
        """Keep a message; False if it was heard before: then nothing may come of it again."""

    def heard(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Return which of these messages were heard before."""

    def of_run(self, execution_id: str, limit: int) -> list[Heard]:
        """Return what was said about a run, the oldest first, the latest of them if there are more."""

    def forget(self, before: datetime, limit: int) -> int:
        """Remove the oldest of those that were heard before that time and belong to no run; the others go with their runs."""


class Places(Protocol):
    def projects(self, provider: str, place: str) -> frozenset[str]:
        """Return the ids of the projects that are bound to a place."""

    def of_project(self, project_id: str) -> Sequence[Place]: ...

    def list(self) -> Sequence[Place]: ...

    def bind(self, place: Place, at: datetime) -> bool:
        """Bind a project to a place; False if it was bound there before."""

    def unbind(self, place: Place) -> bool:
        """Take that back; False if there is nothing to take back."""


class LinkCodes(Protocol):
    """One-time codes by which it is confirmed whose account somewhere is; kept as hashes."""

    def add(self, code: LinkCode, hash: str, at: datetime) -> None: ...

    def find(self, hash: str, at: datetime) -> LinkCode | None:
        """Return what a code stands for, as long as it may be used."""

    def use(self, hash: str, person_id: str, at: datetime) -> LinkCode | None:
        """Use a code up for a person; None for one that there is not, that was used, or whose time is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A conversation that is to be read again, since that time. `failed`: why the last look went wrong, if it did."""

    conversation: str
    since: datetime
    failed: str | None


class Reconciled(Protocol):
    """How far the conversations of open approvals have been read again."""

    def enlist(self, provider: str, at: datetime, every: timedelta) -> int:
        """Note where open approvals are discussed with that provider, each to be read within so long; return how many are new."""

    def drop(self, at: datetime) -> int:
        """Forget those where nothing is open any more; return how many that were."""

    def take(self, providers: Collection[str], again: timedelta) -> Look | None:
        """Take one that is due; it is due again after that time."""

    def looked(self, conversation: str, since: datetime) -> None:
        """Note up to when it has been read."""

    def failed(self, conversation: str, error: str, again: timedelta) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRow:
    """A card in one conversation: `message_id` once it was posted there, `shown` a hash of what it shows.

    `begun`: a posting was begun before, whatever came of it. `failed`: why it is not shown there, nor will be.
    """

    message_id: str | None
    shown: str | None
    begun: bool
    failed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unshown:
    """An open approval that is not shown in one of its conversations, and why."""

    execution_id: str
    approval_id: str
    conversation: str
    why: str


class Cards(Protocol):
    """Where an approval is shown. One process at a time changes a card."""

    def conversations(self, approval_id: str) -> list[str]:
        """Return the keys of where an approval is discussed."""

    def claim(self, approval_id: str, conversation: str, lease: timedelta) -> CardRow | None:
        """Take the card as it was before, making its row; None while another process has it."""

    def shown(self, approval_id: str, conversation: str, *, message_id: str, shown: str) -> None:
        """Note what the card shows, and let go of it."""

    def release(self, approval_id: str, conversation: str, *, failed: str | None = None) -> None:
        """Let go of a card that could not be shown; `failed`: for good, and why."""

    def unshown(self, limit: int, project_id: str | None = None) -> list[Unshown]:
        """Return open approvals that some conversation does not show, nor will; `project_id`: only this project's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A reminder that is to be sent now: so many were before."""

    approval_id: str
    sent: int


class Reminders(Protocol):
    """When people are reminded of an open approval; each reminder is sent once."""

    def add(self, approval_id: str, next_at: datetime) -> None:
        """Note the first one, unless that is noted."""

    def due(self) -> bool:
        """Tell whether there is one to take."""

    def take(self) -> Due | None:
        """Lock one that is due."""

    def sent(self, approval_id: str) -> int:
        """Return how many were sent."""

    def next(self, approval_id: str, sent: int, next_at: datetime | None) -> None:
        """Note how many were sent, and when the next one is due; None: never."""
