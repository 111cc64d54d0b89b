"""Deliver what stands in the outbox, at least once, each kind with its own patience."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from core.domain.effects import Effect, RingNext
from core.domain.steps import Retry
from core.ports.database import Database
from core.ports.outbox import Posted

LEASE = timedelta(seconds=60)  # after which what a process took and did not finish is another's
RING = Retry(first=timedelta(seconds=1), longest=timedelta(minutes=1))
log = logging.getLogger("placet.relay")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    database: Database

    def deliver(self) -> int:
        """Deliver what is due, each in transactions of its own; return how many that were."""
        return sum(1 for posted in iter(self._take, None) if self._try(posted))

    def _take(self) -> Posted | None:
        with self.database.begin() as tx:
            return tx.outbox.take(LEASE)

    def _try(self, posted: Posted) -> bool:
        try:
            self._deliver(posted.effect)
        except Exception as error:  # whatever it is: what cannot be delivered now must not keep the rest back
            log.warning("effect.not_delivered", extra={"effect": type(posted.effect).__name__, "tries": posted.tries})
            with self.database.begin() as tx:
                tx.outbox.failed(posted.id, type(error).__name__, _patience(posted.effect).wait(posted.tries))
            return False
        with self.database.begin() as tx:
            tx.outbox.done(posted.id)
        return True

    def _deliver(self, effect: Effect) -> None:
        match effect:
            case RingNext(execution_id=first):
                with self.database.begin() as tx:
                    tx.leases.ring(first)


def _patience(effect: Effect) -> Retry:
    match effect:
        case RingNext():
            return RING
