"""A bell for worker threads: each ring lets one of them look once."""

import threading


class Bell:
    def __init__(self) -> None:
        self._rings = 0
        self._changed = threading.Condition()

    def ring(self, times: int = 1, *, most: int) -> None:
        """Let so many workers look; rings beyond `most` say nothing new."""
        with self._changed:
            self._rings = min(self._rings + times, most)
            self._changed.notify(times)

    def wait(self, seconds: float) -> None:
        """Return when rung, or after that time."""
        with self._changed:
            if self._rings == 0:
                self._changed.wait(seconds)
            self._rings = max(0, self._rings - 1)
