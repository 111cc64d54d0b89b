"""End access before its time: whoever asked for it may, and every owner of the project."""

from dataclasses import dataclass

from core.domain.people import Caller, Role, capped
from core.engine.cancel_flow import Cancelled, cancel_seen
from core.engine.end_early import requesters
from core.engine.sight import answering, see_execution
from core.errors import NotTheRequester
from core.ports.database import Database, Transaction
from core.ports.runs import Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class EndAccess:
    database: Database

    def end(self, caller: Caller, target: str) -> Cancelled:
        """End the run that gave access, so that what it gave is taken back; `target`: an id of the run."""
        answering(caller)
        with self.database.begin() as tx:
            seen = see_execution(tx, caller, target)
            if not may_end(tx, caller, seen):
                raise NotTheRequester(next(iter(requesters(tx, seen.execution, None).values())))
            return cancel_seen(tx, caller, seen.execution.id)


def may_end(tx: Transaction, caller: Caller, seen: Seen) -> bool:
    """Tell whether a person owns the project of a run that they see, or asked for it."""
    if caller.person is None or seen.role is None:
        return False
    return capped(seen.role, caller.role) is Role.OWNER or caller.person.id in requesters(tx, seen.execution, None)
