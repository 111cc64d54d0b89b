"""What has been over for long, and its removal."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, bindparam, delete, select, update

from core.ports.retention import Tree
from integrations.database.approvals import OPEN
from integrations.database.conversation_tables import (
    callbacks,
    cards,
    closed_callbacks,
    mails,
    messages,
    reconciled,
    reminders,
    webhook_secrets,
)
from integrations.database.tables import (
    answers,
    approvals,
    conversations,
    engine_runs,
    executions,
    grants,
    lock_queue,
    log_lines,
    steps,
    tokens,
)

OF_APPROVALS = (answers, conversations, cards, reminders, reconciled, mails)
OF_RUNS = (messages, callbacks, closed_callbacks, webhook_secrets, log_lines, approvals, grants, steps, engine_runs, lock_queue)
CHUNK = 500


class SqlRetention:
    def __init__(self, connection: Connection):
        self._connection = connection

    def old_roots(self, before: datetime, after: str, limit: int) -> list[str]:
        old = select(executions.c.id).where(
            executions.c.parent_id.is_(None), executions.c.settled_at < before, executions.c.id > after).order_by(executions.c.id)
        return list(self._connection.execute(old.limit(limit)).scalars())

    def lock_trees(self, roots: Sequence[str]) -> list[Tree]:
        of, last, generation = dict[str, str](), dict[str, datetime | None](), list[str]()
        for ids in _chunks(roots):
            for run in self._connection.execute(_LOCK_ROOTS, {"ids": list(ids)}):
                of[run.id], last[run.id] = run.id, run.settled_at
                generation.append(run.id)
        while generation:
            below = []
            for ids in _chunks(generation):
                for child in self._connection.execute(_LOCK_BELOW, {"ids": list(ids)}):
                    root = of[child.id] = of[child.parent_id]
                    until = last[root]
                    last[root] = max(until, child.settled_at) if until is not None and child.settled_at is not None else None
                    below.append(child.id)
            generation = below
        runs: dict[str, list[str]] = {root: [] for root in last}
        for run_id, root in of.items():
            runs[root].append(run_id)
        return [Tree(runs=tuple(found), settled_at=last[root]) for root, found in runs.items()]

    def kept(self, execution_ids: Sequence[str]) -> set[str]:
        return {run for ids in _chunks(execution_ids) for run in self._connection.execute(_KEPT, {"ids": list(ids)}).scalars()}

    def remove(self, execution_ids: Sequence[str]) -> None:
        """Remove all that belongs to the runs; a rerun of one of them is then a rerun of nothing."""
        for ids in _chunks(execution_ids):
            of_these = select(approvals.c.id).where(approvals.c.execution_id.in_(ids))
            for of_approval in OF_APPROVALS:
                self._connection.execute(delete(of_approval).where(of_approval.c.approval_id.in_(of_these)))
            for table in OF_RUNS:
                self._connection.execute(delete(table).where(table.c.execution_id.in_(ids)))
            self._connection.execute(update(executions).where(executions.c.rerun_of.in_(ids)).values(rerun_of=None))
        for ids in reversed(list(_chunks(execution_ids))):  # children after their parents in the list, so before them here
            self._connection.execute(delete(executions).where(executions.c.id.in_(ids)))

    def forget_tokens(self, before: datetime) -> int:
        result: CursorResult[Any] = self._connection.execute(delete(tokens).where(tokens.c.expires_at < before))
        return result.rowcount


_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_LOCK_ROOTS = select(executions.c.id, executions.c.settled_at).where(executions.c.id.in_(_IDS)).order_by(executions.c.id).with_for_update()
_LOCK_BELOW = (select(executions.c.id, executions.c.parent_id, executions.c.settled_at).where(executions.c.parent_id.in_(_IDS))
               .order_by(executions.c.id).with_for_update())
_KEPT = (select(approvals.c.execution_id).where(OPEN, approvals.c.execution_id.in_(_IDS))
         .union_all(select(grants.c.execution_id).where(grants.c.revoked_at.is_(None), grants.c.execution_id.in_(_IDS))))


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start:start + CHUNK]
