"""The one place that decides."""

from dataclasses import dataclass

from core.domain.approvals import Approval, Decision, Status, Verdict, decide
from core.domain.audit import event_of
from core.domain.people import Caller, Person, Role, email_key
from core.engine.expire_approvals import end_locked, ending
from core.engine.find_approvals import ApprovalView, see_approval, view
from core.engine.open_approval import electorate
from core.errors import NotFound, NotYourself, RoleTooLow
from core.ports import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """An answer as it arrives from a surface. `claimed_email` must be the caller's own; `name` is shown and never trusted."""

    verdict: Verdict
    claimed_email: str
    name: str
    surface: str
    reason: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval:
    database: Database

    def decide(self, caller: Caller, target: str, answer: AnswerRequest) -> ApprovalView:
        """Count a person's answer; `target`: an id of the run, or the approval's ref."""
        person = caller.person
        if person is None or caller.role is Role.APPLICATION:
            raise RoleTooLow((Role.OWNER, Role.MEMBER))
        with self.database.begin() as tx:
            _, seen = see_approval(tx, caller, target)
            if email_key(answer.claimed_email) != email_key(person.email):
                raise NotYourself("approverEmail" if answer.verdict is Verdict.APPROVE else "rejectorEmail")
            execution = tx.executions.lock(seen.execution_id)
            approval = tx.approvals.lock(seen.execution_id, seen.gate)
            if execution is None or approval is None:
                raise NotFound("approval")
            decided = self._decide(tx, person, approval, answer)
            if decided is not approval and decided.status is Status.PENDING:
                tx.approvals.save(decided)
                said = {"answer": answer.verdict, **ending(decided)}
                tx.audit.append(event_of(execution, "decide", person.email, approval_id=approval.id, **said))
            elif decided is not approval:
                end_locked(tx, execution, decided, kind="decide", actor=person.email)
            return view(tx, execution, decided)

    def _decide(self, tx: Transaction, person: Person, approval: Approval, answer: AnswerRequest) -> Approval:
        voters = electorate(tx, approval.project_id, approval.approvers, approval.excluded, approval.self_approval,
                            [person.id, *(a.person_id for a in approval.answers)])
        decision = Decision(person_id=person.id, email=person.email, verdict=answer.verdict, surface=answer.surface, name=answer.name,
                            reason=answer.reason, digest=answer.digest,
                            last_answer=tx.approvals.last_answer(approval.execution_id, person.id, but=approval.id))
        return decide(approval, decision, voters, now=tx.now())
