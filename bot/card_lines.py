"""A card as the lines that every home shows alike, each in its own ink; how to answer is each home's to say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.cards import Card, Fact, headline
from bot.replies import all_of, any_of

UNREADABLE = "It can be read, and answered, in Placet."
NOBODY = "Nobody can answer this now: an owner has to be added to the project first."
ANYBODY = "Whoever asks may approve this one, too."


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """`text`: what people wrote, so that it cannot look like ours; `bold` and `code`: the same, standing out; `ours`: what we wrote.

    `label` begins a line.
    """

    text: Callable[[str], str]
    bold: Callable[[str], str]
    code: Callable[[str], str]
    ours: Callable[[str], str]
    label: Callable[[str], str]

    def quoted(self, text: str) -> str:
        return self.text(text.replace("“", "'").replace("”", "'"))


def title(card: Card, ink: Ink) -> str:
    told = headline(ink.text(card.status), ink.text(card.because), ink.ours(card.then), card.count)
    return f"{card.mark} **{ink.bold(card.title)}** · {told}"


def facts(card: Card, ink: Ink) -> Iterator[str]:
    """Give what is asked, for whom, until when, and who has said yes; of a card that can be read."""
    reason = f"“{ink.quoted(card.reason)}”" if card.reason else ""
    yield " · ".join(part for part in (_people(card, ink), ink.text(card.project), reason) if part)
    short = [_fact(fact, ink) for fact in card.facts if not fact.long]
    if short:
        yield " · ".join(short)
    yield from (_fact(fact, ink) for fact in card.facts if fact.long)
    if card.lapses:
        yield f"Lapses {ink.ours(card.lapses)} · {ink.code(card.ref)} · what you approve: {ink.code(card.digest)}"
    if card.skipped:
        why = f": {ink.text(card.skip_reason)}" if card.skip_reason else ""
        yield f"Approval was skipped with break-glass by {ink.text(card.skipped)}{why}"
    for yes in card.answers:
        yield f"✓ {ink.text(yes.who)}, {ink.ours(yes.when)}, {ink.ours(yes.where)}"


def also(card: Card, ink: Ink) -> str:
    """Say which words count here beside the English ones; empty where none do."""
    told = [f"{verb} is also {any_of([ink.code(word) for word in words])}"
            for verb, words in (("approve", card.also_yes), ("reject", card.also_no)) if words]
    return f" Here, {', and '.join(told)}." if told else ""


def _fact(fact: Fact, ink: Ink) -> str:
    return f"{ink.label(fact.label)}: {ink.text(fact.text)}"


def _people(card: Card, ink: Ink) -> str:
    if not card.subjects or card.subjects == (card.asked_by,):
        return f"For {ink.text(card.asked_by)}"
    return f"For {ink.text(all_of(card.subjects))}, asked by {ink.text(card.asked_by)}"
