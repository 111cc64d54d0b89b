"""A line that is no answer: whether a person plainly meant to give one, so that we ask back, or was talking, so that we are silent."""

from bot.commands import Clarify, Command, Unsure
from bot.heard import Heard, denies, hedged, said_of, words
from bot.words import ANSWERS, Meaning, Strength, Word

NEAR = 4  # words within which a negation is one of the answer that follows
OWN = frozenset(("i", "i'd", "i'll", "i'm", "i've", "we", "we'd", "we'll", "id"))
REPUDIATES = frozenset(("disapprove", "disapproved", "disapproving"))
OBJECTS = frozenset(("this", "it", "that", "these", "both", "them"))


def doubt(heard: Heard, *, addressed: bool) -> Command | None:
    """Return the question that a line deserves which is no answer; None: silence."""
    spoken = words(heard.folded)
    said = list(said_of(spoken, heard.vocabulary))
    begun = heard.begins()
    if begun is not None and begun[0].strength is Strength.STRONG and begun[0].meaning in ANSWERS:
        return _asked_back(heard, said)
    if begun is not None and _covered(said) == len(spoken) > 0:
        return _asked_back(heard, said)
    if begun is not None and any(asked.ref.lower() in spoken for asked in heard.requests):
        return Clarify(why=Unsure.CANCEL_NEEDS_REF) if begun[0].meaning is Meaning.CANCEL else _asked_back(heard, said)
    if REPUDIATES & set(spoken[:3]) or _repudiated(spoken, said) or _spoken_for_oneself(heard, spoken, said):
        return Clarify(why=Unsure.HEDGED)
    if addressed and (said or begun is not None or any(heard.vocabulary.find(word) for word in spoken)):
        return _asked_back(heard, said)
    return None


def _asked_back(heard: Heard, said: list[tuple[int, Word]]) -> Command:
    if {word.meaning for _, word in said} >= {Meaning.APPROVE, Meaning.REJECT}:
        return Clarify(why=Unsure.TWO_ANSWERS)
    return Clarify(why=Unsure.HEDGED if hedged(heard.line) else Unsure.UNCLEAR)


def _covered(said: list[tuple[int, Word]]) -> int:
    return sum(max(1, word.text.count(" ") + 1) for _, word in said)


def _repudiated(spoken: list[str], said: list[tuple[int, Word]]) -> bool:
    """`I do not approve`; but a weak word in a talk is none: `not a yes`."""
    return any(word.strength is Strength.STRONG and any(map(denies, spoken[max(0, place - NEAR):place])) for place, word in said)


def _spoken_for_oneself(heard: Heard, spoken: list[str], said: list[tuple[int, Word]]) -> bool:
    """`I approve`, `I approve this`, `I would approve if ...`; but `I approve of this idea` is talk."""
    if not spoken or spoken[0] not in OWN:
        return False
    for place, word in said:
        if word.strength is Strength.STRONG and place <= NEAR:
            after = spoken[place + word.text.count(" ") + 1:]
            plainly = place == 1 and (not after or after[0] in OBJECTS and len(after) <= 2)
            if plainly or hedged(heard.line):
                return True
    return False
