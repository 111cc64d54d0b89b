"""Tokens of ours, and requests that were sent twice."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.people import Person, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedToken:
    """A token of ours, as it is remembered: never its text. `act_for` and `break_glass`: rights that only an owner's token may carry.

    `execution`: an application's token for that run and those below it alone.
    """

    id: str
    subject: str
    role: Role
    projects: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    act_for: bool = False
    break_glass: bool = False
    execution: str | None = None


class TokenWriter(Protocol):
    def mint(self, token: MintedToken) -> str:
        """Return the text of a token; it is accepted once the token is remembered."""


class Tokens(Protocol):
    def add(self, token: MintedToken) -> None: ...

    def find(self, token_id: str) -> MintedToken | None: ...

    def bearer(self, token_id: str, email: str) -> tuple[MintedToken, Person | None] | None:
        """Return a token beside the person who has an e-mail."""

    def of_person(self, email: str) -> list[MintedToken]:
        """Return a person's, the newest first."""

    def revoke(self, token_id: str, at: datetime) -> None: ...

    def list(self) -> list[MintedToken]: ...


class Repeats(Protocol):
    """Requests that came with an Idempotency-Key."""

    def forget(self, now: datetime) -> None:
        """Drop what is older than a day."""

    def first(self, subject: str, operation: str, key: str, body: str, answer: str, now: datetime) -> tuple[str, str]:
        """Remember (hash of the body, id of the answer) under a key for a day; return what stands there, the first one's."""
