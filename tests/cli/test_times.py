"""Durations are said by their two largest units."""

from datetime import UTC, datetime, timedelta

import pytest

from api.cli.times import ago, span

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(("seconds", "words"), [
    (-5, "0 s"), (0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3_600, "1 h"), (86_399, "23 h 59 min"), (90_061, "1 d 1 h"),
])
def test_a_span_is_said_shortly(seconds: float, words: str) -> None:
    assert span(timedelta(seconds=seconds)) == words


def test_a_time_is_said_from_now() -> None:
    assert ago(NOON - timedelta(minutes=2), NOON) == "2 min ago"
    assert ago(NOON + timedelta(hours=1), NOON) == "in 1 h"
