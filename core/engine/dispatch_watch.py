"""Fail runs whose pipeline has kept silent for too long."""

from dataclasses import dataclass, replace
from datetime import timedelta

from core.domain.approvals import Status
from core.domain.effects import CancelDispatch
from core.domain.executions import Execution
from core.domain.json import timestamp
from core.engine.dispatch_end import fail_elsewhere
from core.engine.dispatch_flow import patience
from core.engine.expire_approvals import expire_locked
from core.flows.registry import Registry
from core.ports.database import Database, Transaction

AT_ONCE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchPipelines:
    database: Database
    registry: Registry

    def sweep(self) -> int:
        """Fail each in its own transaction; return how many that were."""
        with self.database.read() as tx:
            silent = tx.family.silent(tx.now(), AT_ONCE)
        return sum(self._give_up(execution_id) for execution_id in silent)

    def _give_up(self, execution_id: str) -> bool:
        with self.database.begin() as tx:
            execution = tx.executions.lock(execution_id)
            if execution is None or execution.outcome is not None or execution.report_by is None:
                return False
            approval = tx.approvals.lock(execution_id)
            now = tx.now()
            if now < execution.report_by:
                return False
            if approval is not None and approval.status is Status.PENDING and expire_locked(tx, execution, approval, now=now) is None:
                wait = patience(self.registry, execution.flow) or timedelta()  # the pipeline has asked people, and waits for them
                tx.executions.report(replace(execution, report_by=approval.expires_at + wait))
                return False
            fail_elsewhere(tx, execution, _silence(tx, execution))
            tx.outbox.put(CancelDispatch(execution_id=execution_id, flow=execution.flow), now)
            return True


def _silence(tx: Transaction, execution: Execution) -> str:
    since = execution.reported_at or execution.dispatched_at
    if since is not None:
        return f"no report since {timestamp(since)}: its pipeline has kept silent for too long"
    why = tx.outbox.why(execution.id)
    return "it could not be handed to its pipeline in time" + (f": {why}" if why else "")
