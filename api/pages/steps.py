"""The steps of a run as its page lists them: what each did or waits for, and how it stands. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.fields import field
from core.domain.json import parse_timestamp
from core.domain.steps import Kind, State, Step

SHOWN = (Kind.STEP, Kind.APPROVAL, Kind.SLEEP, Kind.CHILDREN, Kind.LOCK)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownStep:
    """`kind` is done, now, bad or undone; `note` stands small behind what it is."""

    what: str
    kind: str
    note: str = ""
    at: datetime | None = None


def shown_steps(journal: Mapping[int, Step], *, ended: bool, now: datetime) -> list[ShownStep]:
    """Return them in the order in which they came. `ended`: the run has, so that nothing goes on or waits any more."""
    return [_shown(step, ended, now) for _, step in sorted(journal.items()) if step.kind in SHOWN]


def _shown(step: Step, ended: bool, now: datetime) -> ShownStep:
    name, at = field(step.key.partition("#")[0]), step.ended_at or step.begun_at
    match step.kind, step.state:
        case Kind.SLEEP, _:
            until = parse_timestamp(str(step.result))
            if until <= now:
                return ShownStep(what="wait", kind="done", note="over", at=until)
            if ended:
                return ShownStep(what="wait", kind="undone", note="cut short", at=at)
            return ShownStep(what="wait", kind="now", note="until", at=until)
        case Kind.APPROVAL, State.FAILED:
            return ShownStep(what=name, kind="bad", note="not given", at=at)
        case Kind.CHILDREN, _:
            return ShownStep(what="what it started has ended", kind="done", at=at)
        case _, State.UNDONE:
            return ShownStep(what=name, kind="undone", note="taken back", at=at)
        case _, State.FAILED:
            return ShownStep(what=name, kind="bad", note="failed", at=at)
        case _, State.BEGUN:
            note = f"try {step.tries}" if step.tries > 1 else ""
            return ShownStep(what=name, kind="undone" if ended else "now", note="not finished" if ended else note, at=at)
    return ShownStep(what=name, kind="done", at=at)
