"""Look how runs go whose pipelines do not report by themselves, and report it for them."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.executions import TERMINAL, Execution, Mode
from core.domain.flow_types import Dispatch
from core.domain.people import Caller, Role
from core.engine.dispatch_flow import errand_of
from core.engine.report_execution import Report, ReportExecution
from core.errors import CoreError, Unavailable
from core.flows.registry import Registry
from core.ports.database import Database
from core.ports.dispatch import Progress, TryLater, Watched

EVERY = 30.0  # seconds between two looks at all of them
AT_ONCE = 100
DEADLINE = 10.0  # seconds for one look
log = logging.getLogger("placet.pipelines")


@dataclass(slots=True)
class _Seen:
    last: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowPipelines:
    """`watched` by provider. What is reported is the platform's word, in the name of an application that is called as the provider is."""

    database: Database
    registry: Registry
    watched: Mapping[str, Watched]
    report: ReportExecution
    _seen: _Seen = field(default_factory=_Seen)

    def sweep(self) -> int:
        """Look at a hundred, the next time at the next; return how many have moved."""
        flows = [flow.id for flow in self.registry.flows.values() if flow.dispatch is not None and flow.dispatch.provider in self.watched]
        with self.database.read() as tx:
            found = tx.family.under_way(flows, self._seen.last, AT_ONCE) if flows else []
        self._seen.last = found[-1] if len(found) == AT_ONCE else ""
        return sum(self.look(execution_id) for execution_id in found)

    def look(self, execution_id: str) -> bool:
        """Look at one run; tell whether it has moved. Whatever is wrong with it is looked at again later."""
        with self.database.read() as tx:
            execution = tx.runs.get(execution_id)
            dispatch = self._dispatch(execution)
            if execution is None or dispatch is None:
                return False
            errand = errand_of(tx, dispatch, execution)
        try:
            progress = self.watched[dispatch.provider].progress(errand, execution.cicd_run_id, DEADLINE)
        except TryLater as later:
            log.warning("pipeline.not_seen", extra={"execution_id": execution_id, "why": str(later)})
            return False
        if progress is None or progress.status not in TERMINAL and progress.status is execution.status and execution.cicd_run_id:
            return False
        return self._report(dispatch.provider, execution_id, progress)

    def _report(self, provider: str, execution_id: str, progress: Progress) -> bool:
        try:
            told = self.report.report(Caller(subject=provider, role=Role.APPLICATION), execution_id, Report(
                status=progress.status, result=progress.result, cicd_run_id=progress.run_id, cicd_run_url=progress.url))
        except Unavailable:
            raise
        except CoreError as error:
            log.error("pipeline.not_reported", extra={"execution_id": execution_id, "why": type(error).__name__})
            return False
        return told.acknowledged

    def _dispatch(self, execution: Execution | None) -> Dispatch | None:
        """Return where a run is under way; None for one that is not, or not there."""
        if execution is None or execution.mode is not Mode.CICD or execution.outcome is not None or execution.report_by is None:
            return None
        flow = self.registry.find(execution.flow)
        return flow.dispatch if flow is not None and flow.dispatch is not None and flow.dispatch.provider in self.watched else None
