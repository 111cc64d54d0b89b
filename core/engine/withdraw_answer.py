"""Take back an answer while the request is open."""

from dataclasses import dataclass

from core.domain.approvals import withdraw
from core.domain.audit import event_of
from core.domain.messages import Heard
from core.domain.people import Caller
from core.engine.find_approvals import ApprovalView, view
from core.engine.sight import answering, find_asked
from core.errors import NoAnswerYet, NotFound
from core.ports.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawAnswer:
    database: Database

    def withdraw(self, caller: Caller, target: str, message: Heard | None = None) -> ApprovalView:
        """Take back a person's own answer; `target`: an id of the run, or the approval's ref. A "no" has ended it, and stays.

        `message`: in which that was said, where it was; each counts once.
        """
        person = answering(caller)
        with self.database.begin() as tx:
            seen, approval_id = find_asked(tx, caller, target)
            tx.executions.lock_row(seen.execution.id)
            approval = tx.approvals.lock(seen.execution.id, approval_id=approval_id)
            if approval is None:
                raise NotFound("approval")
            now = tx.now()
            if message is not None and not tx.messages.hear(message):
                return view(tx, seen, approval, now=now)
            withdrawn = withdraw(approval, person.id, now=now)
            taken_back = next((a for a in withdrawn.answers if a.person_id == person.id and a not in approval.answers), None)
            if taken_back is None:
                raise NoAnswerYet
            tx.approvals.save(withdrawn, taken_back)
            tx.audit.append(event_of(seen.execution, "withdraw", person.email, approval_id=approval.id,
                                     answer=taken_back.verdict, digest=approval.digest))
            return view(tx, seen, withdrawn, now=now)
