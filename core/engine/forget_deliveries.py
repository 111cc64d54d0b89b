"""Deliveries, and what was said of no run, are kept for a month: long enough to know each that comes again."""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from core.ports.database import Database

KEPT = timedelta(days=30)
AT_ONCE = 1_000
EVERY = 60.0  # seconds


@dataclass(slots=True)
class _Last:
    swept: float = field(default_factory=time.monotonic)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetDeliveries:
    database: Database
    _last: _Last = field(default_factory=_Last)

    def sweep(self) -> int:
        """Forget the oldest of them, now and then; what was set aside stays until it is replayed."""
        if time.monotonic() - self._last.swept < EVERY:
            return 0
        self._last.swept = time.monotonic()
        return self.forget()

    def forget(self) -> int:
        with self.database.begin() as tx:
            before = tx.now() - KEPT
            return tx.inbox.forget(before, AT_ONCE) + tx.messages.forget(before, AT_ONCE)
