"""Access that was given."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.people import Project


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Access that was given: by whose yes is told by the run's approval."""

    effect_key: str
    execution_id: str
    provider: str
    subject: str
    target: str
    level: str
    activated_at: datetime
    until: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """By whose yes access was given, or by whose break-glass without one; e-mails."""

    yes: tuple[str, ...] = ()
    break_glass: str | None = None


class Grants(Protocol):
    def lock(self, effect_key: str) -> Grant | None: ...

    def add(self, grant: Grant) -> None:
        """Insert a grant, or the mark of a key that was revoked before it was granted."""

    def revoke(self, effect_key: str, at: datetime) -> None: ...

    def of_run(self, execution_id: str) -> list[Grant]:
        """Return what a run gave, the earliest first."""

    def live_of(self, execution_id: str) -> list[tuple[Grant, Project, Authority]]:
        """Return likewise what access a run gives."""

    def live_in(self, project_ids: Collection[str] | None, *, limit: int,
                offset: int) -> tuple[list[tuple[Grant, Project, Authority]], int]:
        """Return likewise some of those of these projects (None: of all), and how many there are; what ends first stands first."""

    def live(self) -> list[tuple[Grant, Project, Authority]]:
        """Return who has access now, where, and by whose yes."""
