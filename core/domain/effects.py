"""What must happen outside the transaction that decided it, as values."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class RingNext:
    """A lock is free: the run that is first in its queue is rung, in a transaction that has locked no other run."""

    execution_id: str


Effect: TypeAlias = RingNext
