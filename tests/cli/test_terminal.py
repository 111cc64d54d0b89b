"""Text of other people is shown, and moves no cursor."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis.strategies import text

from api.cli.terminal import say_table, shown, shown_lines


@pytest.mark.parametrize(("given_text", "seen"), [
    ("\x1b[2J\x1b[31mAPPROVED", r"\x1b[2J\x1b[31mAPPROVED"),
    ("ann\u202egpj", r"ann\u202egpj"),
    ("two\nlines\r\x9b2K", r"two\nlines\r\x9b2K"),
    ("zero\u200bwidth \ud800", r"zero\u200bwidth \ud800"),
    ("Grüße, 山田 👍", "Grüße, 山田 👍"),
])
def test_control_characters_are_shown_as_escapes(given_text: str, seen: str) -> None:
    assert shown(given_text) == seen


@given(text())
def test_nothing_shown_is_a_control_or_direction_character(anything: str) -> None:
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in shown(anything))


def test_a_further_line_of_a_message_stands_behind_an_indent() -> None:
    assert shown_lines("boom\n12:00:00 INFO    approved\x1b[A", "    ") == "boom\n    12:00:00 INFO    approved\\x1b[A"


def test_a_table_stands_side_by_side_where_it_fits(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("who", "what"), [("ann", "admin"), ("bob\x1b[2J", "read")])
    assert [line.split() for line in capsys.readouterr().out.splitlines()] == [["who", "what"], ["ann", "admin"], [r"bob\x1b[2J", "read"]]


def test_a_table_that_is_too_wide_is_told_row_by_row(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("who", "what"), [("ann", "a" * 300), ("bob", "read")])
    assert capsys.readouterr().out == f"who   ann\nwhat  {'a' * 300}\n\nwho   bob\nwhat  read\n\n"


def test_a_table_without_rows_shows_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    say_table(("who", "what"), [])
    assert capsys.readouterr().out.split() == ["who", "what"]
