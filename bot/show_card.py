"""A card in one conversation, brought to what the request is now: posted once, and changed only when something else is to be seen."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.bound_places import refuse_elsewhere
from bot.cards import Card
from bot.fit_card import fit
from bot.homes import Home, HomeAway, NotThere
from bot.show import card_at
from bot.wordbook import ONLY_ENGLISH, Wordbook
from core.domain.effects import ShowCard
from core.flows.registry import Registry
from core.ports.conversation import CardRow
from core.ports.database import Database, Transaction
from core.ports.dispatch import Silent, TryLater

LEASE = timedelta(seconds=60)  # a home answers within less
BUSY = timedelta(seconds=1)
MOST_LOOKS = 5  # at one delivery, should the request never rest
Pages = Callable[[str], str | None]
log = logging.getLogger("placet.cards")


@dataclass(frozen=True, slots=True, kw_only=True)
class CardsNow:
    """Cards as they would be shown now. `page`: the address of a run's page, where there is one."""

    registry: Registry
    page: Pages
    words: Wordbook = ONLY_ENGLISH

    def card(self, tx: Transaction, approval_id: str) -> Card | None:
        approval = tx.approval_search.get(approval_id)
        project = tx.projects.get(approval.project_id) if approval else None
        if approval is None or project is None:
            return None
        return card_at(tx, self.registry, approval, project.identifier, now=tx.now(), page=self.page(approval.execution_id),
                       words=self.words)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCards:
    database: Database
    homes: Mapping[str, Home]
    now: CardsNow
    lease: timedelta = LEASE

    def show(self, effect: ShowCard) -> None:
        """Raise TryLater where the home does not answer, or another process is at the card."""
        home = home_of(self.homes, effect.provider)
        for _ in range(MOST_LOOKS):
            if not self._show(effect, home):
                return
        raise TryLater("the request does not rest", BUSY)

    def _show(self, effect: ShowCard, home: Home) -> bool:
        """Bring the card to what the request is now; tell whether it is to be looked at again."""
        with self.database.begin() as tx:
            row = tx.cards.claim(effect.approval_id, effect.conversation, self.lease)
            if row is None:
                raise TryLater("another process is at this card", BUSY)
            card = self._fitting(tx, effect, home)
            if card is None or row.failed is not None or row.shown == _hash(card):
                tx.cards.release(effect.approval_id, effect.conversation, failed=row.failed)
                return False
        try:
            refuse_elsewhere(self.database, home, effect.approval_id, effect.conversation)
            message_id = _post(home, effect, card, row)
        except HomeAway as away:
            self._release(effect, None)
            raise silent(away) from None
        except NotThere as gone:
            self._release(effect, gone.why)
            log.error("card.failed", extra={"approval_id": effect.approval_id, "conversation": effect.conversation, "why": gone.why})
            return False
        with self.database.begin() as tx:
            tx.cards.shown(effect.approval_id, effect.conversation, message_id=message_id, shown=_hash(card))
            return self._fitting(tx, effect, home) != card

    def _fitting(self, tx: Transaction, effect: ShowCard, home: Home) -> Card | None:
        card = self.now.card(tx, effect.approval_id)
        return fit(card, home.longest, home.measure) if card is not None else None

    def _release(self, effect: ShowCard, failed: str | None) -> None:
        with self.database.begin() as tx:
            tx.cards.release(effect.approval_id, effect.conversation, failed=failed)


def home_of(homes: Mapping[str, Home], provider: str) -> Home:
    """Return the home of a provider, or raise TryLater: it may be another process that has it."""
    if provider not in homes:
        raise TryLater(f"{provider} is not set up here")
    return homes[provider]


def silent(away: HomeAway) -> Silent:
    """Say to the relay that a home does not answer, and when it wishes to be asked again."""
    return Silent(f"{away.platform} does not answer", timedelta(seconds=away.after) if away.after is not None else None)


def _post(home: Home, effect: ShowCard, card: Card, row: CardRow) -> str:
    """Post the card, or change it. A posting that was begun and not noted may have arrived: then it is there under its marker."""
    marker = f"card:{effect.approval_id}"
    message_id = row.message_id
    if message_id is None and row.begun:
        message_id = home.messenger.find(effect.conversation, marker)
    return home.messenger.show(effect.conversation, marker, card, message_id)


def _hash(card: Card) -> str:
    return hashlib.sha256(repr(card).encode("utf-8", "surrogatepass")).hexdigest()
