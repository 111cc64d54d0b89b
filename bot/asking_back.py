"""What Placet asks back when it is not certain what somebody meant: nothing was counted, and what would count."""

from collections.abc import Sequence
from typing import assert_never

from bot.commands import Asked, BadRequest, ConfirmAll, Doubt, NeedsCode, NoSuchRef, Unsure, WhichOne
from bot.fields import cut, word
from core.domain.approvals import Verdict

MOST_LISTED = 10
SHOWN_CODE = 8
NUMBERS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten")
WORDS = "Write `approve` or `reject: reason` as the first line."
UNSURE = {
    Unsure.UNCLEAR: f"I did not count that. {WORDS}",
    Unsure.HEDGED: ("I did not count that: it may be meant under a condition, or not as an answer. Write `approve` without one, "
                    "or `reject: reason`, as the first line."),
    Unsure.TWO_ANSWERS: f"I did not count that, because there is more than one answer in it. {WORDS}",
    Unsure.LOOKALIKE: ("I did not count that, because it holds characters that cannot be seen, or that look like others. "
                       "Type `approve` or `reject: reason` anew."),
    Unsure.TOO_LONG: "I did not count that, because it is too long: a reason may have up to 2,000 characters. Write a shorter one.",
    Unsure.NOTHING_OPEN: "Nothing is open here that could be answered. A request shows up here with its card.",
    Unsure.CANCEL_NEEDS_REF: "Write `cancel`, then nothing but the six characters that the card shows, such as `cancel k7q2m9`.",
}


def ask_back(why: Doubt) -> str:
    """Say what was not certain, and what would count."""
    match why:
        case Unsure():
            return UNSURE[why]
        case WhichOne(verb=verb, requests=requests):
            return f"{_many(requests)} here. Which one? {_choices(verb, requests)}"
        case NoSuchRef(typed=typed, requests=requests):
            open_here = f"{_many(requests)}: {_choices('approve', requests)}" if requests else "Nothing is open here."
            return f"No request here has the ref `{word(typed).lower()}`, so I did not count that. {open_here}"
        case NeedsCode(request=asked, verb=verb, wrong=wrong):
            line = f"`{verb} {asked.ref.lower()} {asked.digest[:SHOWN_CODE]}`"
            if wrong:
                return f"That code belongs to another request, or to an earlier one. Read what is asked now, then write {line}."
            return f"This one needs its code, so that you approve exactly what is written above: {line}."
        case ConfirmAll():
            return _confirm(why)
        case BadRequest(at=at):
            return (f"I could not read this from `{cut(word(at), 60)}` on. Nothing was started. "
                    'Write one line: `/placet flow key=value key="several words"`.')
    assert_never(why)


def _confirm(why: ConfirmAll) -> str:
    them = "this one" if len(why.requests) == 1 else "these"
    said = (f"That would {why.verdict} {_listed(why.requests)}. "
            f"To {why.verdict} exactly {them}, write `{why.verdict} all {why.code}`.")
    if why.left_out:
        codes = " · ".join(f"`{Verdict.APPROVE} {each.ref.lower()} {each.digest[:SHOWN_CODE]}` ({_title(each)})" for each in why.left_out)
        said += f" Not among them, because each needs its own code: {codes}."
    return said


def _many(requests: Sequence[Asked]) -> str:
    count = NUMBERS[len(requests)] if len(requests) < len(NUMBERS) else str(len(requests))
    return f"{count} request is open" if len(requests) == 1 else f"{count} requests are open"


def _choices(verb: str, requests: Sequence[Asked]) -> str:
    """Offer each with the line that would count."""
    shown = " · ".join(f"`{verb} {_line(verb, each)}` ({_title(each)}, {word(each.requester)})" for each in requests[:MOST_LISTED])
    return shown + _rest(requests)


def _line(verb: str, asked: Asked) -> str:
    exact = f" {asked.digest[:SHOWN_CODE]}" if asked.high_risk and verb == Verdict.APPROVE else ""
    return asked.ref.lower() + exact


def _listed(requests: Sequence[Asked]) -> str:
    """Name all of them, however many: whoever confirms must have seen each."""
    return " · ".join(f"`{each.ref.lower()}` ({_title(each)}, {word(each.requester)})" for each in requests)


def _title(asked: Asked) -> str:
    return word(asked.title)


def _rest(requests: Sequence[Asked]) -> str:
    return f" · and {len(requests) - MOST_LISTED} more" if len(requests) > MOST_LISTED else ""
