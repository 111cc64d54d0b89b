"""What is written into a conversation beside its card: each once for its marker, and only while it is still true."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from bot.bound_places import refuse_elsewhere
from bot.cards import Card, State
from bot.homes import Home, HomeAway, Messenger, NotThere
from bot.link import PLACE, new_code
from bot.sayings import reminder, what_became
from bot.show_card import CardsNow, home_of, silent
from core.domain.effects import Acknowledge, Remind, Say, Tell
from core.ports.database import Database

log = logging.getLogger("placet.conversation")


@dataclass(frozen=True, slots=True, kw_only=True)
class SayThings:
    """Each method raises TryLater where the home does not answer; what a home refuses for good is left, and logged."""

    database: Database
    homes: Mapping[str, Home]
    now: CardsNow

    def say(self, effect: Say) -> None:
        text, to, marker = effect.text, effect.to, effect.marker
        if effect.account is not None:
            text = text.replace(PLACE, new_code(self.database, effect.provider, effect.account, effect.login))
        self._write(effect.provider, effect.conversation, lambda home: home.say(effect.conversation, text, to=to, marker=marker))

    def acknowledge(self, effect: Acknowledge) -> None:
        self._write(effect.provider, effect.conversation, lambda home: home.acknowledge(effect.conversation, effect.message_id))

    def remind(self, effect: Remind) -> None:
        """Name those who must act, unless that is nobody any more, or the next reminder has come while this one waited for the home."""
        with self.database.read() as tx:
            card, now = self.now.card(tx, effect.approval_id), tx.now()
            overtaken = tx.reminders.sent(effect.approval_id) > effect.number
        if overtaken or card is None or card.state is not State.OPEN or card.lapses_at is None or not card.may_answer:
            return
        text, marker = reminder(card, _in_minutes(card.lapses_at - now)), f"reminder:{effect.approval_id}:{effect.number}"
        self._write(effect.provider, effect.conversation, lambda home: home.say(effect.conversation, text, to=None, marker=marker),
                    about=effect.approval_id)

    def tell(self, effect: Tell) -> None:
        """Tell whoever asked what became of it, as it is by now: once when people have answered, and once when it is over."""
        with self.database.read() as tx:
            card = self.now.card(tx, effect.approval_id)
        if card is None or card.state is State.OPEN:
            return
        text, marker = what_became(card), f"told:{effect.approval_id}:{_stage(card)}"
        self._write(effect.provider, effect.conversation, lambda home: home.say(effect.conversation, text, to=None, marker=marker),
                    about=effect.approval_id)

    def _write(self, provider: str, conversation: str, write: Callable[[Messenger], None], about: str | None = None) -> None:
        """`about`: the request of which nobody there has spoken to us, so that it may be somebody else's place."""
        home = home_of(self.homes, provider)
        try:
            if about is not None:
                refuse_elsewhere(self.database, home, about, conversation)
            write(home.messenger)
        except HomeAway as away:
            raise silent(away) from None
        except NotThere as gone:
            log.error("message.not_taken", extra={"conversation": conversation, "why": gone.why})


def _stage(card: Card) -> str:
    return "agreed" if card.state in (State.RUNNING, State.TAKING_BACK) else "over"


def _in_minutes(left: timedelta) -> timedelta:
    """Leave out the seconds, of which nobody wants to read; less than a minute stays as it is."""
    return timedelta(minutes=left // timedelta(minutes=1)) if left >= timedelta(minutes=1) else left
