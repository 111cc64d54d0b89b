"""A card as a few plain lines, for a terminal and a mail."""

from collections.abc import Iterator

from bot.cards import Card, headline
from bot.replies import all_of, any_of

_PLAIN = str.maketrans({"*": "∗", "`": "ˋ", "·": "•", "[": "(", "]": ")"})


def plain_card(card: Card) -> str:
    """Return a card as lines of plain text; what people wrote cannot look like ours."""
    return "\n".join(_lines(card))


def _lines(card: Card) -> Iterator[str]:
    yield f"{card.mark} **{_said(card.title)}** · {_headline(card)}"
    if not card.readable:
        yield " ".join(["It can be read, and answered, in Placet.", *_links(card)])
        return
    yield " · ".join(part for part in (_people(card), _said(card.project), f"“{_quoted(card.reason)}”" if card.reason else "") if part)
    short = [f"{fact.label}: {_said(fact.text)}" for fact in card.facts if not fact.long]
    if short:
        yield " · ".join(short)
    for fact in card.facts:
        if fact.long:
            yield f"{fact.label}: {_said(fact.text)}"
    if card.lapses:
        yield f"Lapses {card.lapses} · `{card.ref}` · what you approve: `{card.digest}`"
    if card.skipped:
        why = f": {_said(card.skip_reason)}" if card.skip_reason else ""
        yield f"Approval was skipped with break-glass by {_said(card.skipped)}{why}"
    for yes in card.answers:
        yield f"✓ {_said(yes.who)}, {yes.when}, {yes.where}"
    yield from _how(card)


def _headline(card: Card) -> str:
    return headline(_said(card.status), _said(card.because), card.then, card.count)


def _people(card: Card) -> str:
    if not card.subjects or card.subjects == (card.asked_by,):
        return f"For {_said(card.asked_by)}"
    return f"For {_said(all_of(card.subjects))}, asked by {_said(card.asked_by)}"


def _how(card: Card) -> Iterator[str]:
    links = " ".join(_links(card))
    if not card.say_yes:
        if links:
            yield links
        return
    if not card.may_answer:
        yield " ".join(["Nobody can answer this now: an owner has to be added to the project first.", *_links(card)])
        return
    if card.self_approval:
        yield "Whoever asks may approve this one, too."
    yield f"{_said(any_of(card.may_answer))}: reply `{card.say_yes}`, or `{card.say_no}`.{_also(card)}{f' {links}' if links else ''}"


def _also(card: Card) -> str:
    told = [f"{verb} is also {any_of([f'`{_said(word)}`' for word in words])}"
            for verb, words in (("approve", card.also_yes), ("reject", card.also_no)) if words]
    return f" Here, {', and '.join(told)}." if told else ""


def _links(card: Card) -> list[str]:
    return [f"[{link.action}]({link.url})" for link in card.links]


def _said(text: str) -> str:
    return text.translate(_PLAIN)


def _quoted(text: str) -> str:
    return _said(text).replace("“", "'").replace("”", "'")
