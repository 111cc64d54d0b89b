"""Announcements, put into the outbox with what they tell of, as far as somebody wants to know of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Text, bindparam, literal, or_, select, type_coerce
from sqlalchemy.sql.dml import Insert
from uuid_utils import uuid7

from core.domain.announcements import announcements
from core.domain.audit import Event
from core.domain.effects import Announce
from integrations.database.outbox import NAMES
from integrations.database.session import Session
from integrations.database.tables import approvals, conversations, executions, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """Who wants to know: conversations of these `providers`, callbacks, everybody who is asked or asks (`everybody`), and `mirrors`: issues
    that show how a run stands.

    A run of which nobody wants to know has nothing in the outbox.
    """

    providers: frozenset[str] = frozenset()
    callbacks: bool = False
    everybody: bool = False
    mirrors: frozenset[str] = frozenset()

    def of(self, events: Sequence[Event]) -> list[Announce]:
        """Return what these events announce; nothing where nobody can want to know of anything."""
        return announcements(events) if self.providers or self.callbacks or self.everybody or self.mirrors else []

    def wanted(self, run: BindParameter[str]) -> ColumnElement[bool]:
        """Return whether somebody wants to know of a run, as an expression."""
        return or_(*_wanted(self, run))

    def put(self, session: Session, found: Sequence[Announce], at: datetime) -> None:
        """Put what is announced of runs of which somebody wants to know."""
        rows = [{"new_id": str(uuid7()), "new_kind": NAMES[type(each)], "new_run": each.execution_id, "new_content": asdict(each),
                 "new_at": at} for each in found]
        put = session.connection.execute(_statement(self), rows if len(rows) > 1 else rows[0])
        session.posted |= len(rows) > 1 or put.rowcount > 0  # how many of several were put is not told


NOBODY = Announcing()


@cache
def _statement(to: Announcing) -> Insert:
    run, at = bindparam("new_run", type_=outbox.c.execution_id.type), bindparam("new_at", type_=outbox.c.due_at.type)
    values: dict[str, Any] = {
        "id": bindparam("new_id", type_=outbox.c.id.type), "kind": bindparam("new_kind", type_=outbox.c.kind.type), "execution_id": run,
        "content": bindparam("new_content", type_=outbox.c.content.type), "created_at": at, "due_at": at, "tries": literal(0)}
    wanted = select(*values.values()).where(to.wanted(run))
    return outbox.insert().from_select(list(values), wanted, include_defaults=False).execution_options(preserve_rowcount=True)


def _wanted(to: Announcing, run: Any) -> list[ColumnElement[bool]]:
    """Return who may want to know of a run, as conditions."""
    asked = approvals.c.execution_id == run
    found: list[ColumnElement[bool]] = []
    if to.providers:
        here = or_(*(conversations.c.key.startswith(f"{provider}:", autoescape=True) for provider in sorted(to.providers)))
        found.append(select(1).select_from(conversations).join(approvals, approvals.c.id == conversations.c.approval_id).where(
            asked, here).exists())
    if to.callbacks:
        found.append(select(1).where(executions.c.id == run, _leads_to(executions.c.callback, "webhook")).exists())
        found.append(select(1).where(asked, _leads_to(approvals.c.callback, "webhook")).exists())
    if to.everybody:
        found.append(select(1).where(asked).exists())
    for provider in sorted(to.mirrors):
        issue = or_(_leads_to(executions.c.callback, provider), executions.c.work_item_type.startswith(f"{provider}-", autoescape=True))
        found.append(select(1).where(executions.c.id == run, issue).exists())
    return found


def _leads_to(callback: ColumnElement[Any], type: str) -> ColumnElement[bool]:
    return type_coerce(callback, Text).contains(f'"type":"{type}"', autoescape=True)
