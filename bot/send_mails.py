"""What waits to be told by mail is sent: to one person at a time, as it is by then, and again until the mail server has it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from bot.cards import Card, State
from bot.letter import News, letter_of
from bot.show_card import CardsNow
from bot.write_to_people import QUIET, requester_of, waits_for
from core.domain.approvals import Approval, Status
from core.domain.people import Person
from core.domain.steps import Retry
from core.engine.receivers import Receivers
from core.ports.database import Database, NewId, Transaction
from core.ports.mail import Bundle, Fate, Kind, Letter, NotNow, PostAway, Postman, PostRefused

LEASE = timedelta(minutes=3)  # a mail server answers within less
AWAY = Retry(first=timedelta(seconds=5), longest=timedelta(minutes=2))
NOT_NOW = Retry(first=timedelta(minutes=1), longest=timedelta(hours=1))
GIVEN_UP = timedelta(days=3)  # after which a person's own mail server is believed
SERVER = "mail"
KEPT = timedelta(days=30)
AT_ONCE = 100
log = logging.getLogger("placet.mail")


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMails:
    """`page`: where the page is, if there is one. `told` hears of each mail that has come to its end, and of each try that failed: how."""

    database: Database
    cards: CardsNow
    postman: Postman
    new_id: NewId
    page: str | None = None
    told: Callable[[str], None] = lambda outcome: None
    lease: timedelta = LEASE
    quiet: timedelta = QUIET
    _receivers: Receivers = field(default_factory=Receivers)

    def work(self) -> int:
        """Send what is due; return how many mails that were. A server that does not answer is left alone for a while."""
        count = 0
        while self._may_try() and (bundle := self._take()) is not None:
            count += self._send(bundle)
        return count

    def _may_try(self) -> bool:
        with self._receivers.lock:
            return SERVER not in self._receivers.shut()

    def _take(self) -> Bundle | None:
        with self.database.read() as tx:  # most often there is nothing, and a look costs less than a transaction that writes
            if not tx.mails.due():
                return None
        with self.database.begin() as tx:
            return tx.mails.take(self.new_id(), self.lease)

    def _send(self, bundle: Bundle) -> bool:
        letter = self._letter(bundle)
        if letter is None:
            self._done(bundle, Fate.DROPPED)
            return False
        try:
            self.postman.send(letter)
        except PostRefused as refused:
            log.error("mail.refused", extra={"person_id": bundle.person_id, "bundle": bundle.id, "why": str(refused)})
            self._done(bundle, Fate.REFUSED, str(refused))
            return False
        except PostAway as away:
            self._again(bundle, away)
            return False
        self._done(bundle, Fate.SENT)
        self._receivers.answered(SERVER)
        return True

    def _letter(self, bundle: Bundle) -> Letter | None:
        """Write down what is so now; None if there is nothing to be told to that person any more."""
        person: Person | None = None
        waits: list[Card] = []
        ended: list[Card] = []
        with self.database.read() as tx:
            if tx.mails.is_off(bundle.person_id):
                return None
            for approval_id in dict.fromkeys(note.approval_id for note in bundle.notes):
                approval = tx.approval_search.get(approval_id)
                kinds = {note.kind for note in bundle.notes if note.approval_id == approval_id}
                to = _reader(tx, approval.at(tx.now()), bundle.person_id, kinds) if approval is not None else None
                card = self.cards.card(tx, approval_id) if to is not None else None
                if card is not None:
                    person = to
                    (waits if card.state is State.OPEN else ended).append(card)
        return letter_of(News(waits=waits, ended=ended, page=self.page), bundle.id, person.email) if person is not None else None

    def _again(self, bundle: Bundle, away: PostAway) -> None:
        with self.database.begin() as tx:
            given_up = isinstance(away, NotNow) and tx.now() - bundle.since > GIVEN_UP
        if given_up:
            log.error("mail.given_up", extra={"person_id": bundle.person_id, "bundle": bundle.id, "why": str(away)})
            self._done(bundle, Fate.REFUSED, str(away))
            return
        log.warning("mail.not_sent", extra={"bundle": bundle.id, "tries": bundle.tries, "why": str(away)})
        wait = NOT_NOW.wait(bundle.tries) if isinstance(away, NotNow) else self._receivers.silent(SERVER, AWAY, timedelta())
        self.told("again")
        with self.database.begin() as tx:
            tx.mails.failed(bundle, str(away), wait)

    def _done(self, bundle: Bundle, fate: Fate, error: str | None = None) -> None:
        with self.database.begin() as tx:
            tx.mails.done(bundle, fate, quiet=self.quiet, error=error)
            tx.mails.forget(tx.now() - KEPT, AT_ONCE)
        self.told(fate)


def _reader(tx: Transaction, approval: Approval, person_id: str, kinds: set[Kind]) -> Person | None:
    """Return the person if there still is something to be told: that it waits for them, or what became of what they asked."""
    if approval.status is Status.PENDING:
        waits = waits_for(tx, approval) if Kind.WAITS in kinds else []
        return next((person for person in waits if person.id == person_id), None)
    asked = requester_of(tx, approval) if kinds & {Kind.ANSWERED, Kind.OVER} else None
    return asked if asked is not None and asked.id == person_id else None
