"""What a run has done and said."""

from datetime import datetime
from typing import Protocol

from core.domain.executions import Execution
from core.domain.logs import Line
from core.domain.steps import Step


class Journal(Protocol):
    def read(self, execution_id: str) -> dict[int, Step]: ...

    def last(self, execution_id: str, limit: int) -> dict[int, Step]:
        """Return the last steps by their position."""

    def write(self, execution_id: str, step: Step) -> None:
        """Insert or replace the row of its position."""


class Logs(Protocol):
    def write(self, execution_id: str, *, position: int, attempt: int, line: int, level: str, message: str, at: datetime,
              saved: Execution | None = None) -> None:
        """Append a line, once for each (position, attempt, line). `saved`: the run, to be stored with it."""

    def after(self, execution_id: str, seq: int, limit: int) -> list[Line]: ...

    def last(self, execution_id: str, limit: int) -> list[Line]:
        """Return the last lines, in order."""

    def end(self, execution_id: str) -> int:
        """Return the `seq` of the last line; 0 if there is none."""
