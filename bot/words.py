"""The words that count: those of English, of the packs a project turned on, and of its own, never read as a pattern."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.confusables import fold, normal, plain_emoji
from bot.languages import PACKS

LONGEST_WORD = 60
MOST_IN_TALK = 3  # words of which an answer within talk may be
MOST_OWN_WORDS = 50


class Meaning(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    WITHDRAW = "withdraw"
    CANCEL = "cancel"
    STATUS = "status"
    LINK = "link"
    HELP = "help"


class Strength(StrEnum):
    """Strong: whoever begins so means to answer. Weak: it may be talk, and takes no reason on its line. Alone: only as the whole line."""

    STRONG = "strong"
    WEAK = "weak"
    ALONE = "alone"


ANSWERS = (Meaning.APPROVE, Meaning.REJECT)
STRONG = {
    Meaning.APPROVE: ("approve", "approved", "lgtm", "ship it", "+1"),
    Meaning.REJECT: ("reject", "rejected", "deny", "denied", "decline", "declined", "-1"),
    Meaning.WITHDRAW: ("unapprove", "withdraw"),
    Meaning.CANCEL: ("cancel",),
    Meaning.STATUS: ("status", "who"),
    Meaning.LINK: ("link",),
    Meaning.HELP: ("help",),
}
WEAK = {Meaning.APPROVE: ("yes",), Meaning.REJECT: ("no",)}
ALONE = {
    Meaning.APPROVE: ("👍", "✅", ":+1:", ":thumbsup:", ":white_check_mark:"),
    Meaning.REJECT: ("👎", "❌", ":-1:", ":thumbsdown:", ":x:"),
}
NEGATIONS = frozenset((
    "not", "never", "no", "nor", "neither", "cannot", "cant", "dont", "wont", "doesnt", "didnt", "isnt", "wasnt", "shouldnt", "wouldnt",
    "couldnt", "havent", "hasnt", "arent", "refuse", "without", "nobody", "none"))
HEDGES = (NEGATIONS - {"without"}) | {
    "but", "if", "when", "after", "before", "unless", "until", "till", "only", "except", "wait", "waiting", "hold", "once", "pending",
    "provided", "providing", "assuming", "however", "though", "although", "otherwise", "maybe", "perhaps", "depending", "conditional",
    "conditionally", "unsure", "nope", "nah", "stop", "cancel", "withdraw", "unapprove", "disapprove", "disapproved",
    "later", "kidding", "joking", "jk", "ignore", "mistake", "oops", "wrong", ":no_entry:", ":no_entry_sign:", ":octagonal_sign:",
    ":raised_hand:", ":thinking:", ":thinking_face:", ":question:", ":grey_question:", ":warning:", ":stop_sign:"}
PHRASES = ("as long as", "as soon as", "subject to", "on condition", "on hold", "hold off", "not yet")
SIGNS = frozenset("?¿؟❓❔🚫⛔🛑✋🤚⏸🤔🙅🤷⚠")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    text: str
    meaning: Meaning
    strength: Strength


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words as they are compared, longest first."""

    words: tuple[Word, ...]
    _known: Mapping[str, Word] = field(init=False, repr=False, compare=False)
    _lengths: Mapping[str, tuple[int, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_known", {word.text: word for word in self.words})
        lengths: dict[str, set[int]] = {}
        for word in self.words:
            if word.text.count(" ") < MOST_IN_TALK:
                lengths.setdefault(word.text.partition(" ")[0], set()).add(word.text.count(" ") + 1)
        object.__setattr__(self, "_lengths", {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()})

    def lengths(self, first: str) -> tuple[int, ...]:
        """Return of how many words are those that begin with one and are looked for in talk, the longest first."""
        return self._lengths.get(first, ())

    def find(self, text: str) -> Word | None:
        return self._known.get(text)

    def begins(self, line: str) -> Word | None:
        """Return the longest word that a folded line begins with and that ends there."""
        for word in self.words:
            if line.startswith(word.text):
                after = line[len(word.text):len(word.text) + 1]
                if word.strength is Strength.ALONE or not (after.isalnum() or after in ("-", "_", "'", "’") and after):
                    return word
        return None

    def accepted(self, meaning: Meaning) -> tuple[str, ...]:
        """Return the words of a meaning as a card prints them, its own name first, without the spellings of an emoji."""
        return tuple(sorted((w.text for w in self.words if w.meaning is meaning and not w.text.startswith(":")),
                            key=lambda text: (text != meaning, not text.isascii())))


def vocabulary(packs: Collection[str] = (), own: Mapping[str, Iterable[str]] | None = None) -> Vocabulary:
    """Collect the words of a project; raise ValueError for a word that cannot be one, or that means two things."""
    found: dict[str, Word] = {}
    for strength, words in ((Strength.STRONG, STRONG), (Strength.WEAK, WEAK), (Strength.ALONE, ALONE)):
        for meaning, texts in words.items():
            _add(found, texts, meaning, strength)
    for language in packs:
        if language not in PACKS:
            raise ValueError(f"there is no language pack {language}: there are {', '.join(PACKS)}")
        pack = PACKS[language]
        _add(found, pack.approve, Meaning.APPROVE, Strength.STRONG)
        _add(found, pack.reject, Meaning.REJECT, Strength.STRONG)
        _add(found, pack.yes, Meaning.APPROVE, Strength.WEAK)
        _add(found, pack.no, Meaning.REJECT, Strength.WEAK)
    for name, chosen in (own or {}).items():
        if name not in ANSWERS:
            raise ValueError(f"own words are for approve or reject, not for {name}")
        texts = tuple(chosen)
        if len(texts) > MOST_OWN_WORDS:
            raise ValueError(f"a project may have {MOST_OWN_WORDS} own words for {name}")
        _add(found, texts, Meaning(name), Strength.STRONG)
    return Vocabulary(tuple(sorted(found.values(), key=lambda word: (-len(word.text), word.text))))


def _add(found: dict[str, Word], texts: Iterable[str], meaning: Meaning, strength: Strength) -> None:
    for text in texts:
        plain = fold(plain_emoji(normal(text))).strip()
        if not plain or len(plain) > LONGEST_WORD or not plain.isprintable() or plain[0] in "/!@#":
            raise ValueError(f"{text!r} cannot be a word that counts")
        known = found.get(plain)
        if known is not None and known.meaning is not meaning:
            raise ValueError(f"{text!r} cannot mean both {known.meaning} and {meaning}")
        if known is None:
            found[plain] = Word(text=plain, meaning=meaning, strength=strength)


ENGLISH = vocabulary()
