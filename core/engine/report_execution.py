"""Take what is reported of a run: how it goes, from whoever moves it elsewhere, and what else is to be kept with it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from core.domain.approvals import Approval, resolve
from core.domain.approvals import Status as ApprovalStatus
from core.domain.audit import event_of
from core.domain.executions import TERMINAL, Execution, Mode, Status
from core.domain.json import Json, canonical
from core.domain.people import Caller
from core.engine.concealment import leaves, redact
from core.engine.dispatch_end import ended
from core.engine.dispatch_flow import patience
from core.engine.expire_approvals import end_locked, expire_locked
from core.engine.sight import see_execution
from core.errors import Invalid, NotFound, NotReportable
from core.flows.registry import Registry
from core.ports.database import Database, Transaction
from core.ports.keys import Vault

LARGEST_RESULT = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    status: Status
    result: Mapping[str, Json] | None = None
    cicd_run_id: str | None = None
    cicd_run_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A run after a report: one that came after another end is not acknowledged, and has changed nothing."""

    execution: Execution
    acknowledged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportExecution:
    database: Database
    registry: Registry
    vault: Vault

    def report(self, caller: Caller, target: str, report: Report) -> Reported:
        """Record how a run goes that does not run here; its end is settled by the sweeper, with that of its parents."""
        with self.database.begin() as tx:
            execution = _lock(tx, caller, target)
            if execution.mode is Mode.FLOW:
                raise NotReportable("the run is one of Placet's own, which knows by itself how it goes")
            result = self._merged(execution, report.result)
            if execution.outcome is not None:
                again = report.status is execution.outcome and result == execution.result and report.cicd_run_id in (
                    None, execution.cicd_run_id)
                return Reported(execution=execution, acknowledged=again)
            if report.cicd_run_id is not None and execution.cicd_run_id not in (None, report.cicd_run_id):
                raise NotReportable("it comes from another cicdRunId than the first one did")
            if execution.mode is Mode.CICD and execution.report_by is None:
                raise NotReportable("no pipeline has been told of the run yet")
            approval, now = tx.approvals.lock(execution.id), tx.now()
            if approval is not None and (approval.status is not ApprovalStatus.PENDING or expire_locked(tx, execution, approval, now=now)):
                approval = None
            if approval is not None and report.status in (Status.COMPLETED, Status.PARTIAL):
                raise NotReportable("somebody has yet to approve what the run asks, so that it cannot have done it")
            reported = replace(_moved(tx, execution, report.status, approval, now), result=result, reported_at=now,
                               dispatched_at=execution.dispatched_at or (now if execution.mode is Mode.CICD else None),
                               report_by=self._report_by(execution, now), cicd_run_id=execution.cicd_run_id or report.cicd_run_id,
                               cicd_run_url=report.cicd_run_url or execution.cicd_run_url)
            tx.executions.report(reported)
            if approval is not None and reported.outcome is not None:
                _close(tx, reported, approval, caller, now)
            tx.audit.append(event_of(reported, "report", caller.name, status=report.status, cicdRunId=reported.cicd_run_id))
            return Reported(execution=reported, acknowledged=True)

    def merge_result(self, caller: Caller, target: str, result: Mapping[str, Json]) -> Execution:
        """Keep more with the result of a run, in whatever state that is."""
        with self.database.begin() as tx:
            execution = _lock(tx, caller, target)
            merged = replace(execution, result=self._merged(execution, result))
            tx.executions.save(merged)
            tx.audit.append(event_of(merged, "metadata", caller.name))
            return merged

    def _report_by(self, execution: Execution, now: datetime) -> datetime | None:
        """Return until when the next report has to come; of a type that is not known here any more, what was so before."""
        wait = patience(self.registry, execution.flow) if execution.mode is Mode.CICD else None
        return execution.report_by if wait is None else now + wait

    def _merged(self, execution: Execution, more: Mapping[str, Json] | None) -> Mapping[str, Json] | None:
        """Return a result with what is new in it, without the run's own secrets."""
        if more is None:
            return execution.result
        told: Any = redact(more, tuple(leaves(self.vault.open(execution.secrets))))
        merged = {**(execution.result or {}), **told}
        if len(canonical(merged)) > LARGEST_RESULT:
            raise Invalid((f"The result of a run must be at most {LARGEST_RESULT // 1024} KiB, with what is there already.",))
        return merged


def _lock(tx: Transaction, caller: Caller, target: str) -> Execution:
    execution = tx.executions.lock(see_execution(tx, caller, target).execution.id)
    if execution is None:
        raise NotFound("execution")
    return execution


def _moved(tx: Transaction, execution: Execution, status: Status, approval: Approval | None, now: datetime) -> Execution:
    """Return a run as a report says it is."""
    if status not in TERMINAL:
        return replace(execution, status=Status.SUSPENDED if approval else Status.RUNNING, started_at=execution.started_at or now)
    return ended(tx, execution, status, now)


def _close(tx: Transaction, execution: Execution, approval: Approval, caller: Caller, now: datetime) -> None:
    """End an approval whose run has ended elsewhere."""
    ended = ApprovalStatus.CANCELLED if execution.outcome is Status.CANCELLED else ApprovalStatus.STALE
    end_locked(tx, execution, resolve(approval, ended, by=None, reason=None, now=now), kind=ended, actor=caller.name)
