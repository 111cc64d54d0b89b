"""The audit: rows that each vouch for the one before, one chain a project."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from core.domain.executions import Execution
from core.domain.json import Json, canonical, timestamp

BEGINNING = "0" * 64
HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What happened. `kind` is `security` for a refusal that touches a decision; `actor` an e-mail, `app:<name>` or `placet`."""

    kind: str
    actor: str
    project_id: str = ""
    execution_id: str | None = None
    approval_id: str | None = None
    facts: Mapping[str, Json] = field(default_factory=dict)


def event_of(execution: Execution, kind: str, actor: str = "placet", *, approval_id: str | None = None, **facts: Json) -> Event:
    """Return what happened to a run."""
    return Event(kind=kind, actor=actor, project_id=execution.project_id, execution_id=execution.id, approval_id=approval_id, facts=facts)


def as_notice(event: Event) -> Event:
    """Return what happened as something that owners are told of."""
    return replace(event, facts={**event.facts, "severity": HIGH})


def is_notice(event: Event) -> bool:
    return event.facts.get("severity") == HIGH


def chain(previous: str, seq: int, at: datetime, event: Event) -> str:
    """Return the hash of a row, which holds the hash of the row before it."""
    return hashlib.sha256(canonical({
        "previous": previous, "seq": seq, "at": timestamp(at), "kind": event.kind, "actor": event.actor, "project": event.project_id,
        "execution": event.execution_id, "approval": event.approval_id, "facts": event.facts,
    })).hexdigest()
