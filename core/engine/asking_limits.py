"""How much one person may ask: so many open requests, and a pause after several were rejected shortly one after the other."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.approvals import Approval, Status
from core.domain.audit import event_of
from core.domain.executions import Execution
from core.domain.json import timestamp
from core.domain.people import Caller
from core.engine.tell_owners import tell_owners
from core.errors import DeniedTooOften, TooManyOpen
from core.ports.database import Transaction

DENIALS, WITHIN = 3, timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingLimits:
    """`open` requests at once, and after so many `denials` within ten minutes a pause."""

    open: int = 20
    denials: int = DENIALS


USUAL_LIMITS = AskingLimits()


def refuse_too_many(tx: Transaction, caller: Caller, limits: AskingLimits) -> None:
    """Refuse a person who has that many open requests, or was denied too often; applications are not counted."""
    if caller.person is None:
        return
    count, denied = tx.approval_search.open_of_requester(caller.person.id, limits.denials)
    until = paused_until(denied, limits.denials)
    if until is not None and tx.now() < until:
        raise DeniedTooOften(until)
    if count >= limits.open:
        raise TooManyOpen(limits.open)


def paused_until(denied: list[datetime], times: int = DENIALS) -> datetime | None:
    """Tell until when somebody may not ask, by when their last requests were rejected, the newest first."""
    if len(denied) < times or denied[0] - denied[times - 1] > WITHIN:
        return None
    return denied[0] + WITHIN


def tell_if_denied_too_often(tx: Transaction, execution: Execution, rejected: Approval) -> None:
    """Tell the owners once a request was rejected that is one too many for whoever asked."""
    if rejected.status is not Status.REJECTED or rejected.requester_id is None:
        return
    until = paused_until(tx.approval_search.open_of_requester(rejected.requester_id, DENIALS)[1])
    if until is not None:
        tell_owners(tx, event_of(execution, "denied-often", approval_id=rejected.id, requestedBy=rejected.requested_by,
                                 until=timestamp(until)))
