"""The keys of an issuer as they are known here: asked for again in time, kept through an outage, never for ever."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import BoundedSemaphore, Event, Lock, Thread

from integrations.oidc.documents import NoDocument
from integrations.oidc.key_set import KeySet, PublicKey

FRESH, STALE, LAST = 300.0, 600.0, 3_600.0  # how old keys may be: used as they are; used while asked again; used because nobody answers
PAUSE, PAUSE_WITHOUT_KEYS = 60.0, 10.0  # between two tries, whatever ids tokens name
WAIT, WAITING = 2.0, 16  # how long a request waits for an answer, and how many do
log = logging.getLogger("placet.oidc")


@dataclass(frozen=True, slots=True)
class Known:
    keys: KeySet
    at: float


class CachedKeys:
    """`told`: hears of each try whether it brought keys. One try at a time, in a thread of its own."""

    def __init__(self, fetch: Callable[[], KeySet], *, told: Callable[[bool], None], clock: Callable[[], float] = time.monotonic):
        self._fetch, self._told, self._clock = fetch, told, clock
        self._known: Known | None = None
        self._next_try = clock()
        self._trying: Event | None = None
        self._lock, self._waiting = Lock(), BoundedSemaphore(WAITING)

    def find(self, kid: str, algorithm: str) -> PublicKey | None:
        """Return the key of this id, if it is one for this algorithm. Keys that are old, or that lack it, are asked for again first."""
        key, age = self._look(kid, algorithm)
        if key is not None and age < FRESH:
            return key
        trying = self.refresh()
        if trying is not None and (key is None or age >= STALE) and self._waiting.acquire(blocking=False):
            try:
                trying.wait(WAIT)
            finally:
                self._waiting.release()
        key, age = self._look(kid, algorithm)
        return key if age < LAST else None

    def refresh(self) -> Event | None:
        """Ask for the keys, unless that was done a moment ago; return what is set once the try under way is over."""
        with self._lock:
            if self._trying is None and self._clock() >= self._next_try:
                trying = Event()
                Thread(target=self._try, args=(trying,), name="oidc-keys", daemon=True).start()
                self._trying = trying  # the thread takes it away under this lock
            return self._trying

    def _look(self, kid: str, algorithm: str) -> tuple[PublicKey | None, float]:
        known = self._known
        return (known.keys.get((kid, algorithm)), self._clock() - known.at) if known else (None, LAST)

    def _try(self, over: Event) -> None:
        began, came = self._clock(), False
        try:
            self._known, came = Known(self._fetch(), began), True
        except NoDocument as error:
            log.warning("oidc.no_keys", extra={"reason": str(error)})
        finally:
            self._told(came)
            with self._lock:
                known = self._known is not None and self._clock() - self._known.at < LAST
                self._next_try, self._trying = self._clock() + (PAUSE if known else PAUSE_WITHOUT_KEYS), None
            over.set()
