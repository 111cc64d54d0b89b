"""`[[project]]`: the words that count in a project, beside the English ones."""

from collections.abc import Collection, Mapping
from typing import Protocol

from api.config.fields import Fields
from api.config.file import ConfigFile, did_you_mean
from bot.languages import PACKS
from bot.wordbook import Wordbook
from bot.words import ANSWERS, LONGEST_WORD, MOST_OWN_WORDS, Vocabulary, vocabulary
from core.domain.people import project_key

LONGEST_IDENTIFIER = 200


class Known(Protocol):
    def __call__(self, identifier: str) -> bool:
        """Tell whether there is a project."""


def words_in(config: ConfigFile, known: Known) -> Wordbook:
    """Return the words of the projects in the file that are whole; the mistakes in all others are added to it."""
    found: dict[str, Vocabulary] = {}
    seen: dict[str, int | None] = {}
    for table in config.tables("project"):
        fields = Fields(config, table, "a project")
        fields.refuse_others(("identifier", "languages", *ANSWERS))
        fields.needs("identifier")
        identifier, words = fields.text("identifier", LONGEST_IDENTIFIER), _words(fields)
        if identifier is None:
            continue
        key = project_key(identifier)
        if key in seen:
            fields.wrong("identifier", f"the project {identifier} stands in line {seen[key]} already.")
        elif not known(identifier):
            fields.wrong("identifier", f"there is no project {identifier}: `placet projects add` makes one.")
        seen.setdefault(key, table.line)
        if words is not None and fields.whole:
            found[key] = words
    return Wordbook(projects=found)


def _words(fields: Fields) -> Vocabulary | None:
    packs = _packs(fields)
    own = {meaning: fields.texts(meaning, MOST_OWN_WORDS, LONGEST_WORD) or () for meaning in map(str, ANSWERS)}
    return _whole(fields, packs, own) if fields.whole else None


def _packs(fields: Fields) -> tuple[str, ...]:
    found = fields.texts("languages", len(PACKS), 10) or ()
    for n, each in enumerate(found):
        if each not in PACKS:
            fields.wrong_entry("languages", n, f"there are no words of {each}{did_you_mean(each, tuple(PACKS))}")
    return found


def _whole(fields: Fields, packs: Collection[str], own: Mapping[str, tuple[str, ...]]) -> Vocabulary | None:
    """Put the words together one by one, so that a mistake stands at its own."""
    taken: dict[str, tuple[str, ...]] = {}
    for meaning, words in own.items():
        for n, word in enumerate(words):
            try:
                vocabulary(packs, taken | {meaning: (*taken.get(meaning, ()), word)})
                taken[meaning] = (*taken.get(meaning, ()), word)
            except ValueError as error:
                fields.wrong_entry(meaning, n, f"{error}.")
    return vocabulary(packs, taken) if fields.whole else None
