"""Runs that begin by the clock. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.cron import FURTHEST, BadExpression, next_after, parse_cron
from core.domain.json import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A schedule as the file has it; `project` by its identifier."""

    name: str
    flow: str
    project: str
    expression: str
    input: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """`changed`: its expression was set by hand, and wins over the file's. `next_at` is None while it is paused."""

    name: str
    project_id: str
    flow: str
    expression: str
    input: Mapping[str, Json]
    secrets: str | None = None
    enabled: bool = True
    changed: bool = False
    next_at: datetime | None = None
    last_at: datetime | None = None


def check_expression(expression: str, *, now: datetime) -> str:
    """Return an expression as it is stored; raise BadExpression for one that would not fire within five years."""
    cron = parse_cron(expression)
    if next_after(cron, now, within=FURTHEST) is None:
        raise BadExpression("does not fire within five years")
    return " ".join(expression.split())


def planned(schedule: Schedule, *, now: datetime) -> Schedule:
    """Return a schedule with the next time that it fires."""
    return replace(schedule, next_at=next_after(parse_cron(schedule.expression), now) if schedule.enabled else None)


def fired(schedule: Schedule, *, now: datetime) -> Schedule:
    """Return a schedule as it is after it has fired: once, however often it should have."""
    return planned(replace(schedule, last_at=now), now=now)


def loaded(stored: Schedule, given: Schedule, *, now: datetime) -> Schedule:
    """Return a stored schedule as the file has it now: still paused, and with the expression that was set by hand.

    One that still fires at the same times keeps what it has missed.
    """
    expression = stored.expression if stored.changed else given.expression
    kept = replace(given, expression=expression, enabled=stored.enabled, changed=stored.changed, last_at=stored.last_at,
                   next_at=stored.next_at)
    return kept if expression == stored.expression else planned(kept, now=now)


def rescheduled(schedule: Schedule, expression: str, *, by_hand: bool, now: datetime) -> Schedule:
    return planned(replace(schedule, expression=expression, changed=by_hand), now=now)


def paused(schedule: Schedule) -> Schedule:
    return replace(schedule, enabled=False, next_at=None)


def resumed(schedule: Schedule, *, now: datetime) -> Schedule:
    """Return a schedule that fires again; what it would have done meanwhile is not made up."""
    return schedule if schedule.enabled else planned(replace(schedule, enabled=True), now=now)
