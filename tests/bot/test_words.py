"""The words of a project: packs that it turned on, and its own."""

import pytest

from bot.commands import Approve, Clarify, Reject
from bot.languages import PACKS
from bot.words import ENGLISH, Meaning, vocabulary
from tests.bot.talk import read

WORDS = [(language, word, kind) for language, pack in PACKS.items()
         for kind, words in ((Approve, (*pack.approve, *pack.yes)), (Reject, (*pack.reject, *pack.no))) for word in words]


@pytest.mark.parametrize(("language", "word", "kind"), WORDS)
def test_a_pack_counts_only_where_it_is_turned_on(language: str, word: str, kind: type[Approve | Reject]) -> None:
    assert isinstance(read(word, vocabulary=vocabulary([language])), kind)
    if ENGLISH.find(word) is None:
        assert not isinstance(read(word), Approve | Reject)


@pytest.mark.parametrize(("language", "text"), [
    ("de", "ich genehmige das nicht"), ("de", "genehmigt, aber erst morgen"), ("fr", "approuvé: si les tests passent"),
    ("es", "aprobado pero no"),
    ("pt", "aprovado: mas depois"), ("ja", "承認しない"), ("ja", "承認: ただし明日"), ("zh", "不批准吗"), ("zh", "同意: 但是等一下"),
    ("de", "genehmigt?")])
def test_a_hedge_in_another_language_is_no_yes(language: str, text: str) -> None:
    assert not isinstance(read(text, vocabulary=vocabulary([language])), Approve)


def test_all_packs_go_together() -> None:
    words = vocabulary(PACKS)
    assert read("genehmigt", vocabulary=words) == read("承認", vocabulary=words) == Approve(ref="K7Q2M9")


def test_own_words_are_plain_words_whatever_they_hold() -> None:
    own = vocabulary(own={"approve": ["Make it so", "go.*", "(a+)+$"], "reject": ["nyet"]})
    assert read("make it SO!", vocabulary=own) == Approve(ref="K7Q2M9")
    assert read("nyet: wrong org", vocabulary=own) == Reject(ref="K7Q2M9", reason="wrong org")
    assert read("go.*", vocabulary=own) == Approve(ref="K7Q2M9")
    assert read("gone", vocabulary=own) is None
    assert read("a" * 5_000, vocabulary=own) is None
    assert isinstance(read("make it so, but later", vocabulary=own), Clarify)


@pytest.mark.parametrize(("own", "sentence"), [
    ({"approve": ["reject"]}, "cannot mean both"), ({"approve": ["ok"], "reject": ["OK"]}, "cannot mean both"),
    ({"approve": [""]}, "cannot be"),
    ({"approve": ["two\nlines"]}, "cannot be"), ({"approve": ["/go"]}, "cannot be"), ({"approve": ["x" * 61]}, "cannot be"),
    ({"cancel": ["stop"]}, "own words are for"), ({"approve": [f"w{n}" for n in range(51)]}, "may have 50")])
def test_a_word_that_cannot_count_is_refused(own: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        vocabulary(own=own)


def test_an_unknown_pack_is_refused() -> None:
    with pytest.raises(ValueError, match="no language pack tlh"):
        vocabulary(["tlh"])


def test_a_card_can_print_the_words() -> None:
    assert ENGLISH.accepted(Meaning.APPROVE) == ("approve", "approved", "ship it", "lgtm", "yes", "+1", "✅", "👍")
