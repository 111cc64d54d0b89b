"""Let a run through to its pipeline, if what people have said yes to still stands."""

from dataclasses import dataclass

from core.domain.approvals import Approval, Status
from core.domain.audit import event_of
from core.domain.effects import DispatchRun, PassGate
from core.domain.executions import Execution
from core.domain.flow_types import FlowType
from core.engine.break_glass import lapsed_right
from core.engine.dispatch_answer import GATE
from core.engine.dispatch_failure import give_up
from core.engine.gate import SKIPPED, Ask, lapsed, question_of
from core.engine.open_approval import question_digest
from core.engine.outside_teams import NO_TEAMS, OutsideTeams
from core.engine.route_flow import is_disabled
from core.engine.start_run import question_before
from core.errors import DirectoryAway
from core.flows.registry import Registry
from core.ports.database import Database, Transaction
from core.ports.dispatch import TryLater
from core.ports.keys import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchGate:
    database: Database
    registry: Registry
    vault: Vault
    teams: OutsideTeams = NO_TEAMS

    def try_to_pass(self, effect: PassGate, posted_id: str) -> None:
        """Check digest, authority and "enabled" once more, in the transaction that lets the run be dispatched; nothing checks it again.

        The same transaction takes the effect out of the outbox, so that a gate is passed once.
        """
        try:
            self.teams.knowing(self.database, lambda: self._try_to_pass(effect, posted_id))
        except DirectoryAway as away:
            raise TryLater(f"{away.what} does not answer") from None

    def _try_to_pass(self, effect: PassGate, posted_id: str) -> None:
        with self.database.begin() as tx:
            execution = tx.executions.lock(effect.execution_id)
            if not tx.outbox.done(posted_id) or execution is None or execution.outcome is not None:
                return
            flow = self.registry.find(execution.flow)
            if flow is None or flow.dispatch is None:
                raise TryLater(f"no process here knows {execution.flow}")
            approval = tx.approvals.lock(execution.id, approval_id=effect.approval_id) if effect.approval_id else None
            wrong = self._wrong(tx, execution, flow, approval)
            if approval is None and execution.skip_reason is not None:
                self._note_skipped(tx, execution, flow, wrong)
            else:
                tx.audit.append(event_of(
                    execution, "gate", approval_id=approval.id if approval else None, passed=wrong is None, wrong=wrong,
                    status=approval.status if approval else None, digest=approval.digest if approval else None))
            if wrong is None:
                tx.outbox.put(DispatchRun(execution_id=execution.id, flow=execution.flow, place=flow.dispatch.place), tx.now())
            else:
                give_up(tx, execution, wrong)

    def _note_skipped(self, tx: Transaction, execution: Execution, flow: FlowType, wrong: str | None) -> None:
        """Say in the audit by whose break-glass a gate is passed, and why, as of a run of Placet's own."""
        project = tx.projects.get(execution.project_id)
        assert project is not None
        question = question_before(self.vault, flow, execution, self.vault.open(execution.secrets))
        tx.audit.append(event_of(
            execution, "gate", passed=wrong is None, status=SKIPPED, by=execution.triggered_by, reason=execution.skip_reason,
            digest=question_digest(project, execution, question), wrong=wrong))

    def _wrong(self, tx: Transaction, execution: Execution, flow: FlowType, approval: Approval | None) -> str | None:
        """Say why the gate is not passed. Without an approval, only whoever skipped it by break-glass passes."""
        if approval is None and execution.skip_reason is not None:
            return lapsed_right(tx, execution, flow) or ("flow type disabled" if is_disabled(tx, execution) else None)
        if approval is None or approval.status is not Status.APPROVED:
            return "nobody has approved it"
        project = tx.projects.get(execution.project_id)
        assert project is not None
        wanted = Ask(question=approval.question, approvers=approval.approvers, required=approval.required, timeout=flow.timeout)
        question = question_of(execution, flow, self.vault.open(execution.secrets), self.vault, GATE, wanted)
        return lapsed(tx, project, execution, approval, question)
