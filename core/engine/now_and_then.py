"""What is done now and then, by a thread that asks far more often."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(slots=True)
class NowAndThen:
    """`every`: seconds. `last`: when it was done last, by the monotonic clock; without it, it is done at once."""

    every: float
    act: Callable[[], int]
    last: float = -math.inf

    def __call__(self) -> int:
        """Do it, unless that was done a moment ago; return what it says."""
        if time.monotonic() - self.last < self.every:
            return 0
        self.last = time.monotonic()
        return self.act()
