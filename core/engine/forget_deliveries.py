"""Deliveries, and what was said of no run, are kept for a month: long enough to know each that comes again."""

from dataclasses import dataclass
from datetime import timedelta

from core.ports.database import Database

KEPT = timedelta(days=30)
AT_ONCE = 1_000
EVERY = 60.0  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetDeliveries:
    database: Database

    def forget(self) -> int:
        """Forget the oldest of them; what was set aside stays until it is replayed."""
        with self.database.begin() as tx:
            before = tx.now() - KEPT
            return tx.inbox.forget(before, AT_ONCE) + tx.messages.forget(before, AT_ONCE)
