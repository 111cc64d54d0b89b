"""How often each who asks may do so in an hour."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.doubles.github.json import Json
from tests.doubles.github.routing import Refused

LIMIT = 5_000
HOUR = timedelta(hours=1)


@dataclass
class Window:
    """How often somebody has asked in the hour that began then."""

    since: datetime
    used: int = 0


@dataclass
class Allowance:
    """`limit`: requests an hour."""

    now: Callable[[], datetime]
    limit: int = LIMIT
    windows: dict[str, Window] = field(default_factory=dict)

    def _window(self, who: str) -> Window:
        window = self.windows.setdefault(who, Window(since=self.now()))
        if self.now() >= window.since + HOUR:
            window.since, window.used = self.now(), 0
        return window

    def count(self, who: str) -> None:
        window = self._window(who)
        if window.used >= self.limit:
            kind, _, name = who.partition(":")
            whom = f"installation ID {name}" if kind == "installation" else f"user ID {name}"
            raise Refused(403, f"API rate limit exceeded for {whom}.")
        window.used += 1

    def give_back(self, who: str) -> None:
        self._window(who).used -= 1

    def headers(self, who: str) -> dict[str, str]:
        window = self._window(who)
        return {"X-RateLimit-Limit": str(self.limit), "X-RateLimit-Remaining": str(max(self.limit - window.used, 0)),
                "X-RateLimit-Used": str(window.used), "X-RateLimit-Reset": str(int((window.since + HOUR).timestamp())),
                "X-RateLimit-Resource": "core"}

    def overview(self, who: str) -> Json:
        window = self._window(who)
        core = {"limit": self.limit, "used": window.used, "remaining": max(self.limit - window.used, 0),
                "reset": int((window.since + HOUR).timestamp())}
        return {"resources": {"core": core, "search": {**core, "limit": 30}}, "rate": core}
