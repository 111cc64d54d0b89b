"""The one place that decides."""

from dataclasses import dataclass, replace

from core.domain.approvals import Approval, Decision, Status, Verdict, decide
from core.domain.approvers import Electorate
from core.domain.audit import event_of
from core.domain.executions import Execution
from core.domain.messages import Heard
from core.domain.people import Caller, Person, Role, capped, email_key
from core.engine.asking_limits import tell_if_denied_too_often
from core.engine.expire_approvals import acting, end_locked, ending
from core.engine.find_approvals import ApprovalView, view
from core.engine.open_approval import electorate_of
from core.engine.outside_teams import NO_TEAMS, TRIES, UNTOLD, OutsideTeams
from core.engine.sight import answering, find_asked
from core.errors import DirectoryAway, NotAnApprover, NotFound, NotYourself
from core.ports.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRequest:
    """An answer as it arrives from a surface. `claimed_email` must be the caller's own, but for a token that may act for others.

    `name` is shown and never trusted. `message`: in which it was said, where it was; each counts once.
    """

    verdict: Verdict
    claimed_email: str
    name: str
    surface: str
    reason: str | None = None
    digest: str | None = None
    message: Heard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideApproval:
    database: Database
    teams: OutsideTeams = NO_TEAMS

    def decide(self, caller: Caller, target: str, answer: AnswerRequest) -> ApprovalView:
        """Count a person's answer; `target`: an id of the run, or the approval's ref."""
        own = answering(caller)
        for _ in range(TRIES):
            with self.teams.told(self.database), self.database.begin() as tx:
                seen, approval_id = find_asked(tx, caller, target)
                person = _answering(tx, caller, own, answer)
                tx.executions.lock_row(seen.execution.id)
                locked = tx.approvals.lock_and_look(seen.execution.id, approval_id=approval_id, person_id=person.id if person else None)
                if locked is None:
                    raise NotFound("approval")
                approval, now = locked.approval, locked.now
                if person is None:
                    raise NotAnApprover(approval.approvers or tx.people.owners(approval.project_id))
                everybody = electorate_of(tx, approval, (person.id, own.id), deciding=True)
                voters = _capped(everybody, own, caller.role)
                deputy = own if own.id != person.id else None
                if answer.message is not None and not tx.messages.hear(answer.message):
                    return view(tx, seen, approval, now=now, owners=everybody.owners())
                decided = decide(approval, Decision(
                    person_id=person.id, email=person.email, verdict=answer.verdict, surface=answer.surface, name=answer.name,
                    reason=answer.reason, digest=answer.digest, last_answer=locked.last_answer, acted_by=deputy.email if deputy else None,
                    acted_by_id=deputy.id if deputy else None), voters, now=now)
                if decided is not approval:
                    _save(tx, seen.execution, decided)
                return view(tx, seen, decided, now=now, owners=everybody.owners())
        raise DirectoryAway(UNTOLD)


def _answering(tx: Transaction, caller: Caller, own: Person, answer: AnswerRequest) -> Person | None:
    """Return whose answer it is: the caller's own, or that of whom the caller may act for; None for one whom nobody knows."""
    if email_key(answer.claimed_email) == email_key(own.email):
        return own
    if not caller.act_for or caller.role is not Role.OWNER:
        raise NotYourself("approverEmail" if answer.verdict is Verdict.APPROVE else "rejectorEmail")
    return tx.people.find(answer.claimed_email)


def _capped(voters: Electorate, own: Person, cap: Role) -> Electorate:
    """Return who may answer now, with the caller's role capped by the token's."""
    member = voters.members.get(own.id)
    if member is None:
        return voters
    return replace(voters, members={**voters.members, own.id: replace(member, role=capped(member.role, cap))})


def _save(tx: Transaction, execution: Execution, decided: Approval) -> None:
    answer = decided.answers[-1]
    if decided.status is not Status.PENDING:
        end_locked(tx, execution, decided, answer, kind="decide", actor=answer.email)
        tell_if_denied_too_often(tx, execution, decided)
        return
    tx.approvals.save(decided, answer)
    said = {"answer": answer.verdict, **ending(decided), **acting(answer)}
    tx.audit.append(event_of(execution, "decide", answer.email, approval_id=decided.id, **said))
