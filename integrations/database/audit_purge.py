"""What may be done to the audit's chains beside appending: a beginning gives way to a signed checkpoint."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, select

from core.domain.chains import Checkpoint, Link
from integrations.database.tables import audit, audit_checkpoints, executions
from integrations.database.upsert import insert_or_replace


class SqlAuditPurge:
    def __init__(self, connection: Connection):
        self._connection = connection

    def purgeable(self, project_id: str, before: datetime) -> int | None:
        mine = audit.c.project_id == project_id
        kept = select(func.min(audit.c.seq)).where(mine, audit.c.at >= before).scalar_subquery()
        of_live_runs = select(func.min(audit.c.seq)).join_from(audit, executions, executions.c.id == audit.c.execution_id).where(
            mine, executions.c.settled_at.is_(None)).scalar_subquery()
        last = select(func.max(audit.c.seq)).where(mine).scalar_subquery()
        row = self._connection.execute(select(kept, of_live_runs, last)).one()
        places = [place - 1 for place in row[:2] if place is not None]
        return min([*places, row[2]]) if row[2] is not None else None

    def link(self, project_id: str, seq: int) -> Link:
        row = select(audit.c.hash).where(audit.c.project_id == project_id, audit.c.seq == seq)
        return Link(seq=seq, hash=self._connection.execute(row).scalar_one())

    def keep(self, checkpoint: Checkpoint) -> None:
        insert_or_replace(self._connection, audit_checkpoints, {
            "project_id": checkpoint.project_id, "seq": checkpoint.seq, "hash": checkpoint.hash, "at": checkpoint.at,
            "signature": checkpoint.signature}, keys=("project_id", "seq"))

    def drop(self, project_id: str, upto: int) -> None:
        for table in (audit, audit_checkpoints):
            self._connection.execute(delete(table).where(table.c.project_id == project_id, table.c.seq <= upto))
