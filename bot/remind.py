"""Those who must act on a request are reminded of it: at half of its time and at three quarters, each once."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from core.domain.approvals import Approval, Status
from core.domain.effects import Remind
from core.ports.conversation import Due
from core.ports.database import Database, Transaction

PARTS = (0.5, 0.75)
AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RemindPeople:
    """`providers`: where there is a home here."""

    database: Database
    providers: Collection[str]

    def sweep(self) -> int:
        """Send what is due, each in its own transaction; return how many that were."""
        count = 0
        while count < AT_ONCE and self._is_due():
            count += self._next()
        return count

    def _is_due(self) -> bool:
        with self.database.read() as tx:  # most often there is nothing, and a look costs less than a transaction that writes
            return tx.reminders.due()

    def _next(self) -> bool:
        with self.database.begin() as tx:
            due = tx.reminders.take()
            approval = tx.approval_search.get(due.approval_id) if due else None
            if due is None or approval is None:
                return False
            now = tx.now()
            if approval.at(now).status is not Status.PENDING:
                tx.reminders.next(approval.id, due.sent, None)
                return False
            return self._remind(tx, approval, due, now)

    def _remind(self, tx: Transaction, approval: Approval, due: Due, now: datetime) -> bool:
        """Remind once, even if nobody was there to do so at more than one of the times."""
        times = [approval.requested_at + (approval.expires_at - approval.requested_at) * part for part in PARTS]
        sent = max(due.sent + 1, sum(at <= now for at in times))
        tx.reminders.next(approval.id, sent, times[sent] if sent < len(times) else None)
        for conversation in tx.cards.conversations(approval.id):
            provider = conversation.partition(":")[0]
            if provider in self.providers:
                tx.outbox.put(Remind(execution_id=approval.execution_id, approval_id=approval.id, provider=provider,
                                     conversation=conversation, number=sent), now)
        return True
