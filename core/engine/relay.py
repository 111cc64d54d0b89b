"""Deliver what stands in the outbox, at least once, each kind with its own patience."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol, TypeAlias

from core.domain.callbacks import wait as callback_wait
from core.domain.effects import (
    Acknowledge,
    Announce,
    CallBack,
    CancelDispatch,
    DispatchRun,
    Effect,
    Mirror,
    PassGate,
    Remind,
    RingNext,
    Say,
    ShowCard,
    Tell,
    receiver,
)
from core.domain.steps import Retry
from core.engine.call_back import DeliverCallback
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.receivers import Receivers
from core.ports.database import Database
from core.ports.dispatch import Silent, TryLater
from core.ports.outbox import Posted

LEASE = timedelta(seconds=60)  # after which what a process took and did not finish is another's
RING = Retry(first=timedelta(seconds=1), longest=timedelta(minutes=1))
OUTSIDE = Retry(first=timedelta(seconds=2), longest=timedelta(minutes=5))
HOME = Retry(first=timedelta(seconds=1), longest=timedelta(seconds=20))  # so that all is shown within a minute of its coming back
LONGEST_WISH = timedelta(minutes=15)  # however much later a receiver wishes to be asked again
WITHIN: Collection[type[Effect]] = (RingNext, PassGate, Announce)
Talk: TypeAlias = ShowCard | Remind | Tell | Say | Acknowledge | Mirror
TALK: Collection[type[Effect]] = (ShowCard, Remind, Tell, Say, Acknowledge, Mirror)
BEYOND: Collection[type[Effect]] = (DispatchRun, CancelDispatch, *TALK)
CALLS: Collection[type[Effect]] = (CallBack,)  # whose receivers are strangers: they keep couriers of their own waiting
log = logging.getLogger("placet.relay")


class Conversations(Protocol):
    """Spreads announcements, and talks in conversations: nothing outside by the first, TryLater from the second."""

    def spread(self, announce: Announce, posted_id: str) -> None: ...

    def talk(self, effect: Talk) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """`deliver` is for one thread, and waits for nobody outside; `carry` for as many as there are couriers."""

    database: Database
    gate: DispatchGate
    pipelines: DispatchFlow
    conversations: Conversations | None = None
    callbacks: DeliverCallback | None = None
    lease: timedelta = LEASE
    _receivers: Receivers = field(default_factory=Receivers)

    def deliver(self) -> int:
        """Deliver what is due and ours alone, each in transactions of its own; return how many that were."""
        return sum(1 for posted in iter(self._take, None) if self._try(posted))

    def call_back(self) -> int:
        """Deliver what is due to a program that wants to know of a run; return how many that were."""
        return self.carry(CALLS)

    def carry(self, kinds: Collection[type[Effect]] = BEYOND) -> int:
        """Deliver what is due to somebody outside whom no other courier is at; return how many that were."""
        count, went = 0, True
        while went:
            with self._errand(kinds) as posted:
                went = posted is not None
                count += posted is not None and self._try(posted)
        return count

    def _take(self) -> Posted | None:
        with self.database.begin() as tx:
            return tx.outbox.take(self.lease, WITHIN)

    @contextmanager
    def _errand(self, kinds: Collection[type[Effect]]) -> Iterator[Posted | None]:
        with self._receivers.lock:
            posted = self._take_beyond(kinds)
            to = receiver(posted.effect) if posted is not None else None
            if to is not None:
                self._receivers.busy.add(to)
        try:
            yield posted
        finally:
            with self._receivers.lock:
                self._receivers.busy.discard(to or "")

    def _take_beyond(self, kinds: Collection[type[Effect]]) -> Posted | None:
        busy = self._receivers.shut()
        with self.database.read() as tx:  # most often there is nothing, and a look costs less than a transaction that writes
            if not tx.outbox.waiting(kinds, busy):
                return None
        with self.database.begin() as tx:
            return tx.outbox.take(self.lease, kinds, busy)

    def _try(self, posted: Posted) -> bool:
        try:
            self._deliver(posted)
        except Exception as error:  # whatever it is: what cannot be delivered now must not keep the rest back
            log.warning("effect.not_delivered", extra={"effect": type(posted.effect).__name__, "tries": posted.tries})
            why = str(error) if isinstance(error, TryLater) else type(error).__name__
            with self.database.begin() as tx:
                tx.outbox.failed(posted.id, why, self._wait(posted, error))
            return False
        with self.database.begin() as tx:
            tx.outbox.done(posted.id)
        if isinstance(posted.effect, Talk):
            self._receivers.answered(receiver(posted.effect) or "")
        return True

    def _deliver(self, posted: Posted) -> None:
        match posted.effect:
            case RingNext(execution_id=first):
                with self.database.begin() as tx:
                    tx.leases.ring(first)
            case PassGate() as effect:
                self.gate.try_to_pass(effect, posted.id)
            case DispatchRun(execution_id=run, place=place):
                self.pipelines.hand_over(run, posted.tries, place)
            case CancelDispatch(execution_id=run, place=place):
                self.pipelines.cancel(run, place)
            case Announce() as announce:
                self._conversations().spread(announce, posted.id)
            case CallBack(callback_id=callback):
                if self.callbacks is None:
                    raise TryLater("no process here calls back")
                self.callbacks.deliver(callback, posted.tries)
            case (ShowCard() | Remind() | Tell() | Say() | Acknowledge() | Mirror()) as effect:
                self._conversations().talk(effect)

    def _conversations(self) -> Conversations:
        if self.conversations is None:
            raise TryLater("no process here talks in conversations")
        return self.conversations

    def _wait(self, posted: Posted, error: Exception) -> timedelta:
        """Return how long to wait: as the kind of effect wants it, and at least as the receiver does, within reason."""
        wish = error.after if isinstance(error, TryLater) else None
        if isinstance(posted.effect, Talk) and isinstance(error, Silent):
            longest = timedelta() if wish is None else min(wish, LONGEST_WISH)
            return self._receivers.silent(receiver(posted.effect) or "", HOME, longest)
        own = _patience(posted.effect, posted.tries)
        return own if wish is None else max(own, min(wish, LONGEST_WISH))


def _patience(effect: Effect, tries: int) -> timedelta:
    """Return the time to wait after so many tries."""
    match effect:
        case RingNext() | PassGate() | Announce():
            return RING.wait(tries)
        case DispatchRun() | CancelDispatch():
            return OUTSIDE.wait(tries)
        case ShowCard() | Remind() | Tell() | Say() | Acknowledge() | Mirror():
            return HOME.wait(tries)
        case CallBack():
            return callback_wait(tries)
