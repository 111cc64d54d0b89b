"""Pipelines that do runs for us, and report back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from core.domain.executions import Status
from core.domain.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A run as its pipeline is told of it. The execution's id is the key of every attempt.

    `target` says where the pipeline is, in its provider's words; `within`: how long it may keep silent.
    """

    execution_id: str
    flow: str
    task_type: str
    project: str
    triggered_by: str
    target: Mapping[str, str]
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What a pipeline calls the run, and where people can look at it."""

    run_id: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a run goes, as its pipeline's platform shows it. `result`: what is to be kept with the run's result."""

    status: Status
    run_id: str
    url: str | None = None
    result: Mapping[str, Json] | None = None


class TryLater(Exception):
    """Nobody can tell whether it was done, or it was not and may be yet. `after`: how long to wait at least."""

    def __init__(self, why: str, after: timedelta | None = None):
        super().__init__(why)
        self.after = after


class Silent(TryLater):
    """Whoever was asked does not answer at all, so that nobody else need ask them for that long, either."""


class Dispatcher(Protocol):
    """Hands runs to pipelines of one provider. Raises EffectRefused where trying again would change nothing, else TryLater."""

    def dispatch(self, errand: Errand, parameters: Mapping[str, Json], seconds: float) -> Handed:
        """Start the pipeline, once for the errand's key; a key that was cancelled is refused."""

    def cancel(self, errand: Errand, seconds: float) -> None:
        """Stop the pipeline and keep it from starting; done also if there is nothing to stop (any more)."""


class Watched(Protocol):
    """Where pipelines do not report by themselves, but can be looked at. Raises TryLater."""

    def progress(self, errand: Errand, run_id: str | None, seconds: float) -> Progress | None:
        """Return how a run goes; `run_id`: what the pipeline calls it, where that is known. None: it is not to be seen (yet)."""
