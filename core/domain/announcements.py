"""What of the audit people and programs outside want to know of. Pure."""

from collections.abc import Iterable

from core.domain.audit import Event
from core.domain.effects import Announce

# that a run began, who has answered, how a request or its run ended, what was given and taken back, and where a pipeline does it
ANNOUNCED = frozenset({
    "start", "ask", "decide", "withdraw", "reject", "expire", "stale", "cancel", "cancelled", "gate", "end", "undo", "return", "settle",
    "dispatched", "report"})


def announcements(events: Iterable[Event]) -> list[Announce]:
    """Return what is to be announced of the events of one transaction, each once, in their order."""
    found = (Announce(execution_id=event.execution_id, approval_id=event.approval_id, event=event.kind) for event in events
             if event.execution_id is not None and event.kind in ANNOUNCED)
    return list(dict.fromkeys(found))
