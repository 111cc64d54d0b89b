"""What has happened, spread to all who want to know of it: each gets an effect of their own, which waits for nobody else's."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from core.domain.approvals import Approval, Status
from core.domain.effects import Announce, ShowCard, Tell
from core.ports.database import Database, Transaction

Spreader = Callable[[Transaction, Announce], None]
ENDED = frozenset({"decide", "reject", "expire", "stale", "cancelled"})  # a request, by these
OVER = "settle"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadAnnouncement:
    """`spreaders` put effects and rows, all in one transaction, and call nobody outside."""

    database: Database
    spreaders: Sequence[Spreader]

    def spread(self, announce: Announce, posted_id: str) -> None:
        """The same transaction takes the announcement out of the outbox, so that it is spread once."""
        with self.database.begin() as tx:
            if tx.outbox.done(posted_id):
                for spreader in self.spreaders:
                    spreader(tx, announce)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToConversations:
    """`providers`: where there is a home here. Every conversation of a request shows it; whoever asked is told there how it ended."""

    providers: Collection[str]

    def spread(self, tx: Transaction, announce: Announce) -> None:
        now = tx.now()
        for approval in concerned(tx, announce):
            told = tells(approval, announce)
            for conversation in tx.cards.conversations(approval.id):
                provider = conversation.partition(":")[0]
                if provider not in self.providers:
                    continue
                tx.outbox.put(ShowCard(execution_id=approval.execution_id, approval_id=approval.id, provider=provider,
                                       conversation=conversation), now)
                if told:
                    tx.outbox.put(Tell(execution_id=approval.execution_id, approval_id=approval.id, provider=provider,
                                       conversation=conversation, event=announce.event), now)


def remember_to_remind(tx: Transaction, announce: Announce) -> None:
    """Note, for a request that was opened, when its people are to be reminded of it first."""
    approval = tx.approval_search.get(announce.approval_id) if announce.event == "ask" and announce.approval_id else None
    if approval is not None:
        tx.reminders.add(approval.id, approval.requested_at + (approval.expires_at - approval.requested_at) / 2)


def concerned(tx: Transaction, announce: Announce) -> list[Approval]:
    """Return the requests that look another way now: the one that it is about, or all of its run."""
    return [approval for approval in tx.approval_search.of_run(announce.execution_id)
            if announce.approval_id in (None, approval.id)]


def tells(approval: Approval, announce: Announce) -> bool:
    """Tell whether whoever asked is to know: how people answered, and how that what they agreed to came out."""
    if announce.event == OVER:
        return approval.status is Status.APPROVED
    return announce.event in ENDED and approval.status is not Status.PENDING
