"""The same request twice is one request."""

from dataclasses import dataclass
from typing import TypeVar

from core.errors import Invalid, KeyReused
from core.ports.database import Database, Transaction

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Idempotency:
    """What came with an Idempotency-Key: the key, and a hash of the body."""

    key: str
    body_hash: str


def first_answer(tx: Transaction, subject: str, operation: str, idempotency: Idempotency | None, answer: str) -> str:
    """Return the id that this key was answered with first: the one given, or an earlier one. Raise KeyReused for another body."""
    if idempotency is None:
        return answer
    body, first = tx.repeats.first(subject, operation, idempotency.key, idempotency.body_hash, answer, tx.now())
    if body != idempotency.body_hash:
        raise KeyReused
    return first


def still_there(first: T | None) -> T:
    """Return what a key was answered with first, as it is read again."""
    if first is None:
        raise Invalid(("What this Idempotency-Key stood for has been removed: use a new one.",))
    return first


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetRepeats:
    database: Database

    def sweep(self) -> None:
        """Drop keys that are older than a day."""
        with self.database.begin() as tx:
            tx.repeats.forget(tx.now())
