"""Settle runs that no engine of ours moves, once they have ended."""

from dataclasses import dataclass

from core.engine.settle_run import settle_locked
from core.ports.database import Database

AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleElsewhere:
    database: Database

    def sweep(self) -> int:
        """Settle each in its own transaction; return how many that were."""
        with self.database.read() as tx:
            ended = tx.family.ended_elsewhere(AT_ONCE)
        return sum(self._settle(execution_id) for execution_id in ended)

    def _settle(self, execution_id: str) -> bool:
        with self.database.begin() as tx:
            seen = tx.runs.get(execution_id)
            if seen is not None and seen.parent_id is not None:
                tx.executions.lock(seen.parent_id)
            execution = tx.executions.lock(execution_id)
            if execution is None or execution.outcome is None or execution.settled_at is not None or not tx.family.settled(execution_id):
                return False
            settle_locked(tx, execution)
            return True
