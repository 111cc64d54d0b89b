"""A card as a comment on GitHub."""

from collections.abc import Iterator

from bot.card_lines import ANYBODY, NOBODY, UNREADABLE, Ink, also, facts, title
from bot.cards import Card
from bot.replies import any_of
from integrations.github.escape import code, escaped, line


def render(card: Card) -> str:
    """Return a card as Markdown; every line begins with words of ours."""
    return "\n".join(_lines(card))


def _lines(card: Card) -> Iterator[str]:
    yield title(card, _INK)
    if not card.readable:
        yield " · ".join([UNREADABLE, *_links(card)])
        return
    yield from facts(card, _INK)
    yield from _how(card)


def _how(card: Card) -> Iterator[str]:
    links = " · ".join(_links(card))
    if card.say_yes and not card.may_answer:
        yield NOBODY
    elif card.say_yes:
        if card.self_approval:
            yield ANYBODY
        yield f"To be answered by {escaped(any_of(card.may_answer))}: reply {code(card.say_yes)}, or {code(card.say_no)}.{also(card, _INK)}"
    if links:
        yield links


def _links(card: Card) -> list[str]:
    return [f"[{link.action}](<{link.url.replace('<', '%3C').replace('>', '%3E')}>)" for link in card.links]


def _bold(text: str) -> str:
    return escaped(text.strip()) or "·"


_INK = Ink(text=escaped, bold=_bold, code=code, ours=escaped, label=line)
