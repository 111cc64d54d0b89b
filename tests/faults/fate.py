"""Where a process dies: ports wrapped so that it ends, as if killed, when it comes to a point."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Engine, event

from core.engine.grant_access import AccessProvider, AccessRequest
from core.errors import Unavailable
from core.flows.context import Effect
from core.ports.database import Database, Transaction
from integrations.database.database import SqlDatabase

KILLED = 137


def die() -> None:
    os._exit(KILLED)


@dataclass(slots=True)
class Fate:
    """What happens at the `nth` time that the process comes to `point`, or to any point at all: death. `nth` 0: it lives."""

    point: str | None = None
    nth: int = 0
    happens: Callable[[], None] = die
    met: list[str] = field(default_factory=list)

    def meet(self, point: str) -> None:
        self.met.append(point)
        if self.point in (None, point):
            self.nth -= 1
            if self.nth == 0:
                self.happens()


@dataclass(frozen=True, slots=True)
class MortalDatabase:
    """Points: every call of a store by its name, `COMMIT` once everything is written, `nudge` before each nudge, `committed` at last."""

    inner: SqlDatabase
    fate: Fate

    @classmethod
    def over(cls, database: SqlDatabase, fate: Fate) -> "MortalDatabase":
        @event.listens_for(database.writer, "commit")
        def about_to_commit(_: Connection) -> None:
            fate.meet("COMMIT")

        mortal = cls(database, fate)
        mortal.nudging(database.nudge)
        return mortal

    @property
    def reader(self) -> Engine:
        return self.inner.reader

    def nudging(self, nudge: Callable[[str], None]) -> None:
        def about_to_nudge(execution_id: str) -> None:
            self.fate.meet("nudge")
            nudge(execution_id)

        self.inner.nudge = about_to_nudge

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self.inner.begin() as tx:
            yield cast(Transaction, MortalTransaction(tx, self.fate))
        self.fate.meet("committed")

    def read(self) -> AbstractContextManager[Transaction]:
        return cast(AbstractContextManager[Transaction], self.inner.read())


@dataclass(frozen=True, slots=True)
class MortalTransaction:
    inner: Any
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.inner, name)
        return found if callable(found) else MortalStore(found, name, self.fate)


@dataclass(frozen=True, slots=True)
class MortalStore:
    inner: Any
    name: str
    fate: Fate

    def __getattr__(self, name: str) -> Any:
        self.fate.meet(f"{self.name}.{name}")
        return getattr(self.inner, name)


@dataclass(frozen=True, slots=True)
class MortalProvider:
    """Points: before and after each call outside."""

    inner: AccessProvider
    fate: Fate

    @property
    def name(self) -> str:
        return self.inner.name

    def grant(self, request: AccessRequest, effect: Effect) -> datetime | None:
        self.fate.meet("before grant")
        activated_at = self.inner.grant(request, effect)
        self.fate.meet("after grant")
        return activated_at

    def revoke(self, request: AccessRequest, effect: Effect) -> None:
        self.fate.meet("before revoke")
        self.inner.revoke(request, effect)
        self.fate.meet("after revoke")


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A database that commits, and whose answer to it is lost."""

    inner: Database

    @contextmanager
    def begin(self) -> Iterator[Transaction]:
        with self.inner.begin() as tx:
            yield tx
        raise Unavailable("database")

    def read(self) -> AbstractContextManager[Transaction]:
        return self.inner.read()
