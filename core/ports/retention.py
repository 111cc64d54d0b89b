"""What has been over for long, and what is sealed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


class Retention(Protocol):
    """What has been over for long."""

    def old_roots(self, before: datetime, after: str, limit: int) -> list[str]:
        """Return ids of runs without a parent that were settled before that time, in order."""

    def kept(self, execution_ids: Sequence[str]) -> bool:
        """Tell whether one of these runs has an open request, or access that was not taken back."""

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
