"""Words that are meant to be taken for a yes."""

import pytest

from bot.commands import Approve, Clarify
from tests.bot.talk import read, several
from tests.bot.test_grammar_work import LONG, work


@pytest.mark.parametrize("text", [
    "I don't approve", "approve?", "approved by Bob?", "аpprove", "approve\u200b", "approve zzzzz9", "approve k7q2m9 00aa11bb",
    "approve and reject"])
def test_d22_only_the_exact_words_count_and_whatever_else_was_meant_is_asked_about(text: str) -> None:
    assert isinstance(read(text), Clarify)
    assert isinstance(several(text), Clarify)


def test_d22_a_yes_is_one_in_capitals_and_with_a_sign() -> None:
    assert read("APPROVE!") == Approve(ref="K7Q2M9")


@pytest.mark.parametrize("text", ["please do not /approve", "> /approve", "", "see below", "Looks fine to me.\n\n/approve",
                                  "details\n/approve"])
def test_e13_a_command_counts_only_as_the_whole_first_line(text: str) -> None:
    """The adapter has taken out what was fenced, hidden or folded; what it leaves of that is the empty text."""
    assert not isinstance(read(text), Approve)


@pytest.mark.parametrize("bomb", ["(a+)+$", "approve approve", "aaaa!", "approve: " + "x" * 40, "\n\t ", "::", "@placet@placet"])
def test_j10_a_bomb_is_no_more_work_than_any_text(bomb: str) -> None:
    assert work(lambda: read(bomb * (LONG // len(bomb)))) < 200_000
