"""A failure as the command line ends with it: one sentence that says what to do next, with its exit code."""

from collections.abc import Sequence
from enum import IntEnum


class Code(IntEnum):
    OK = 0
    REFUSED = 1
    USAGE = 2
    UNREACHABLE = 3
    ENDED_BADLY = 4
    INTERRUPTED = 130


class Problem(Exception):
    """`lines` follow the sentence."""

    def __init__(self, sentence: str, code: Code = Code.USAGE, lines: Sequence[str] = ()):
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
        self.lines = lines
