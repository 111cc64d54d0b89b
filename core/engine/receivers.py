"""Who outside is being talked to by this process, and who is left alone for a while."""

from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from time import monotonic

from core.domain.steps import Retry


@dataclass(slots=True)
class Receivers:
    """One courier at a time is at each, so that who does not answer keeps one busy and no more.

    A home that does not answer is left alone for a while: whatever waits for it would only learn the same.
    """

    busy: set[str] = field(default_factory=set)
    alone: dict[str, float] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def shut(self) -> frozenset[str]:
        """Return who is not to be talked to now; whoever asks holds the lock."""
        now = monotonic()
        return frozenset(self.busy | {name for name, until in self.alone.items() if until > now})

    def answered(self, name: str) -> None:
        with self.lock:
            self.alone.pop(name, None)
            self.failures.pop(name, None)

    def silent(self, name: str, patience: Retry, wish: timedelta) -> timedelta:
        """Note a failure; return how long nobody asks there: longer each time, and at least as they wish."""
        with self.lock:
            self.failures[name] = self.failures.get(name, 0) + 1
            wait = max(patience.wait(self.failures[name]), wish)
            self.alone[name] = monotonic() + wait.total_seconds()
            return wait
