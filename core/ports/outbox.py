"""What must happen outside, until it has."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.effects import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An effect that this process is to deliver: `tries` counts this one too."""

    id: str
    effect: Effect
    tries: int


class Outbox(Protocol):
    """What must happen outside a transaction, kept until it has been delivered, at least once."""

    def put(self, effect: Effect, at: datetime) -> None:
        """Keep an effect, due at once; whoever delivers is nudged after the commit."""

    def take(self, again: timedelta) -> Posted | None:
        """Take an effect that is due, and is due again after that time unless it is done by then."""

    def done(self, posted_id: str) -> None: ...

    def failed(self, posted_id: str, error: str, again: timedelta) -> None:
        """Try again after that time."""
