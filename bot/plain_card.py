"""A card as a few plain lines, for a terminal and a mail."""

from collections.abc import Iterator

from bot.card_lines import ANYBODY, NOBODY, UNREADABLE, Ink, also, facts, title
from bot.cards import Card
from bot.replies import any_of

_PLAIN = str.maketrans({"*": "∗", "`": "ˋ", "·": "•", "[": "(", "]": ")"})


def plain_card(card: Card) -> str:
    """Return a card as lines of plain text; what people wrote cannot look like ours."""
    return "\n".join(_lines(card))


def plain_length(card: Card) -> int:
    return len(plain_card(card))


def _lines(card: Card) -> Iterator[str]:
    yield title(card, _INK)
    if not card.readable:
        yield " ".join([UNREADABLE, *_links(card)])
        return
    yield from facts(card, _INK)
    yield from _how(card)


def _how(card: Card) -> Iterator[str]:
    links = " ".join(_links(card))
    if not card.say_yes:
        if links:
            yield links
        return
    if not card.may_answer:
        yield " ".join([NOBODY, *_links(card)])
        return
    if card.self_approval:
        yield ANYBODY
    told = f"{_said(any_of(card.may_answer))}: reply {_code(card.say_yes)}, or {_code(card.say_no)}.{also(card, _INK)}"
    yield f"{told} {links}" if links else told


def _links(card: Card) -> list[str]:
    return [f"[{link.action}]({link.url})" for link in card.links]


def _said(text: str) -> str:
    return text.translate(_PLAIN)


def _code(text: str) -> str:
    return f"`{_said(text)}`"


def _as_it_is(text: str) -> str:
    return text


_INK = Ink(text=_said, bold=_said, code=_code, ours=_as_it_is, label=_as_it_is)
