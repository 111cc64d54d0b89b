"""What engines log by themselves, kept by a list."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.domain.executions import Execution
from core.ports.engine_logs import EngineLog, LogsAway


@dataclass
class FakeEngineLogs:
    """`logs`: lines by source and group. `away`: nothing is answered; `broken`: after so many lines nothing more comes.

    `asked`: of which run, and for how long.
    """

    logs: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    away: bool = False
    broken: int | None = None
    asked: list[tuple[str, float]] = field(default_factory=list)

    def of_run(self, execution: Execution, seconds: float) -> Iterator[EngineLog]:
        self.asked.append((execution.id, seconds))
        if self.away:
            raise LogsAway("no answer")
        for (source, group), lines in self.logs.items():
            yield EngineLog(source=source, group=group, lines=self._lines(lines))

    def _lines(self, lines: Sequence[str]) -> Iterator[str]:
        for number, line in enumerate(lines):
            if number == self.broken:
                raise LogsAway("what came was no line")
            yield line
