"""A line that was heard: how it begins, its words, and whether they hedge. Pure, each character looked at a few times."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bot.commands import Asked
from bot.confusables import fold, skeleton
from bot.languages import OTHER_HEDGES, PACKS
from bot.words import ANSWERS, HEDGES, NEGATIONS, PHRASES, SIGNS, Meaning, Strength, Vocabulary, Word

_WORDS = re.compile(r":[a-z0-9_+-]{1,40}:|[+-]1(?!\w)|[^\W_]+(?:['’][^\W_]+)*|[👍✅👎❌]")
_CLAUSES = re.compile(r"[,;:.!?\n]|[ \t][-–—][ \t]")
_SPACED = frozenset(hedge for pack in PACKS.values() if not pack.spaceless for hedge in pack.hedges)
_ALL_HEDGES = HEDGES | OTHER_HEDGES | {hedge for hedge in _SPACED if " " not in hedge}
_ALL_PHRASES = (*PHRASES, *(hedge for hedge in _SPACED if " " in hedge))
_SPACELESS = tuple(hedge for pack in PACKS.values() if pack.spaceless for hedge in pack.hedges)


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """`line`: the first that is not empty; `folded`: as it is compared, each character in its place; `rest`: the lines below."""

    line: str
    folded: str
    rest: str
    vocabulary: Vocabulary
    requests: tuple[Asked, ...]

    @property
    def open(self) -> tuple[Asked, ...]:
        return tuple(asked for asked in self.requests if asked.open)

    def begins(self) -> tuple[Word, str, int] | None:
        """Return the word that the line begins with, after a / or !, what follows it, and where that begins."""
        start = 1 if self.folded[:1] in ("/", "!") else 0
        word = self.vocabulary.begins(self.folded[start:])
        if word is None or start and word.strength is Strength.ALONE:
            return None
        end = start + len(word.text)
        return word, self.folded[end:], end


def words(text: str) -> list[str]:
    """Return the words of a folded text, an emoji being one."""
    return [found.replace("’", "'") for found in _WORDS.findall(text)]


def hedged(text: str) -> bool:
    """Tell whether a text takes back, puts off or puts conditions on a yes, in whatever language we know, as it is and as it looks."""
    return any(_hedged(each) for each in dict.fromkeys((fold(text), skeleton(text))))


def _hedged(folded: str) -> bool:
    if not SIGNS.isdisjoint(folded):
        return True
    spoken = words(folded)
    if not _ALL_HEDGES.isdisjoint(spoken) or any(word.endswith("n't") for word in spoken):
        return True
    if any(word.endswith("n") and after == "t" for word, after in pairwise(spoken)):  # with whatever between for an apostrophe
        return True
    joined = f" {' '.join(spoken)} "
    if any(f" {phrase} " in joined for phrase in _ALL_PHRASES):
        return True
    return not folded.isascii() and any(hedge in folded for hedge in _SPACELESS)


def denies(word: str) -> bool:
    """Tell whether a word turns what follows into its opposite."""
    return word in NEGATIONS or word.endswith("n't")


def said_of(spoken: Sequence[str], vocabulary: Vocabulary) -> Iterator[tuple[int, Word]]:
    """Give the words of a line that are answers, with their places; those of several words under the first."""
    for place, first in enumerate(spoken):
        for length in vocabulary.lengths(first):
            found = vocabulary.find(" ".join(spoken[place:place + length])) if place + length <= len(spoken) else None
            if found is not None and found.meaning in ANSWERS:
                yield place, found
                break


def contradicts(reason: str, meaning: Meaning, vocabulary: Vocabulary) -> bool:
    """Tell whether a reason holds the other answer: for a yes any word of no; for a no a clause of a few words that says yes."""
    for text in dict.fromkeys((fold(reason), skeleton(reason))):
        if meaning is Meaning.APPROVE:
            if any(word.meaning is Meaning.REJECT for _, word in said_of(words(text), vocabulary)):
                return True
            continue
        for clause in _CLAUSES.split(text):
            spoken = words(clause)
            if len(spoken) <= 3 and not any(map(denies, spoken)) and any(
                    word.meaning is Meaning.APPROVE for _, word in said_of(spoken, vocabulary)):
                return True
    return False
