"""Read what runs have written."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.executions import Execution, Mode
from core.domain.logs import Line
from core.domain.people import Caller
from core.engine.sight import see_execution
from core.errors import Invalid
from core.ports import Database, Transaction

MOST_LINES = 10_000
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLog:
    """A run's last lines, and those of its children."""

    execution: Execution
    lines: Sequence[Line]
    truncated: bool
    children: Sequence["RunLog"] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LogPart:
    """The lines after an offset, and the offset of the last of them."""

    execution: Execution
    lines: Sequence[Line]
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLogs:
    database: Database

    def read(self, caller: Caller, target: str) -> RunLog:
        with self.database.read() as tx:
            execution = see_execution(tx, caller, target).execution
            _refuse_pipelines(execution)
            return self._log(tx, execution)

    def after(self, caller: Caller, target: str, offset: int) -> LogPart:
        """Return own lines after an offset; past the end there is nothing, and the true end."""
        with self.database.read() as tx:
            execution = see_execution(tx, caller, target).execution
            _refuse_pipelines(execution)
            lines = tx.logs.after(execution.id, offset, AT_ONCE)
            return LogPart(execution=execution, lines=lines, end=lines[-1].seq if lines else tx.logs.end(execution.id))

    def _log(self, tx: Transaction, execution: Execution) -> RunLog:
        lines = tx.logs.last(execution.id, MOST_LINES + 1)
        return RunLog(execution=execution, lines=lines[-MOST_LINES:], truncated=len(lines) > MOST_LINES,
                      children=[self._log(tx, child) for child in tx.family.children(execution.id)])


def _refuse_pipelines(execution: Execution) -> None:
    if execution.mode is Mode.CICD:
        raise Invalid(("Logs are there for flow executions only: this one runs in a pipeline, whose own page has them.",))
