"""Read what runs have written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.domain.executions import Execution, Mode
from core.domain.logs import Line
from core.domain.people import Caller
from core.engine.sight import see_execution
from core.errors import Invalid
from core.ports.database import Database, Transaction
from core.ports.engine_logs import NOTHING_OUTSIDE, EngineLog, EngineLogs

MOST_LINES = 10_000
AT_ONCE = 1_000
WITHIN = 5.0  # seconds, for what is kept outside
A_PIECE = 250  # lines of a whole log that are in memory at a time: at their longest, 16 MB


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
class WholeLog:
    """A run's log up to `end`, and those below it: whatever is wanted of them is read then, in a transaction of its own."""

    database: Database
    execution: Execution
    end: int
    engine_logs: EngineLogs = NOTHING_OUTSIDE

    def pieces(self) -> Iterator[Sequence[Line]]:
        """Give the lines from the first on, some at a time."""
        seq = 0
        while seq < self.end:
            with self.database.read() as tx:
                lines = tx.logs.after(self.execution.id, seq, A_PIECE)
            if not lines:
                return
            yield lines
            seq = lines[-1].seq

    def outside(self) -> Iterator[EngineLog]:
        """Give what the run's engine has logged by itself; raise LogsAway where that cannot be had."""
        return self.engine_logs.of_run(self.execution, WITHIN)

    def children(self) -> list["WholeLog"]:
        with self.database.read() as tx:
            return [replace(self, execution=child, end=tx.logs.end(child.id)) for child in tx.family.outline(self.execution.id)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLogs:
    database: Database
    engine_logs: EngineLogs = NOTHING_OUTSIDE

    def read(self, caller: Caller, target: str) -> RunLog:
        with self.database.read() as tx:
            execution = see_execution(tx, caller, target).execution
            _refuse_pipelines(execution)
            return self._log(tx, execution)

    def whole(self, caller: Caller, target: str) -> WholeLog:
        """Return a run's log to be read from its beginning, however long it is."""
        with self.database.read() as tx:
            execution = see_execution(tx, caller, target).execution
            _refuse_pipelines(execution)
            return WholeLog(database=self.database, execution=execution, end=tx.logs.end(execution.id), engine_logs=self.engine_logs)

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
                      children=[self._log(tx, child) for child in tx.family.outline(execution.id)])


def _refuse_pipelines(execution: Execution) -> None:
    if execution.mode is Mode.CICD:
        raise Invalid(("Logs are there for flow executions only: this one runs in a pipeline, whose own page has them.",))
