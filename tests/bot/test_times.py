"""Times and durations as people say them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.fields import CUT, cut, field
from bot.times import day_and_time, duration, moment

ASKED = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(("span", "said"), [
    (timedelta(hours=2), "2 hours"), (timedelta(hours=1), "1 hour"), (timedelta(minutes=90), "1 hour 30 minutes"),
    (timedelta(), "0 seconds"),
    (timedelta(days=3), "3 days"), (timedelta(days=1, hours=2, minutes=3), "1 day 2 hours"), (timedelta(seconds=-5), "0 seconds")])
def test_a_duration_is_said_by_its_two_largest_units(span: timedelta, said: str) -> None:
    assert duration(span) == said


def test_a_time_has_its_zone_and_its_day_where_that_is_another() -> None:
    assert moment(ASKED + timedelta(hours=1), ASKED) == "23:30 UTC"
    assert moment(ASKED + timedelta(hours=2), ASKED) == "1 Jan 2027 00:30 UTC"
    assert moment(ASKED.astimezone(timezone(timedelta(hours=5))), ASKED) == "22:30 UTC"
    assert day_and_time(ASKED, ASKED) == "31 Dec 22:30 UTC"


def test_a_text_is_cut_where_a_word_ends() -> None:
    assert cut("one two three", 8) == f"one two{CUT}"
    assert cut("one two", 7) == "one two"
    assert cut("x" * 20, 8) == f"xxxxxxxx{CUT}"
    assert cut("a " + "x" * 20, 8) == f"a xxxxxx{CUT}"


def test_a_field_is_one_line_and_hides_nothing() -> None:
    assert field("a\n\tb\u2028c ") == "a b c"
    assert field("\u202eevil\u200b\x1b[2J") == "\\u202eevil\\u200b\\x1b[2J"
    assert field("Zoë, 東京, 👍🏽") == "Zoë, 東京, 👍🏽"
