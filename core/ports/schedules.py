"""What begins by the clock."""

from collections.abc import Collection
from typing import Protocol

from core.domain.schedules import Schedule


class Schedules(Protocol):
    def list(self) -> list[Schedule]:
        """Return all, by name."""

    def lock(self, name: str) -> Schedule | None: ...

    def due(self, flows: Collection[str]) -> Schedule | None:
        """Lock and return a schedule of these flows whose time has come, and that nobody else is firing."""

    def add(self, schedule: Schedule) -> bool:
        """Insert a schedule unless there is one of its name; tell whether it was inserted."""

    def save(self, schedule: Schedule) -> None: ...

    def keep_only(self, names: Collection[str]) -> None:
        """Remove all others."""
