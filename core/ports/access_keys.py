"""Which key gave which account what, at a provider of access that knows no keys itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """What access is given to: at GitHub an organisation and a team of it."""

    target: str
    level: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessKey:
    """`account`: the provider's own id, which stays. `begun_at`: before access was first given; None: never. `revoked_at`: for good."""

    effect_key: str
    provider: str
    account: str
    subject: str
    where: Where
    begun_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def live(self) -> bool:
        return self.begun_at is not None and self.revoked_at is None

    def revoked(self, at: datetime) -> "AccessKey":
        return self if self.revoked_at is not None else replace(self, revoked_at=at)


class AccessKeys(Protocol):
    def lock(self, effect_key: str) -> AccessKey | None: ...

    def save(self, key: AccessKey) -> None: ...

    def of(self, provider: str, where: Where, account: str | None = None) -> Sequence[AccessKey]:
        """Return all keys that gave, or would have given, this access; those of one account where it is named."""

    def places(self, provider: str) -> Sequence[Where]:
        """Return all that any key ever gave access to."""
