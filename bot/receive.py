"""Deliveries out of the inbox, one after another: read, handled, and done with in one transaction with what is to be said."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.begin import begin
from bot.handle import Handle
from bot.homes import Home, HomeAway
from bot.outcome import Outcome, note
from bot.sayings import not_checked, not_checked_in_time
from bot.speak import speak
from core.domain.messages import Message, Moved, Wanted
from core.domain.steps import Retry
from core.ports.conversation import Pending
from core.ports.database import Database, Transaction

LEASE = timedelta(seconds=90)  # after which what a process took and did not finish is another's
MISTAKES = Retry(tries=8, first=timedelta(seconds=2), longest=timedelta(minutes=5))
AWAY = Retry(first=timedelta(seconds=5), longest=timedelta(minutes=2))
LONGEST_WISH = timedelta(minutes=5)  # however much later a platform wishes to be asked again
TOLD_AT = 6  # the try, after two minutes and a half, after which people are told that a platform does not say who they are
PATIENCE = timedelta(hours=4)  # with a platform that does not say it
log = logging.getLogger("placet.inbox")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiveDeliveries:
    """`look` at a run of ours whose pipeline is said to have moved."""

    database: Database
    homes: Mapping[str, Home]
    handle: Handle
    look: Callable[[str], object] = lambda execution_id: None
    lease: timedelta = LEASE

    def work(self) -> int:
        """Handle what is due, each on its own; return how many came to an end."""
        return sum(1 for pending in iter(self._take, None) if self._try(pending))

    def _take(self) -> Pending | None:
        with self.database.read() as tx:  # most often there is nothing, and a look costs less than a transaction that writes
            if not tx.inbox.waiting():
                return None
        with self.database.begin() as tx:
            return tx.inbox.take(self.lease)

    def _try(self, pending: Pending) -> bool:
        message: Message | None = None
        try:
            read = self._read(pending)
            match read:
                case Wanted():
                    begin(self.database, self.handle.run_flow, read)
                case Moved():
                    self.look(read.execution_id)
                case _:
                    message = read
            outcome = self.handle.consider(message, again=pending.tries > 1) if message is not None else Outcome()
            self._finish(pending, message, outcome)
        except ValueError as error:
            self._set_aside(pending, f"it cannot be understood: {error}")
            return False
        except HomeAway as away:
            self._wait(pending, message, away)
            return False
        except Exception as error:  # whatever it is: what cannot be handled now must not keep the rest back
            log.exception("delivery.not_handled", extra={"inbox_id": pending.id, "tries": pending.tries})
            self._fail(pending, type(error).__name__)
            return False
        return True

    def _read(self, pending: Pending) -> Message | Wanted | Moved | None:
        home = self.homes.get(pending.delivery.provider)
        if home is None:
            raise ValueError(f"{pending.delivery.provider} is not set up here")
        message = home.reader.read(pending.delivery)
        if message is not None and message.provider != home.provider:
            raise ValueError(f"it claims to be of {message.provider}")
        return message

    def _finish(self, pending: Pending, message: Message | None, outcome: Outcome) -> None:
        with self.database.begin() as tx:
            tx.inbox.done(pending.id, tx.now())
            if message is not None:
                speak(tx, message, note(tx, outcome))
        if message is not None and outcome.ignored is not None:
            log.info("message.ignored", extra={"provider": message.provider, "message_id": message.id, "why": outcome.ignored.value})

    def _wait(self, pending: Pending, message: Message | None, away: HomeAway) -> None:
        """Try again for some hours; whoever wrote learns that they are waited for, and in the end that it was in vain."""
        until = pending.received_at + PATIENCE
        with self.database.begin() as tx:
            now = tx.now()
            if now >= until:
                self._say(tx, message, not_checked_in_time(away.platform), "late")
            elif pending.tries == TOLD_AT:
                self._say(tx, message, not_checked(away.platform, until), "waits")
            if now < until:
                tx.inbox.failed(pending.id, f"{away.platform} does not answer", _patience(pending, away, until, now))
        if now >= until:
            self._set_aside(pending, f"{away.platform} did not answer for {PATIENCE.total_seconds() / 3600:g} hours")

    def _say(self, tx: Transaction, message: Message | None, text: str, why: str) -> None:
        if message is not None:
            speak(tx, message, Outcome(said=(text,)), why)

    def _fail(self, pending: Pending, error: str) -> None:
        if pending.tries >= MISTAKES.tries:
            self._set_aside(pending, error)
            return
        with self.database.begin() as tx:
            tx.inbox.failed(pending.id, error, MISTAKES.wait(pending.tries))

    def _set_aside(self, pending: Pending, error: str) -> None:
        with self.database.begin() as tx:
            tx.inbox.failed(pending.id, error, None)
        log.error("delivery.set_aside", extra={"inbox_id": pending.id, "provider": pending.delivery.provider, "tries": pending.tries})


def _patience(pending: Pending, away: HomeAway, until: datetime, now: datetime) -> timedelta:
    """Return how long to wait: at least as the platform wishes, within reason, and never past the end of our patience."""
    wish = timedelta(seconds=away.after or 0)
    return max(timedelta(seconds=1), min(max(AWAY.wait(pending.tries), min(wish, LONGEST_WISH)), until - now))
