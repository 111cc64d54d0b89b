"""Deliver what stands in the outbox, at least once, each kind with its own patience."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock

from core.domain.effects import CancelDispatch, DispatchRun, Effect, PassGate, RingNext, receiver
from core.domain.steps import Retry
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.ports.database import Database
from core.ports.dispatch import TryLater
from core.ports.outbox import Posted

LEASE = timedelta(seconds=60)  # after which what a process took and did not finish is another's
RING = Retry(first=timedelta(seconds=1), longest=timedelta(minutes=1))
OUTSIDE = Retry(first=timedelta(seconds=2), longest=timedelta(minutes=5))
LONGEST_WISH = timedelta(minutes=15)  # however much later a receiver wishes to be asked again
WITHIN: Collection[type[Effect]] = (RingNext, PassGate)
BEYOND: Collection[type[Effect]] = (DispatchRun, CancelDispatch)
log = logging.getLogger("placet.relay")


@dataclass(slots=True)
class _Receivers:
    """Who is being talked to by this process: one at a time each, so that who does not answer keeps one courier busy and no more."""

    busy: set[str] = field(default_factory=set)
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """`deliver` is for one thread, and waits for nobody outside; `carry` for as many as there are couriers."""

    database: Database
    gate: DispatchGate
    pipelines: DispatchFlow
    lease: timedelta = LEASE
    _receivers: _Receivers = field(default_factory=_Receivers)

    def deliver(self) -> int:
        """Deliver what is due and ours alone, each in transactions of its own; return how many that were."""
        return sum(1 for posted in iter(self._take, None) if self._try(posted))

    def carry(self) -> int:
        """Deliver what is due to somebody outside whom no other courier is at; return how many that were."""
        count, went = 0, True
        while went:
            with self._errand() as posted:
                went = posted is not None
                count += posted is not None and self._try(posted)
        return count

    def _take(self) -> Posted | None:
        with self.database.begin() as tx:
            return tx.outbox.take(self.lease, WITHIN)

    @contextmanager
    def _errand(self) -> Iterator[Posted | None]:
        with self._receivers.lock:
            posted = self._take_beyond()
            to = receiver(posted.effect) if posted is not None else None
            if to is not None:
                self._receivers.busy.add(to)
        try:
            yield posted
        finally:
            with self._receivers.lock:
                self._receivers.busy.discard(to or "")

    def _take_beyond(self) -> Posted | None:
        busy = frozenset(self._receivers.busy)
        with self.database.read() as tx:  # most often there is nothing, and a look costs less than a transaction that writes
            if not tx.outbox.waiting(BEYOND, busy):
                return None
        with self.database.begin() as tx:
            return tx.outbox.take(self.lease, BEYOND, busy)

    def _try(self, posted: Posted) -> bool:
        try:
            self._deliver(posted)
        except Exception as error:  # whatever it is: what cannot be delivered now must not keep the rest back
            log.warning("effect.not_delivered", extra={"effect": type(posted.effect).__name__, "tries": posted.tries})
            why = str(error) if isinstance(error, TryLater) else type(error).__name__
            with self.database.begin() as tx:
                tx.outbox.failed(posted.id, why, _wait(posted, error))
            return False
        with self.database.begin() as tx:
            tx.outbox.done(posted.id)
        return True

    def _deliver(self, posted: Posted) -> None:
        match posted.effect:
            case RingNext(execution_id=first):
                with self.database.begin() as tx:
                    tx.leases.ring(first)
            case PassGate() as effect:
                self.gate.try_to_pass(effect, posted.id)
            case DispatchRun(execution_id=run):
                self.pipelines.hand_over(run, posted.tries)
            case CancelDispatch(execution_id=run):
                self.pipelines.cancel(run)


def _wait(posted: Posted, error: Exception) -> timedelta:
    """Return how long to wait: as the kind of effect wants it, and at least as the receiver does, within reason."""
    own = _patience(posted.effect).wait(posted.tries)
    wish = error.after if isinstance(error, TryLater) else None
    return own if wish is None else max(own, min(wish, LONGEST_WISH))


def _patience(effect: Effect) -> Retry:
    match effect:
        case RingNext() | PassGate():
            return RING
        case DispatchRun() | CancelDispatch():
            return OUTSIDE
