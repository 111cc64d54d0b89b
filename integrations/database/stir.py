"""What shows that something has moved: a few numbers for each run and project, all in four statements."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, case, func, select

from core.domain.executions import Status
from integrations.database.conversation_tables import messages
from integrations.database.tables import audit, audit_heads
from integrations.database.tables import executions as e


class SqlStir:
    def __init__(self, connection: Connection):
        self._connection = connection

    def look(self, runs: Collection[str], projects: Collection[str]) -> dict[str, tuple[object, ...]]:
        found: dict[str, tuple[object, ...]] = {}
        if projects:
            found |= {row.project_id: (row.seq,) for row in self._connection.execute(_PROJECTS, {"projects": list(projects)})}
        if runs:
            for statement in (_RUNS, _ROWS, _BELOW, _SAID):
                for this, *numbers in self._connection.execute(statement, {"runs": list(runs)}):
                    found[this] = (*found.get(this, ()), *numbers)
        return found


_THESE: BindParameter[Any] = bindparam("runs", expanding=True)
_PROJECTS = select(audit_heads.c.project_id, audit_heads.c.seq).where(audit_heads.c.project_id.in_(bindparam("projects", expanding=True)))
_RUNS = select(e.c.id, e.c.status, e.c.log_end, e.c.attempt, e.c.wake).where(e.c.id.in_(_THESE))
_ROWS = select(audit.c.execution_id, func.max(audit.c.seq)).where(audit.c.execution_id.in_(_THESE)).group_by(audit.c.execution_id)
_BELOW = (select(e.c.parent_id, func.count(), func.sum(e.c.attempt), func.count(e.c.ended_at),
                 func.sum(case((e.c.status == Status.SUSPENDED.value, 1), else_=0))).where(e.c.parent_id.in_(_THESE))
          .group_by(e.c.parent_id))
_SAID = (select(messages.c.execution_id, func.count()).where(messages.c.execution_id.in_(_THESE)).group_by(messages.c.execution_id))
