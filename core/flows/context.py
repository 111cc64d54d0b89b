"""What a flow is written against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from core.domain.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What comes with every call of an effect.

    `key` is the same for every try of one step: a receiver that knows it answers as before. `seconds`: how long the call may take.
    `attempt` counts from 1. `result`: for an undo, what the step answered; None where it is not known whether it happened.
    """

    key: str
    seconds: float
    attempt: int
    result: Json = None


EffectFunction = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class NamedEffect:
    """An effect that wiring, or a package of flows, binds to a function by its name, so that an undo outlives the code of its flow."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A spawned run that has settled."""

    id: str
    flow: str
    status: str
    result: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """A yes: who said it, by e-mail. `skipped`: nobody was asked, by break-glass."""

    by: tuple[str, ...]
    skipped: bool = False


class EffectRefused(Exception):
    """An effect was refused for good: trying again would change nothing."""


class NotYet(Exception):
    """What an effect began is under way outside: the same call again will tell. It counts as a try."""


class StepFailed(Exception):
    """A step was given up. A flow may catch this; the step is undone all the same."""


class LockRefused(Exception):
    """A run may have one lock, and none that a run above it has or waits for: they would wait for each other for ever."""


class NotApproved(Exception):
    """People said no, or nothing in time. `status` is rejected, expired, cancelled or stale."""

    def __init__(self, status: str, message: str):
        super().__init__(message)
        self.status = status


class FlowContext(Protocol):
    """The calls whose results are recorded. Each is made once; when the flow is called again, each answers what it answered.

    Everything else in a flow must come out the same every time: ask `now()` for the time, do what has an effect in `step`.
    """

    @property
    def execution_id(self) -> str: ...

    def step(self, name: str, effect: NamedEffect | EffectFunction, arguments: Any = None, *, undo: NamedEffect | None = None) -> Any:
        """Do something outside, once, and return the JSON round trip of its result.

        Calls `effect(arguments as JSON, effect=Effect(...))`. A failure is tried again as the flow type says, then raised as StepFailed.
        `undo` takes it back, unless the run returns normally.
        """

    def undo(self, name: str) -> None:
        """Take back the latest step of that name that is not undone yet; never gives up."""

    def approval(self, question: str, *, approvers: Sequence[str] = (), required: int | None = None,
                 timeout: timedelta | None = None, excluding: Sequence[str] = ()) -> Approved:
        """Wait until people have decided; raise NotApproved unless they said yes.

        `approvers`: e-mails, by default those of the flow type, else the project's owners. `required`: how many of them, and `timeout`:
        how long they have; by default as the flow type says. `excluding`: accounts (`github:<id>`) of who asked or benefits: whoever one
        is linked to, now or later, may not answer.
        """

    def sleep_until(self, time: datetime) -> None: ...

    def sleep(self, duration: timedelta) -> None: ...

    def now(self) -> datetime:
        """Return the time at which this was first asked."""

    def spawn(self, flow: str, parameters: Any) -> str:
        """Start a run below this one and return its id."""

    def children(self) -> list[Child]:
        """Wait until all spawned runs have settled."""

    def lock(self, resource: str) -> None:
        """Wait until no other run of the project has this resource; it is this run's until the run is settled.

        One a run, and none that a run above has or waits for: raises LockRefused.
        """

    def log(self, message: str, *, level: str = "INFO") -> None:
        """Write a line of the run's log. Secrets are taken out."""
