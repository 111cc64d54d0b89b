"""A mail to one person about what waits for them and what became of what they asked for, in plain text and in HTML. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot.cards import Action, Card
from bot.fields import cut, word
from bot.fit_card import fit
from bot.html_letter import Part, html_letter
from bot.plain_card import plain_card, plain_length
from core.ports.mail import Letter

LONGEST_SUBJECT = 120
MOST_CARDS = 20  # of each sort in one mail; how many more there are is told
ROOM = 4_000  # characters of a card
UNREAD = "Nothing is decided by this mail: a reply to it is read by nobody."


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """`waits`: what the person may answer; `ended`: how what they asked for stands now. `page`: where the page is, if there is one."""

    waits: Sequence[Card]
    ended: Sequence[Card]
    page: str | None


def letter_of(news: News, letter_id: str, to: str) -> Letter:
    subject, account = _subject(news), f"{news.page}/account" if news.page else None
    parts = [*_part(news.waits, _waiting(len(news.waits)), news), *_part(news.ended, _became(len(news.ended)), news)]
    foot = (UNREAD, *_why(news))
    return Letter(id=letter_id, to=to, subject=subject, text=_text(parts, foot, account), html=html_letter(subject, parts, foot, account),
                  account=account)


def _subject(news: News) -> str:
    waits, ended = news.waits, news.ended
    if len(waits) == 1 and not ended:
        told = f"Waits for you: {word(waits[0].title)} · {word(waits[0].project)}"
    elif len(ended) == 1 and not waits:
        told = f"{word(ended[0].title)}: {word(ended[0].status)}"
    else:
        told = ", ".join([*([_waiting(len(waits))] if waits else []), *([_news(len(ended))] if ended else [])])
    return told if len(told) <= LONGEST_SUBJECT else cut(told, LONGEST_SUBJECT).partition("… (")[0] + "…"


def _waiting(count: int) -> str:
    return "1 request waits for your answer" if count == 1 else f"{count} requests wait for your answer"


def _became(count: int) -> str:
    return "What became of your request" if count == 1 else f"What became of {count} of your requests"


def _news(count: int) -> str:
    return "news of 1 of yours" if count == 1 else f"news of {count} of yours"


def _part(cards: Sequence[Card], heading: str, news: News) -> Iterator[Part]:
    if not cards:
        return
    shown = tuple(fit(_quiet(card), ROOM, plain_length) for card in cards[:MOST_CARDS])
    left = len(cards) - len(shown)
    more = f"And {left} more{f': {news.page}' if news.page else ', which `placet approvals` lists'}." if left else ""
    yield Part(heading=heading, cards=shown, more=more)


def _quiet(card: Card) -> Card:
    """Leave out how to answer where a card is discussed, which a mail is not, and every way but that to the page."""
    links = tuple(link for link in card.links if link.action is Action.OPEN)
    return replace(card, say_yes="", say_no="", also_yes=(), also_no=(), links=links)


def _why(news: News) -> Iterator[str]:
    yield ("You get it because you may answer." if not news.ended else "You get it because you asked." if not news.waits
           else "You get it because you may answer, and because you asked.")
    if news.page is None:
        yield "An operator turns it off for you: placet people mail."


def _text(parts: Sequence[Part], foot: Sequence[str], account: str | None) -> str:
    blocks: list[str] = []
    for part in parts:
        blocks += [f"{part.heading}:", *map(_plain, part.cards), *([part.more] if part.more else [])]
    last = [*foot, *([f"Turn it off: {account}"] if account else [])]
    return "\n\n".join([*blocks, "-- \n" + "\n".join(last)]) + "\n"


def _plain(card: Card) -> str:
    told = plain_card(replace(card, links=()))
    return "\n".join([told, *_how_to_answer(card)])


def _how_to_answer(card: Card) -> list[str]:
    """Say where a request is read and answered; nothing of one that has ended and has no page."""
    if card.links:
        return [f"{each.action}: {each.url}" for each in card.links]
    return [f"Answer where it is discussed, or by `placet flows approve {card.ref}`."] if card.may_answer else []
