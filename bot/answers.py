"""A line that is an answer, whole: its verb, which request it means, and its reason."""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import assert_never

from bot.commands import (
    AnswerAll,
    Approve,
    Asked,
    Cancel,
    Clarify,
    Command,
    ConfirmAll,
    Help,
    Link,
    NeedsCode,
    NoSuchRef,
    Reject,
    Status,
    Unsure,
    WhichOne,
    Withdraw,
)
from bot.heard import Heard, contradicts, hedged
from bot.words import ANSWERS, Meaning, Strength
from core.domain.approvals import Verdict

REF_LENGTH, SHOWN_CODE, LONGEST_REASON = 6, 8, 2_000
_TARGET = r"(?:[ \t]+(?P<ref>all|#?[0-9a-hjkmnp-tv-z]{4,6})(?:[ \t]+(?P<code>[0-9a-f]{8,64}))?)?"
_TAIL = re.compile(_TARGET + r"(?:[.!]*|[:,](?P<said>.*)|[ \t]+[-–—][ \t]+(?P<dashed>.*)|[ \t]+because[ \t]+(?P<because>.*))")
_NO_REASON = re.compile(_TARGET + r"[.!]*")


def answer(heard: Heard) -> Command | None:
    """Return the command that a line is, whole; None if it is none."""
    begun = heard.begins()
    if begun is None:
        return None
    word, tail, end = begun
    if word.strength is Strength.ALONE:
        return _decide(heard, word.meaning, None, None, heard.rest) if not tail else None
    reasoned = word.strength is Strength.STRONG and word.meaning in ANSWERS
    found = (_TAIL if reasoned else _NO_REASON).fullmatch(tail)
    if found is None or found["ref"] and heard.vocabulary.find(found["ref"]) is not None:
        return None
    ref, code = found["ref"], found["code"]
    said = next((n for n in ("said", "dashed", "because") if n in found.groupdict() and found[n] is not None), None)
    reason = "\n".join(part for part in (heard.line[end + found.start(said):].strip() if said else "", heard.rest) if part)
    if said and not reason:
        return None
    return _command(heard, word.meaning, ref, code, reason)


def _command(heard: Heard, meaning: Meaning, ref: str | None, code: str | None, reason: str) -> Command | None:
    match meaning:
        case Meaning.APPROVE | Meaning.REJECT:
            return _decide(heard, meaning, ref, code, reason)
        case Meaning.WITHDRAW if ref != "all" and code is None:
            return _one(heard, ref, "withdraw", lambda asked: Withdraw(ref=asked.ref))
        case Meaning.CANCEL if ref != "all" and code is None:
            return _cancel(heard, ref)
        case Meaning.STATUS if ref in (None, "all") and code is None:
            return Status()
        case Meaning.STATUS if code is None:
            return _one(heard, ref, "status", lambda asked: Status(ref=asked.ref))
        case Meaning.LINK if ref is None:
            return Link()
        case Meaning.HELP if ref is None:
            return Help()
        case Meaning.WITHDRAW | Meaning.CANCEL | Meaning.STATUS | Meaning.LINK | Meaning.HELP:
            return None
    assert_never(meaning)


def _decide(heard: Heard, meaning: Meaning, ref: str | None, code: str | None, reason: str) -> Command:
    verdict = Verdict(meaning)
    if _another(heard) or contradicts(reason, meaning, heard.vocabulary):
        return Clarify(why=Unsure.TWO_ANSWERS)
    if verdict is Verdict.APPROVE and hedged(reason):
        return Clarify(why=Unsure.HEDGED)
    if len(reason) > LONGEST_REASON:
        return Clarify(why=Unsure.TOO_LONG)
    if ref == "all":
        return _all(heard, verdict, code, reason)
    return _one(heard, ref, verdict.value, lambda asked: _of(asked, verdict, code, reason))


def _of(asked: Asked, verdict: Verdict, code: str | None, reason: str) -> Command:
    wrong = code is not None and not asked.digest.startswith(code)
    if wrong or asked.high_risk and asked.open and code is None and verdict is Verdict.APPROVE:
        return Clarify(why=NeedsCode(request=asked, verb=verdict.value, wrong=wrong))
    match verdict:
        case Verdict.APPROVE:
            return Approve(ref=asked.ref, digest=code, reason=reason or None)
        case Verdict.REJECT:
            return Reject(ref=asked.ref, digest=code, reason=reason or None)
    assert_never(verdict)


def _one(heard: Heard, ref: str | None, verb: str, found: Callable[[Asked], Command]) -> Command:
    """Find the one request that is meant, never by guessing: without a ref, the only one open, else the last that was."""
    if ref is not None:
        return _named(heard, ref, verb, found)
    if not heard.requests:
        return Clarify(why=Unsure.NOTHING_OPEN)
    if len(heard.open) > 1:
        return Clarify(why=WhichOne(verb=verb, requests=heard.open))
    return found((*heard.open, *heard.requests)[0])


def _named(heard: Heard, ref: str, verb: str, found: Callable[[Asked], Command]) -> Command:
    typed = ref.removeprefix("#").upper()
    for among in (heard.open, heard.requests):
        exact = [asked for asked in among if asked.ref == typed]
        fitting = exact or [asked for asked in among if asked.ref.startswith(typed)]
        if len(fitting) == 1:
            return found(fitting[0])
        if fitting:
            return Clarify(why=WhichOne(verb=verb, requests=tuple(fitting)))
    return Clarify(why=NoSuchRef(typed=typed, requests=heard.open))


def _cancel(heard: Heard, ref: str | None) -> Command:
    """A request that was answered long ago may be cancelled from anywhere by its whole ref, if that is no word: `cancel events`."""
    if ref is None:
        return Clarify(why=Unsure.CANCEL_NEEDS_REF)
    named = _named(heard, ref, "cancel", lambda asked: Cancel(ref=asked.ref))
    typed = ref.removeprefix("#").upper()
    unknown = isinstance(named, Clarify) and isinstance(named.why, NoSuchRef)
    whole = len(typed) == REF_LENGTH and (ref.startswith("#") or any(map(str.isdigit, typed)))
    return Cancel(ref=typed) if unknown and whole else named


def _all(heard: Heard, verdict: Verdict, code: str | None, reason: str) -> Command:
    """`all` asks back, and only the code of that very list confirms it."""
    asked = tuple(each for each in heard.open if verdict is Verdict.REJECT or not each.high_risk)
    if not asked:
        return Clarify(why=Unsure.NOTHING_OPEN)
    own = code_of(asked)
    if code is not None and own.startswith(code):
        return AnswerAll(verdict=verdict, requests=asked, reason=reason or None)
    left_out = tuple(each for each in heard.open if each not in asked)
    return Clarify(why=ConfirmAll(verdict=verdict, requests=asked, code=own[:SHOWN_CODE], left_out=left_out))


def code_of(requests: Sequence[Asked]) -> str:
    """Return what stands for exactly these requests, in hex."""
    return hashlib.sha256("\n".join(sorted(f"{each.ref} {each.digest}" for each in requests)).encode()).hexdigest()


def _another(heard: Heard) -> bool:
    """Tell whether a further line names a request, as an answer of its own."""
    for line in heard.rest.lower().splitlines():
        word = heard.vocabulary.begins(line.strip())
        found = word and word.strength is not Strength.ALONE and _TAIL.fullmatch(line.strip()[len(word.text):])
        if found and found["ref"] and any(asked.ref.startswith(found["ref"].removeprefix("#").upper()) for asked in heard.requests):
            return True
    return False
