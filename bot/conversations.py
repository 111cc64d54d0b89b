"""The outgoing side of conversations: what the relay hands over is spread, shown, or said."""

from dataclasses import dataclass

from bot.announce import SpreadAnnouncement
from bot.mirror import ShowStates
from bot.say import SayThings
from bot.show_card import ShowCards
from core.domain.effects import Acknowledge, Announce, Mirror, Remind, Say, ShowCard, Tell
from core.engine.relay import Talk


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkOutside:
    announcements: SpreadAnnouncement
    cards: ShowCards
    sayings: SayThings
    states: ShowStates

    def spread(self, announce: Announce, posted_id: str) -> None:
        self.announcements.spread(announce, posted_id)

    def talk(self, effect: Talk) -> None:
        match effect:
            case ShowCard():
                self.cards.show(effect)
            case Remind():
                self.sayings.remind(effect)
            case Tell():
                self.sayings.tell(effect)
            case Say():
                self.sayings.say(effect)
            case Acknowledge():
                self.sayings.acknowledge(effect)
            case Mirror():
                self.states.show(effect)
