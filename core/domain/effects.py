"""What must happen outside the transaction that decided it, as values."""

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class RingNext:
    """A lock is free: the run that is first in its queue is rung, in a transaction that has locked no other run."""

    execution_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassGate:
    """People have said yes to a run that a pipeline does, or (None) were not asked, by break-glass: does that still stand?"""

    execution_id: str
    approval_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRun:
    """Nothing keeps a run from its pipeline any more: it is handed over. `flow` tells which pipeline that is."""

    execution_id: str
    flow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDispatch:
    """A run has ended that its pipeline may have been told of: it is told so."""

    execution_id: str
    flow: str


Effect: TypeAlias = RingNext | PassGate | DispatchRun | CancelDispatch


def receiver(effect: Effect) -> str | None:
    """Return who outside has to take part, so that one who does not answer keeps nobody else waiting; None: nobody."""
    match effect:
        case DispatchRun(flow=flow) | CancelDispatch(flow=flow):
            return flow
        case RingNext() | PassGate():
            return None
