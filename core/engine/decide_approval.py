"""The one place that decides."""

from dataclasses import dataclass, replace

from core.domain.approvals import Approval, Decision, Status, Verdict, decide
from core.domain.approvers import Electorate
from core.domain.audit import event_of
from core.domain.executions import Execution
from core.domain.people import Caller, Person, Role, capped, email_key
from core.engine.expire_approvals import end_locked, ending
from core.engine.find_approvals import ApprovalView, find_asked, view
from core.engine.open_approval import electorate
from core.errors import NotFound, NotYourself, RoleTooLow
from core.ports.database import Database, Transaction


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
            seen, approval_id = find_asked(tx, caller, target)
            if email_key(answer.claimed_email) != email_key(person.email):
                raise NotYourself("approverEmail" if answer.verdict is Verdict.APPROVE else "rejectorEmail")
            tx.executions.lock_row(seen.execution.id)
            approval = tx.approvals.lock(seen.execution.id, approval_id=approval_id)
            if approval is None:
                raise NotFound("approval")
            voters = _voters(tx, approval, person, caller.role)
            last = tx.approvals.last_answer(seen.execution.id, person.id, but=approval.id)
            now = tx.now()
            decided = decide(approval, Decision(
                person_id=person.id, email=person.email, verdict=answer.verdict, surface=answer.surface, name=answer.name,
                reason=answer.reason, digest=answer.digest, last_answer=last), voters, now=now)
            if decided is not approval:
                _save(tx, seen.execution, decided)
            return view(tx, seen, decided, now=now)


def _voters(tx: Transaction, approval: Approval, person: Person, cap: Role) -> Electorate:
    """Read who may answer now, with the decider's role capped by the token's."""
    people = [person.id, *(a.person_id for a in approval.answers)]
    voters = electorate(tx, approval.project_id, approval.approvers, approval.excluded, approval.self_approval, people)
    own = voters.members.get(person.id)
    if own is None:
        return voters
    return replace(voters, members={**voters.members, person.id: replace(own, role=capped(own.role, cap))})


def _save(tx: Transaction, execution: Execution, decided: Approval) -> None:
    answer = decided.answers[-1]
    if decided.status is not Status.PENDING:
        end_locked(tx, execution, decided, answer, kind="decide", actor=answer.email)
        return
    tx.approvals.save(decided, answer)
    said = {"answer": answer.verdict, **ending(decided)}
    tx.audit.append(event_of(execution, "decide", answer.email, approval_id=decided.id, **said))
