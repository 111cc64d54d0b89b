"""A card made to fit where it goes: explanations are cut first, and what decides never."""

from collections.abc import Callable
from dataclasses import replace

from bot.cards import Action, Card
from bot.fields import cut

LONGEST = 300  # characters of an explanation, even where there is room
STEPS = (LONGEST, 150, 60)


def fit(card: Card, room: int, measure: Callable[[Card], int]) -> Card:
    """Return a card that measures at most that: with its explanations cut, else without them, else nothing but where to read it."""
    for longest in STEPS:
        shorter = _cut(card, longest)
        if measure(shorter) <= room:
            return shorter
    bare = _bare(card)
    return bare if measure(bare) <= room else _unreadable(card)


def _cut(card: Card, longest: int) -> Card:
    facts = tuple(replace(fact, text=cut(fact.text, longest)) if fact.long else fact for fact in card.facts)
    shorter = replace(card, reason=cut(card.reason, longest), because=cut(card.because, longest),
                      skip_reason=cut(card.skip_reason, longest), facts=facts)
    return shorter if shorter == card else replace(shorter, whole=False)


def _bare(card: Card) -> Card:
    """Keep what, who, where, how long, until when, and the link."""
    return replace(card, reason="", because="", facts=tuple(fact for fact in card.facts if not fact.long), answers=(),
                   also_yes=(), also_no=(), skip_reason="", links=tuple(link for link in card.links if link.action is Action.OPEN),
                   whole=False)


def _unreadable(card: Card) -> Card:
    """Show nothing of a request whose decisive part has no room: half of it would be approved unseen."""
    return replace(_bare(card), title="A request that is too long to be shown here", asked_by="", subjects=(), project="", facts=(),
                   may_answer=(), say_yes="", say_no="", readable=False)
