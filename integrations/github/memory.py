"""What a process remembers of GitHub for a while: tokens, limits, pages that may be unchanged. Nothing of it is kept anywhere else."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from integrations.github.credentials import Myself, Needs

MOST_KEPT = 8 * 1024 * 1024  # characters of pages
Key = tuple[int | None, str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A page as it was, by its ETag."""

    etag: str
    headers: Mapping[str, str]
    text: str = field(repr=False)


class Memory:
    """Shared by threads; `clock` tells its seconds."""

    def __init__(self, clock: Callable[[], float]):
        self.myself: Myself | None = None
        self._clock, self._lock = clock, threading.Lock()
        self._tokens: dict[tuple[int, frozenset[tuple[str, str]]], tuple[str, float]] = {}
        self._installations: dict[str, tuple[int, float]] = {}
        self._quiet: dict[int | None, float] = {}
        self._pages: OrderedDict[Key, Kept] = OrderedDict()
        self._size = 0

    def token(self, installation: int, needs: Needs) -> str | None:
        with self._lock:
            token, until = self._tokens.get((installation, frozenset(needs.items())), (None, 0.0))
            return token if token is not None and self._clock() < until else None

    def keep_token(self, installation: int, needs: Needs, token: str, seconds: float) -> None:
        with self._lock:
            self._tokens[installation, frozenset(needs.items())] = token, self._clock() + seconds

    def forget_token(self, installation: int, needs: Needs) -> None:
        with self._lock:
            self._tokens.pop((installation, frozenset(needs.items())), None)

    def installation(self, repository: str) -> int | None:
        with self._lock:
            known, until = self._installations.get(repository.lower(), (None, 0.0))
            return known if self._clock() < until else None

    def keep_installation(self, repository: str, installation: int, seconds: float) -> None:
        with self._lock:
            self._installations[repository.lower()] = installation, self._clock() + seconds

    def forget_installation(self, repository: str) -> None:
        with self._lock:
            self._installations.pop(repository.lower(), None)

    def quiet(self, account: int | None) -> float:
        """Return for how many seconds an installation still wishes to be left alone."""
        with self._lock:
            return max(self._quiet.get(account, 0.0) - self._clock(), 0.0) if account in self._quiet else 0.0

    def leave_alone(self, account: int | None, seconds: float) -> None:
        with self._lock:
            self._quiet[account] = max(self._quiet.get(account, 0.0), self._clock() + seconds)

    def kept(self, account: int | None, path: str, parameters: Mapping[str, str | int]) -> Kept | None:
        with self._lock:
            key = _key(account, path, parameters)
            found = self._pages.get(key)
            if found is not None:
                self._pages.move_to_end(key)
            return found

    def keep(self, account: int | None, path: str, parameters: Mapping[str, str | int], page: Kept) -> None:
        """Keep a page, and let go of those that were read longest ago."""
        with self._lock:
            key = _key(account, path, parameters)
            old = self._pages.pop(key, None)
            self._pages[key] = page
            self._size += len(page.text) - (len(old.text) if old is not None else 0)
            while self._size > MOST_KEPT:
                _, gone = self._pages.popitem(last=False)
                self._size -= len(gone.text)


def _key(account: int | None, path: str, parameters: Mapping[str, str | int]) -> Key:
    return account, path, tuple(sorted((name, str(value)) for name, value in parameters.items()))
