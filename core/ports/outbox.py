"""What must happen outside, until it has."""

from collections.abc import Collection
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

    def take(self, again: timedelta, kinds: Collection[type[Effect]], busy: Collection[str] = ()) -> Posted | None:
        """Take an effect of these kinds that is due, but to none of these receivers; it is due again after that time unless done."""

    def waiting(self, kinds: Collection[type[Effect]], busy: Collection[str]) -> bool:
        """Tell whether there is one to take."""

    def done(self, posted_id: str) -> bool:
        """Forget an effect that has been delivered; tell whether it was still there."""

    def failed(self, posted_id: str, error: str, again: timedelta) -> None:
        """Try again after that time."""

    def why(self, execution_id: str) -> str | None:
        """Return why the newest effect of a run that has not been delivered yet could not be."""
