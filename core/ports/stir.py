"""What shows that something has moved."""

from collections.abc import Collection
from typing import Protocol


class Stir(Protocol):
    def look(self, runs: Collection[str], projects: Collection[str]) -> dict[str, tuple[object, ...]]:
        """Return for each of these ids something that is another once a run, its children, or anything in a project has moved."""
