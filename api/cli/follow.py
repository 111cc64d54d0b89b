"""A run while it goes on, as what happens to it: its lines, its states, its end."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, repeat
from time import sleep
from typing import TypeAlias

from api.cli.answers import LogLine, LogPart, Run, parse_log_part, parse_run
from api.cli.problems import Code, Problem
from api.cli.service import Service, understood

SOON, LATER = 0.25, 1.0
QUICK_LOOKS = 40
PATIENCE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """The run has another status now, or is seen first."""

    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The service does not answer; it is asked again."""

    sentence: str


Happening: TypeAlias = LogLine | Moved | Lost


def follow(service: Service, run_id: str, *, pause: Callable[[float], None] = sleep) -> Iterator[Happening]:
    """Yield what happens until the run has ended; a service that is away for a while is waited for."""
    offset, status = "0", ""
    waits = _waits()
    lost = 0
    while True:
        try:
            part = _look(service, run_id, offset)
            run = _run(service, run_id) if part.status != status else None
        except Problem as problem:
            lost += 1
            if problem.code is not Code.UNREACHABLE or lost > PATIENCE or not status:
                raise
            if lost == 1:
                yield Lost(sentence=problem.sentence)
            pause(LATER)
            continue
        lost = 0
        yield from part.lines
        if run is not None:
            status, waits = part.status, _waits()
            yield Moved(run=run)
        if part.lines:
            offset, waits = part.offset, _waits()
        elif part.completed:
            return
        else:
            pause(next(waits))


def _waits() -> Iterator[float]:
    return chain(repeat(SOON, QUICK_LOOKS), repeat(LATER))


def _look(service: Service, run_id: str, offset: str) -> LogPart:
    """Return what is new; a run that a pipeline does has its log there, so that only its states can be followed."""
    try:
        return understood(service, parse_log_part, service.get(run_id, "logs", "stream", logOffset=offset))
    except Problem as problem:
        if problem.code is not Code.REFUSED or (run := _pipeline(service, run_id)) is None:
            raise
        return LogPart(status=run.status, completed=run.ended, lines=(), offset=offset)


def _pipeline(service: Service, run_id: str) -> Run | None:
    """Return the run if a pipeline does it."""
    try:
        run = _run(service, run_id)
    except Problem:
        return None
    return run if run.pipeline else None


def _run(service: Service, run_id: str) -> Run:
    return understood(service, parse_run, service.get(run_id))
