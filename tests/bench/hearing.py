"""Target 10: how long the grammar takes for 64 kB of anything, in the slowest of its texts."""

import time
from collections.abc import Iterator

from bot.commands import Asked
from bot.grammar import Here, read_command
from bot.languages import PACKS
from bot.words import vocabulary
from tests.bench.figures import Row, at_most, p50_p95

LONG = 64 * 1024
PIECES = (
    "approve ", "approve: but? ", "a", "а", "\ufdfa", "👍🏽", ":", "- ", "\n", "approve\n", '/placet x a="', "@placet ", "aа", "a\u0301",
    "no ", "not approve ",
    "承認", "\u200b", "I approve if ")


def measure(*, times: int) -> Iterator[Row]:
    asked = tuple(Asked(ref=f"K7Q2M{n}", digest="9f3c21ab" * 8, title="Admin", requester="requester@example.com") for n in range(9))
    here = Here(requests=asked, vocabulary=vocabulary(PACKS, {"approve": ["(a+)+$"]}))
    taken = {piece: [_once(piece * (LONG // len(piece)), here) for _ in range(times)] for piece in PIECES}
    slowest = max(taken.values(), key=min)
    yield Row(target=10, what="64 kB of the worst text, read", placet=p50_p95(slowest), wanted=[at_most(min(slowest), 5, "ms", "best")])


def _once(text: str, here: Here) -> float:
    began = time.perf_counter()
    read_command(text, here)
    return (time.perf_counter() - began) * 1e3
