"""The thread of a request: people's words from every home and, between them, what happened. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.fields import field
from bot.make_card import SURFACES
from core.domain.chains import AuditRow
from core.domain.json import Json
from core.domain.messages import Heard

STATUS = {"completed": "Done", "partial": "Partly done", "failed": "Failed", "cancelled": "Cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`text` is somebody's words, where it is not empty; else `what` happened, by `who`."""

    at: datetime
    who: str = ""
    where: str = ""
    text: str = ""
    what: str = ""


def thread(said: Sequence[Heard], rows: Sequence[AuditRow]) -> list[Entry]:
    """Return both in the order in which they were; at one moment, words come before what they led to."""
    words = [Entry(at=each.heard_at, who=field(each.author), text=each.text,
                   where=SURFACES.get(each.provider, f"in {field(each.provider)}")) for each in said]
    return sorted([*words, *happened(rows)], key=lambda entry: (entry.at, not entry.text))


def happened(rows: Sequence[AuditRow]) -> list[Entry]:
    found = []
    for row in rows:
        if row.event is None or row.at is None:
            continue
        what = _told(row.event.kind, row.event.facts)
        if what:
            found.append(Entry(at=row.at, who=field(row.event.actor), what=what))
    return found


def _told(kind: str, facts: Mapping[str, Json]) -> str:
    """Say what happened, behind the name of who did it; "" for what a conversation need not know."""
    match kind:
        case "start":
            return "started this" if not facts.get("rerunOf") else "started this again"
        case "ask":
            return f"asked for {_approvals(facts.get('required'))}"
        case "decide":
            verb = "approved" if facts.get("answer") == "approve" or facts.get("status") == "approved" else "rejected"
            acted = facts.get("actedBy")
            because = f": {field(str(facts['reason']))}" if facts.get("reason") else ""
            return f"{verb}{f', given by {field(str(acted))}' if acted else ''}{because}"
        case "reject":
            return "took it back"
        case "withdraw":
            return "withdrew their answer"
        case "expire":
            return "let it lapse: nobody had answered in time"
        case "stale":
            return "gave it up, because the run ended"
        case "cancel":
            return "ended this"
        case "gate":
            return "did not let it pass: what was approved does not hold any more" if facts.get("wrong") else ""
        case "undo":
            return "took back what was done"
        case "dispatch":
            return "handed it to a pipeline"
        case "settle":
            return f"closed this: {STATUS.get(str(facts.get('status')), field(str(facts.get('status')))).lower()}"
    return ""


def _approvals(required: Json) -> str:
    return "approval" if required in (None, 1) else f"{required} approvals"
