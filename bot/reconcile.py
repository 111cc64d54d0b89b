"""The conversations of open requests, read again in case that a delivery was lost; what is found goes the same way as what is delivered."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.handle import Handle
from bot.homes import Home, HomeAway, NotThere
from bot.outcome import note
from bot.speak import speak
from core.domain.messages import Message
from core.domain.steps import Retry
from core.ports.conversation import Look
from core.ports.database import Database

AWAY = Retry(first=timedelta(seconds=10), longest=timedelta(minutes=4))
NOT_THERE = timedelta(minutes=30)
OVERLAP = timedelta(minutes=10)  # read twice, since a platform may show a message later than it was written
DELIVERY_TAKES = timedelta(minutes=1)
LONGEST_WISH = timedelta(hours=1)
SWEEP_EVERY = 4.0  # seconds
AT_ONCE = 20  # conversations in one sweep, so that other chores have their turn
log = logging.getLogger("placet.reconciler")


@dataclass(slots=True)
class _Seen:
    """What this process remembers: how often in a row each platform was away."""

    away: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconcile:
    """`lost` is told the provider of each message that it should have delivered and had not."""

    database: Database
    homes: Mapping[str, Home]
    handle: Handle
    lost: Callable[[str], None] = lambda provider: None
    _seen: _Seen = field(default_factory=_Seen)

    def sweep(self) -> int:
        """Read what is due; return how many messages were found that had not been delivered."""
        if not self.homes:
            return 0
        with self.database.begin() as tx:
            now = tx.now()
            for home in self.homes.values():
                tx.reconciled.enlist(home.provider, now, timedelta(seconds=home.every))
            tx.reconciled.drop(now)
        found = 0
        for _ in range(AT_ONCE):
            look = self._take()
            if look is None:
                break
            found += self._read(look, self.homes[look.conversation.partition(":")[0]])
        return found

    def _take(self) -> Look | None:
        with self.database.begin() as tx:
            soonest = min(home.every for home in self.homes.values())
            return tx.reconciled.take(self.homes.keys(), timedelta(seconds=soonest))

    def _read(self, look: Look, home: Home) -> int:
        with self.database.read() as tx:
            began = tx.now()
        found = 0
        try:
            for message in home.history.since(look.conversation, look.since):
                found += self._hear(message, home)
        except HomeAway as away:
            self._failed(look, f"{away.platform} does not answer", self._wait(home, away))
            return found
        except NotThere as gone:
            log.error("conversation.not_there", extra={"conversation": look.conversation, "why": gone.why})
            self._failed(look, gone.why, NOT_THERE)
            return found
        except ValueError as error:
            log.error("conversation.not_understood", extra={"conversation": look.conversation})
            self._failed(look, str(error), NOT_THERE)
            return found
        self._seen.away.pop(home.provider, None)
        with self.database.begin() as tx:
            tx.reconciled.looked(look.conversation, max(look.since, began - OVERLAP))
        return found

    def _hear(self, message: Message, home: Home) -> bool:
        """Handle a message that was found; tell whether something came of it that no delivery had brought."""
        if message.provider != home.provider:
            raise ValueError(f"it claims to be of {message.provider}")
        outcome = self.handle.consider(message)
        if not (outcome.said or outcome.acknowledged or outcome.heard is not None):
            return False
        with self.database.begin() as tx:
            outcome = note(tx, outcome)
            speak(tx, message, outcome)
            now = tx.now()
        lost = bool(outcome.said or outcome.acknowledged) and message.created and now - message.written_at >= DELIVERY_TAKES
        if lost:
            self._tell(message, now)
        return lost

    def _tell(self, message: Message, now: datetime) -> None:
        """Say that a delivery did not come: one may be lost, but where none came since, deliveries have stopped."""
        self.lost(message.provider)
        with self.database.read() as tx:
            latest = tx.inbox.latest(message.provider)
        none_since = latest is None or latest < message.written_at
        tell = log.error if none_since else log.warning
        tell("deliveries.stopped" if none_since else "delivery.lost", extra={
            "provider": message.provider, "message_id": message.id, "seconds": round((now - message.written_at).total_seconds())})

    def _wait(self, home: Home, away: HomeAway) -> timedelta:
        tries = self._seen.away[home.provider] = self._seen.away.get(home.provider, 0) + 1
        return max(AWAY.wait(tries), min(timedelta(seconds=away.after or 0), LONGEST_WISH))

    def _failed(self, look: Look, error: str, again: timedelta) -> None:
        with self.database.begin() as tx:
            tx.reconciled.failed(look.conversation, error, again)
