"""The audit's chains, to be read."""

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Text, func, select, type_coerce, union

from core.domain.audit import Event
from core.domain.chains import AuditRow, Checkpoint, Link
from integrations.database.tables import audit as a
from integrations.database.tables import audit_checkpoints, audit_heads, executions


class SqlAuditChains:
    def __init__(self, connection: Connection):
        self._connection = connection

    def projects(self) -> list[str]:
        every = union(*(select(table.c.project_id) for table in (audit_heads, audit_checkpoints, a, executions)))
        return sorted(self._connection.execute(every).scalars())

    def bounds(self, project_id: str) -> tuple[int | None, int | None, Link | None]:
        first, last = self._connection.execute(select(func.min(a.c.seq), func.max(a.c.seq)).where(a.c.project_id == project_id)).one()
        head = self._connection.execute(
            select(audit_heads.c.seq, audit_heads.c.hash).where(audit_heads.c.project_id == project_id)).one_or_none()
        return first, last, Link(seq=head.seq, hash=head.hash) if head else None

    def rows(self, project_id: str, after: int, upto: int | None, limit: int) -> list[AuditRow]:
        wanted = select(*_AS_TEXT).where(a.c.project_id == project_id, a.c.seq > after).order_by(a.c.seq).limit(limit)
        if upto is not None:
            wanted = wanted.where(a.c.seq <= upto)
        return [_row(project_id, row) for row in self._connection.execute(wanted)]

    def latest(self, project_id: str, before: int | None, limit: int) -> list[AuditRow]:
        wanted = select(*_AS_TEXT).where(a.c.project_id == project_id).order_by(a.c.seq.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(a.c.seq < before)
        return [_row(project_id, row) for row in self._connection.execute(wanted)]

    def of_run(self, execution_id: str, limit: int) -> list[AuditRow]:
        wanted = select(*_AS_TEXT, a.c.project_id).where(a.c.execution_id == execution_id).order_by(a.c.seq.desc()).limit(limit)
        return [_row(row.project_id, row) for row in self._connection.execute(wanted)][::-1]

    def checkpoints(self, project_id: str) -> list[Checkpoint]:
        c = audit_checkpoints.c
        found = self._connection.execute(select(audit_checkpoints).where(c.project_id == project_id).order_by(c.seq))
        return [Checkpoint(**row) for row in found.mappings()]


_AS_TEXT = (a.c.seq, type_coerce(a.c.at, a.c.hash.type).label("at"), a.c.kind, a.c.actor, a.c.execution_id, a.c.approval_id, a.c.hash,
            type_coerce(a.c.facts, Text).label("facts"))


def _row(project_id: str, row: Row[Any]) -> AuditRow:
    """Understand a row with which anything may have been done."""
    try:
        at = row.at.astimezone(UTC) if isinstance(row.at, datetime) else datetime.fromisoformat(row.at)
        event = Event(kind=row.kind, actor=row.actor, project_id=project_id, execution_id=row.execution_id, approval_id=row.approval_id,
                      facts=dict(json.loads(row.facts)))
    except (TypeError, ValueError, RecursionError):
        return AuditRow(seq=row.seq, at=None, event=None, hash=row.hash)
    return AuditRow(seq=row.seq, at=at, event=event, hash=row.hash)
