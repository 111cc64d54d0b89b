"""What has been over for long, and what is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The ids of a run and of all below it, parents before their children. `settled_at`: when the last was; None while one is not."""

    runs: tuple[str, ...]
    settled_at: datetime | None


class Retention(Protocol):
    """What has been over for long."""

    def old_roots(self, before: datetime, after: str, limit: int) -> list[str]:
        """Return ids of runs without a parent that were settled before that time, in order."""

    def lock_trees(self, roots: Sequence[str]) -> list[Tree]:
        """Lock runs, in order, and then their descendants, top down."""

    def kept(self, execution_ids: Sequence[str]) -> set[str]:
        """Return which of these runs have an open request, or access that was not taken back."""

    def remove(self, execution_ids: Sequence[str]) -> None:
        """Delete locked runs, parents before their children, with all that belongs to them; the audit stays."""

    def forget_tokens(self, before: datetime) -> int:
        """Delete the tokens that had expired by then; return how many that were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """A sealed text, and where it stands."""

    place: tuple[str | int, ...]
    text: str = field(repr=False)


class Sealed(Protocol):
    """Every sealed text there is."""

    def runs(self, after: str, limit: int) -> list[str]:
        """Return ids of runs that have one, in order."""

    def lock(self, execution_id: str) -> bool:
        """Lock a run; False if a worker holds it."""

    def of_run(self, execution_id: str) -> list[SealedText]: ...

    def of_schedules(self) -> list[SealedText]:
        """Return those of all schedules, which are locked."""

    def of_webhooks(self) -> list[SealedText]:
        """Return those that sign callbacks, which are locked."""

    def replace(self, sealed: SealedText, text: str) -> None: ...
