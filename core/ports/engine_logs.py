"""What an engine has logged of a run by itself, kept outside."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from core.domain.executions import Execution


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineLog:
    """The lines of one group of a source, to be read before the next log is asked for."""

    source: str
    group: str
    lines: Iterator[str]


class LogsAway(Exception):
    """Where engines log to does not answer, not in time, or not in a way that can be read."""


class EngineLogs(Protocol):
    def of_run(self, execution: Execution, seconds: float) -> Iterator[EngineLog]:
        """Give a run's own logs one after the other. Raise LogsAway, also amid one, if nothing comes for that long."""


class NoEngineLogs:
    """Nothing is logged outside."""

    def of_run(self, execution: Execution, seconds: float) -> Iterator[EngineLog]:
        return iter(())


NOTHING_OUTSIDE = NoEngineLogs()
