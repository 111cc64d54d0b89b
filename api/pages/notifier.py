"""Tell open pages that something has changed: one look at the database for all of them, at each word and every second."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool

from core.domain.audit import Event
from core.errors import Unavailable

LOOK_EVERY = 1.0  # seconds: what other processes and running steps write is seen this late
NOT_SOONER = 0.05  # seconds: what happens at once is one look

Look = Callable[[Collection[str], Collection[str]], dict[str, tuple[object, ...]]]


@dataclass(eq=False, slots=True)
class Tab:
    """An open page. `runs`, `projects`: the ids that it watches; `since`: the stamp of what it shows, "" where it does not say."""

    runs: frozenset[str] = frozenset()
    projects: frozenset[str] = frozenset()
    since: str = ""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    seen: dict[str, tuple[object, ...]] | None = None  # None: not looked at yet


@dataclass(eq=False, slots=True)
class Notifier:
    """`look`: return for each run and project of these ids what changes with it. Tabs live on one event loop."""

    look: Look
    _tabs: set[Tab] = field(default_factory=set)
    _loop: asyncio.AbstractEventLoop | None = None
    _word: asyncio.Event = field(default_factory=asyncio.Event)
    _looking: asyncio.Task[None] | None = None
    _over: bool = False

    def end(self) -> None:
        """Let every open page go, and each that comes after: this process is about to stop, and they come again to another."""
        self._over = True
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._let_go)

    def _let_go(self) -> None:
        for tab in self._tabs:
            tab.changed.set()

    def tell(self, event: Event) -> None:
        """Hear of what was committed; called by whatever thread committed it."""
        self.wake()

    def wake(self) -> None:
        """Look now."""
        loop = self._loop
        if loop is not None and self._tabs and not loop.is_closed():
            loop.call_soon_threadsafe(self._word.set)

    @contextmanager
    def tab(self, *, runs: Collection[str] = (), projects: Collection[str] = (), since: str = "") -> Iterator[Tab]:
        """Watch as long as a page is open."""
        opened = Tab(frozenset(runs), frozenset(projects), since)
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._loop, self._word, self._looking = loop, asyncio.Event(), None
        self._tabs.add(opened)
        if self._looking is None or self._looking.done():
            self._looking = loop.create_task(self._watch())
        try:
            yield opened
        finally:
            self._tabs.discard(opened)

    async def changes(self, tab: Tab, quiet: float) -> AsyncIterator[bool]:
        """Give True for each change of what a tab watches, and False after each time of quiet, until this process is about to stop."""
        while not self._over:
            try:
                await asyncio.wait_for(tab.changed.wait(), quiet)
            except TimeoutError:
                yield False
                continue
            tab.changed.clear()
            if not self._over:
                yield True

    async def _watch(self) -> None:
        while self._tabs:
            await self._look_once()
            try:
                await asyncio.wait_for(self._word.wait(), LOOK_EVERY)
                await asyncio.sleep(NOT_SOONER)
            except TimeoutError:
                pass
            self._word.clear()

    async def _look_once(self) -> None:
        tabs = list(self._tabs)
        runs, projects = (frozenset().union(*(getattr(tab, what) for tab in tabs)) for what in ("runs", "projects"))
        try:
            found = await run_in_threadpool(self.look, runs, projects)
        except Unavailable:
            return
        for tab in tabs:
            now = {each: found[each] for each in tab.runs | tab.projects if each in found}
            if now != tab.seen if tab.seen is not None else tab.since and stamp(now) != tab.since:
                tab.changed.set()
            tab.seen = now


def stamp(seen: Mapping[str, tuple[object, ...]]) -> str:
    """Return a short word for what a look has found, the same for the same."""
    return hashlib.sha256(repr(sorted(seen.items())).encode()).hexdigest()[:16]
