"""How often something may be done, as this process counts it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from core.errors import TooOften

MOST_NAMES = 1_000


@dataclass(slots=True, kw_only=True)
class Rate:
    """At most `most` times in any span of `within`, for each name."""

    most: int
    within: timedelta
    _taken: dict[str, deque[datetime]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, name: str, now: datetime) -> None:
        """Count once more; raise TooOften, and count nothing, where that would be too often."""
        with self._lock:
            if len(self._taken) >= MOST_NAMES:
                self._taken = {each: times for each, times in self._taken.items() if now - times[-1] < self.within}
            times = self._taken.setdefault(name, deque())
            while times and now - times[0] >= self.within:
                times.popleft()
            if len(times) >= self.most:
                raise TooOften(self.most, round(self.within.total_seconds()))
            times.append(now)
