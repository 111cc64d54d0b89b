"""Start what is scheduled, when its time has come."""

import logging
from dataclasses import dataclass
from datetime import datetime

from core.domain.executions import Execution
from core.domain.schedules import Schedule, fired
from core.engine.route_flow import route_flow
from core.engine.run_flow import check_payload, find_flow
from core.engine.start_run import start
from core.errors import Invalid
from core.flows.registry import Registry
from core.ports.database import Database, NewId, Transaction
from core.ports.keys import Vault

CRON = "cron"
log = logging.getLogger("placet.schedules")


@dataclass(frozen=True, slots=True, kw_only=True)
class FireSchedules:
    database: Database
    registry: Registry
    vault: Vault
    new_id: NewId

    def sweep(self) -> int:
        """Fire what is due, each in its own transaction; return how many that were."""
        count = 0
        while self._fire():
            count += 1
        return count

    def _fire(self) -> bool:
        """Claim a schedule, start its run and move it on, all or nothing: it is neither doubled nor lost."""
        with self.database.begin() as tx:
            schedule = tx.schedules.due(self.registry.versions())
            if schedule is None:
                return False
            now = tx.now()
            tx.schedules.save(fired(schedule, now=now))
            try:
                self._start(tx, schedule, now)
            except Invalid as error:
                log.warning("schedule.skipped", extra={"schedule": schedule.name, "why": " ".join(error.problems)})
            return True

    def _start(self, tx: Transaction, schedule: Schedule, now: datetime) -> None:
        requested = find_flow(self.registry, schedule.flow)
        flow = route_flow(tx, self.registry, schedule.project_id, requested)
        shown, secrets = check_payload(flow, {**schedule.input, **self.vault.open(schedule.secrets)})
        start(tx, self, flow, Execution(
            id=self.new_id(), project_id=schedule.project_id, flow=flow.id, flow_version=flow.version, task_type=requested.id,
            category=flow.category, payload=shown, secrets=self.vault.seal(secrets), scheduled=True, schedule=schedule.name,
            triggered_by=CRON, initiators=(CRON,), created_at=now), secrets, CRON, schedule=schedule.name)
