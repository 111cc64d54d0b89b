"""How the work stands, counted in the tables."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from core.domain.steps import State
from core.ports.figures import StuckUndo, Undelivered, Waiting
from integrations.database.approvals import OPEN
from integrations.database.conversation_tables import cards
from integrations.database.tables import approvals, executions, outbox, steps


class SqlFigures:
    def __init__(self, connection: Connection):
        self._connection = connection

    def open_approvals(self, now: datetime, ages: Sequence[timedelta]) -> list[int]:
        older = [func.count().filter(approvals.c.requested_at <= now - age) for age in ages]
        row = self._connection.execute(select(*older).where(OPEN, approvals.c.expires_at > now)).one()
        return [int(count) for count in row]

    def outbox(self) -> list[Waiting]:
        rows = self._connection.execute(select(outbox.c.kind, func.count(), func.min(outbox.c.created_at))
                                        .where(outbox.c.due_at.is_not(None)).group_by(outbox.c.kind).order_by(outbox.c.kind))
        return [Waiting(kind=kind, depth=depth, since=since) for kind, depth, since in rows]

    def undelivered(self, before: datetime, limit: int) -> list[Undelivered]:
        waiting = select(outbox.c.kind, outbox.c.execution_id, outbox.c.tries, outbox.c.error).where(
            outbox.c.created_at < before).order_by(outbox.c.created_at).limit(limit)
        return [Undelivered(kind=row.kind, execution_id=row.execution_id, tries=row.tries, error=row.error)
                for row in self._connection.execute(waiting)]

    def unreported(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        silent = select(executions.c.id, executions.c.flow).where(
            executions.c.report_by.is_not(None), executions.c.outcome.is_(None), executions.c.dispatched_at < before,
            executions.c.reported_at.is_(None)).order_by(executions.c.report_by).limit(limit)
        return [(row.id, row.flow) for row in self._connection.execute(silent)]

    def due(self, now: datetime) -> tuple[int, datetime | None]:
        due = select(func.count(), func.min(executions.c.due_at)).where(executions.c.due_at <= now)
        count, since = self._connection.execute(due).one()
        return count, since

    def failed_cards(self) -> int:
        of_open = select(func.count()).select_from(cards).join(approvals, approvals.c.id == cards.c.approval_id).where(
            OPEN, cards.c.failed.is_not(None))
        count: int = self._connection.execute(of_open).scalar_one()
        return count

    def stuck_undos(self, tries: int, limit: int) -> list[StuckUndo]:
        stuck = select(steps.c.execution_id, steps.c.key, steps.c.undo_tries).where(
            steps.c.undo_tries >= tries, steps.c.state != State.UNDONE).order_by(steps.c.undo_tries.desc()).limit(limit)
        return [StuckUndo(execution_id=row.execution_id, key=row.key, tries=row.undo_tries) for row in self._connection.execute(stuck)]
