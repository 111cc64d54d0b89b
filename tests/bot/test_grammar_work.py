"""How much work the grammar does: bounded, and the same for every text that is long."""

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import pytest

from bot.words import vocabulary
from tests.bot.talk import ADMIN, RELEASE, read

LONG = 64 * 1024
BOMBS = [
    "approve ", "approve: but? ", "a", "а", "\ufdfa", "👍🏽", ":", "- ", "\n", "approve\n", "/placet x a=\"", "@placet ", "aа", "a\u0301",
    " because ", "no ",
    "not approve ", "k7q2m9 ", "'", "n't ", ":+1:", "....", "!", "#", "承認", "\u200b", "(a+)+$", "I approve if "]


def work(act: Callable[[], object]) -> int:
    """Count the lines that are run and the functions that are called."""
    count = 0

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return line

    def call(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += 1

    tracing, profiling = sys.gettrace(), sys.getprofile()
    sys.settrace(line)
    sys.setprofile(call)
    try:
        act()
    finally:
        sys.settrace(tracing)
        sys.setprofile(profiling)
    return count


@pytest.mark.parametrize("bomb", BOMBS, ids=ascii)
def test_a_longer_text_is_no_more_work(bomb: str) -> None:
    words = vocabulary(["de", "ja"], {"approve": ["(a+)+$"]})
    once = bomb * (LONG // len(bomb))
    few, many = (work(partial(read, text, ADMIN, RELEASE, vocabulary=words)) for text in (once[:8_192], once * 4))
    assert many <= few * 1.1 + 50
    assert many < 200_000


def test_a_bomb_behind_blank_lines_is_no_more_work_either() -> None:
    assert work(lambda: read("\n" * LONG + "approve")) <= work(lambda: read("\napprove")) + 5
