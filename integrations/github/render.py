"""A card as a comment on GitHub."""

from collections.abc import Iterator

from bot.cards import Card, Fact, headline
from bot.replies import all_of, any_of
from integrations.github.escape import code, escaped, line


def render(card: Card) -> str:
    """Return a card as Markdown; every line begins with words of ours."""
    return "\n".join(_lines(card))


def _lines(card: Card) -> Iterator[str]:
    told = headline(escaped(card.status), escaped(card.because), escaped(card.then), card.count)
    yield f"{card.mark} **{_bold(card.title)}** · {told}"
    if not card.readable:
        yield " · ".join(["It can be read, and answered, in Placet.", *_links(card)])
        return
    yield " · ".join(part for part in (_people(card), escaped(card.project), f"“{_quoted(card.reason)}”" if card.reason else "") if part)
    short = " · ".join(map(_fact, (fact for fact in card.facts if not fact.long)))
    if short:
        yield short
    yield from map(_fact, (fact for fact in card.facts if fact.long))
    if card.lapses:
        yield f"Lapses {escaped(card.lapses)} · {code(card.ref)} · what you approve: {code(card.digest)}"
    if card.skipped:
        why = f": {escaped(card.skip_reason)}" if card.skip_reason else ""
        yield f"Approval was skipped with break-glass by {escaped(card.skipped)}{why}"
    for yes in card.answers:
        yield f"✓ {escaped(yes.who)}, {escaped(yes.when)}, {escaped(yes.where)}"
    yield from _how(card)


def _fact(fact: Fact) -> str:
    return f"{line(fact.label)}: {escaped(fact.text)}"


def _people(card: Card) -> str:
    if not card.subjects or card.subjects == (card.asked_by,):
        return f"For {escaped(card.asked_by)}"
    return f"For {escaped(all_of(card.subjects))}, asked by {escaped(card.asked_by)}"


def _how(card: Card) -> Iterator[str]:
    links = " · ".join(_links(card))
    if card.say_yes and not card.may_answer:
        yield "Nobody can answer this now: an owner has to be added to the project first."
    elif card.say_yes:
        if card.self_approval:
            yield "Whoever asks may approve this one, too."
        yield f"To be answered by {escaped(any_of(card.may_answer))}: reply {code(card.say_yes)}, or {code(card.say_no)}.{_also(card)}"
    if links:
        yield links


def _also(card: Card) -> str:
    told = [f"{verb} is also {any_of([code(word) for word in words])}"
            for verb, words in (("approve", card.also_yes), ("reject", card.also_no)) if words]
    return f" Here, {', and '.join(told)}." if told else ""


def _links(card: Card) -> list[str]:
    return [f"[{link.action}](<{link.url.replace('<', '%3C').replace('>', '%3E')}>)" for link in card.links]


def _bold(text: str) -> str:
    return escaped(text.strip()) or "·"


def _quoted(text: str) -> str:
    return escaped(text.replace("“", "'").replace("”", "'"))
