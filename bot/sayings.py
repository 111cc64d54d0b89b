"""What Placet says in a thread beside its cards: only where a person must know or do something."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.cards import Card
from bot.fields import word
from bot.replies import all_of, any_of
from bot.times import day_and_time, duration
from bot.words import Meaning, Vocabulary

MEANT = {
    Meaning.APPROVE: "to approve, as the first line; a reason may follow after a colon or on the next line",
    Meaning.REJECT: "to reject, better with a reason: `reject: wrong org`",
    Meaning.WITHDRAW: "to take your answer back while the request is open",
    Meaning.CANCEL: "to take back what you asked for, or end its access early: `cancel k7q2m9`",
    Meaning.STATUS: "to see what is open here and who may answer",
    Meaning.LINK: "to connect your account here with you",
    Meaning.HELP: "to read this",
}


def unknown_person(login: str) -> str:
    return (f"I do not know who `{word(login)}` is yet. Reply `link` to connect your account, or ask an operator of Placet. "
            "Then answer again.")


def not_started(refusal: str) -> str:
    """Say why a request was refused. `refusal`: whole sentences."""
    return f"I could not start this: {refusal} Nothing was started."


def not_checked(platform: str, until: datetime) -> str:
    """Say that a platform did not tell who somebody is."""
    return (f"{platform} did not answer when I checked who you are. I will try again until {day_and_time(until, until)}; "
            "nothing is decided yet.")


def not_checked_in_time(platform: str) -> str:
    return f"{platform} did not tell me in time who you are, so I did not count your answer. Answer again, or answer in Placet."


def not_counted_here(why: str) -> str:
    """Say that a platform's account does not count. `why`: a whole sentence."""
    return f"{why} So I did not count that; answer with an account of your organisation, or in Placet."


def started(title: str, ref: str | None) -> str:
    return f"Started: {word(title)}. " + (f"It waits for approval as `{ref.lower()}`." if ref else "Its card follows here.")


def withdrawn(title: str, have: int, required: int) -> str:
    return f"Your answer to {word(title)} is taken back. {have} of {required} have approved it."


def cancelled(title: str, *, approved: bool) -> str:
    """`approved`: it had been, so that something may have to be taken back."""
    return f"{word(title)} is cancelled. " + ("What it gave is being taken back." if approved else "Nothing was done.")


def edited() -> str:
    """To somebody who changed a message into an answer."""
    return "I read a message only as it was first written. Please write your answer as a new one."


def reminder(card: Card, left: timedelta) -> str:
    """Name once, in the thread, those who must act."""
    return (f"{any_of(card.may_answer)}: {word(card.title)} still waits for {card.missing} approval{'' if card.missing == 1 else 's'}. "
            f"It lapses in {duration(left)}, {card.lapses}. "
            f"Reply `{card.say_yes}`, or `{card.say_no}`.")


def what_became(card: Card) -> str:
    """Tell whoever asked how it stands now that something was decided, or is over."""
    return f"{word(card.asked_by)}: {word(card.title)} · {word(card.headline)}."


def status(cards: Sequence[Card]) -> str:
    """Say what is open here, and who may answer."""
    if not cards:
        return "Nothing is open here."
    return "\n".join(_status(card) for card in cards)


def _status(card: Card) -> str:
    who = f" {any_of(card.may_answer)} may answer, until {card.lapses}." if card.may_answer else ""
    return f"`{card.ref}` {word(card.title)} · {card.headline}.{who}"


def linked_already() -> str:
    return "Your account here is connected with you already; there is nothing more to do."


def link_code(code: str, minutes: int, page: str | None) -> str:
    """`page`: its address, if there is one."""
    where = f"{page}/link" if page else "`/link` on the page of Placet"
    return (f"Your code is `{word(code)}`, for {minutes} minutes and one use. Open {where} while you are signed in, and enter it there, "
            "or give it to an operator of Placet. Give it to nobody else: this account answers as whoever enters it.")


def help_text(words: Vocabulary, page: str | None) -> str:
    """Say what counts, one line for each meaning."""
    lines = [f"{all_of([f'`{each}`' for each in words.accepted(meaning)])}: {told}" for meaning, told in MEANT.items()]
    lines.append("Where several requests are open, put the six characters after the word that the card shows: `approve k7q2m9`.")
    if page:
        lines.append(f"All requests: {page}")
    return "\n".join(lines)
