"""A requester lets go of what they asked for: the request while it is open, the access afterwards."""

from dataclasses import dataclass

from core.domain.executions import Execution
from core.domain.messages import Heard
from core.domain.people import Caller
from core.engine.cancel_flow import Cancelled, cancel_seen
from core.engine.sight import answering, find_asked
from core.errors import NotTheRequester
from core.ports.database import Database, Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class EndEarly:
    database: Database

    def end(self, caller: Caller, target: str, message: Heard | None = None) -> Cancelled:
        """Cancel an own request, or take the access back that it gave; `target`: an id of the run, or the approval's ref.

        `message`: in which that was said, where it was; each counts once.
        """
        person = answering(caller)
        with self.database.begin() as tx:
            seen, approval_id = find_asked(tx, caller, target)
            asking = requesters(tx, seen.execution, approval_id)
            if person.id not in asking:
                raise NotTheRequester(next(iter(asking.values())))
            tx.executions.lock_row(seen.execution.id)
            if message is not None and not tx.messages.hear(message):
                return Cancelled(execution_id=seen.execution.id, children=0)
            return cancel_seen(tx, caller, seen.execution.id)


def requesters(tx: Transaction, execution: Execution, approval_id: str | None) -> dict[str | None, str]:
    """Return who asked, by person id: as the request says, or else who started the run."""
    asked = tx.approval_search.get(approval_id) if approval_id else next(iter(tx.approval_search.of_run(execution.id)), None)
    found: dict[str | None, str] = {asked.requester_id: asked.requested_by} if asked else {}
    return found | {execution.triggered_by_id: execution.triggered_by} if execution.triggered_by_id not in found else found
