"""Approvals and their answers."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Text, Update, bindparam, case, func, or_, select, update

from core.domain.approvals import Answer, Approval, Status
from core.domain.executions import Status as RunStatus
from integrations.database.leases import ring_statement
from integrations.database.rows import answer_from_row, answer_to_row, approval_from_row, approval_to_row
from integrations.database.session import Session
from integrations.database.tables import answers, approvals, executions
from integrations.database.upsert import Insert, or_replace

CHUNK = 5_000  # ids in one IN


class SqlApprovals:
    def __init__(self, session: Session):
        self._session = session
        self._connection = session.connection

    def add(self, approval: Approval) -> None:
        self._connection.execute(approvals.insert(), approval_to_row(approval))

    def lock(self, execution_id: str, gate: str | None = None) -> Approval | None:
        row = self._connection.execute(_LOCK, {"run": execution_id, "gate": gate}).mappings().one_or_none()
        return approval_from_row(row, _answers(self._connection, [row["id"]]).get(row["id"], [])) if row else None

    def save(self, approval: Approval, answer: Answer | None = None) -> None:
        self._do([_saved(approval), *self._given(approval, answer)])

    def end(self, approval: Approval, answer: Answer | None = None) -> None:
        rung = ring_statement(self._session, approval.execution_id).values(
            status=case((executions.c.status == RunStatus.SUSPENDED, RunStatus.RUNNING), else_=executions.c.status))
        self._do([_saved(approval), *self._given(approval, answer), rung])
        self._session.rung.append(approval.execution_id)

    def last_answer(self, execution_id: str, person_id: str, but: str) -> Answer | None:
        row = self._connection.execute(_LAST_ANSWER, {"run": execution_id, "person": person_id, "but": but}).mappings().one_or_none()
        return answer_from_row(row) if row else None

    def _given(self, approval: Approval, answer: Answer | None) -> list[Insert]:
        if answer is None:
            return []
        statement = or_replace(answers, self._connection.dialect.name, ("approval_id", "person_id"))
        return [statement.values(answer_to_row(approval.id, answer))]

    def _do(self, changes: Sequence[Insert | Update]) -> None:
        """Make changes of different rows: on PostgreSQL as one statement."""
        if self._session.postgres:
            self._connection.execute(select(1).add_cte(*(change.cte(f"change_{n}") for n, change in enumerate(changes))))
            return
        for change in changes:
            self._connection.execute(change)


def _saved(approval: Approval) -> Update:
    return update(approvals).where(approvals.c.id == approval.id).values(
        status=approval.status, resolved_by=approval.resolved_by, resolved_at=approval.resolved_at, reason=approval.reason)


_LOCK = (select(approvals)
         .where(approvals.c.execution_id == bindparam("run"),
                or_(bindparam("gate", type_=Text).is_(None), approvals.c.gate == bindparam("gate", type_=Text)))
         .order_by((approvals.c.status == Status.PENDING).desc(), approvals.c.requested_at.desc(), approvals.c.id.desc())
         .limit(1).with_for_update())
_LAST_ANSWER = (select(answers).join(approvals, approvals.c.id == answers.c.approval_id)
                .where(approvals.c.execution_id == bindparam("run"), approvals.c.id != bindparam("but"),
                       answers.c.person_id == bindparam("person"))
                .order_by(answers.c.at.desc()).limit(1))


class SqlApprovalSearch:
    def __init__(self, connection: Connection):
        self._connection = connection

    def get(self, approval_id: str) -> Approval | None:
        return self._one(select(approvals).where(approvals.c.id == approval_id))

    def of_run(self, execution_id: str) -> list[Approval]:
        return self._many(select(approvals).where(approvals.c.execution_id == execution_id)
                          .order_by(approvals.c.requested_at.desc(), approvals.c.id.desc()))

    def of_runs(self, execution_ids: Collection[str]) -> dict[str, Approval]:
        newest_last = self._many(select(approvals).where(approvals.c.execution_id.in_(execution_ids))
                                 .order_by(approvals.c.status == Status.PENDING, approvals.c.requested_at, approvals.c.id))
        return {approval.execution_id: approval for approval in newest_last}

    def by_ref(self, ref: str) -> Approval | None:
        return self._one(select(approvals).where(approvals.c.ref == ref.upper())
                         .order_by((approvals.c.status == Status.PENDING).desc(), approvals.c.requested_at.desc()).limit(1))

    def by_event_key(self, event_key: str) -> Approval | None:
        return self._one(select(approvals).where(approvals.c.event_key == event_key, approvals.c.status == Status.PENDING))

    def open(self, project_ids: Collection[str] | None, now: datetime) -> Iterable[Approval]:
        wanted = select(approvals).where(approvals.c.status == Status.PENDING, approvals.c.expires_at > now)
        if project_ids is not None:
            wanted = wanted.where(approvals.c.project_id.in_(project_ids))
        return self._many(wanted.order_by(approvals.c.requested_at, approvals.c.id))

    def overdue(self, now: datetime, limit: int) -> list[Approval]:
        return self._many(select(approvals).where(approvals.c.status == Status.PENDING, approvals.c.expires_at <= now).limit(limit))

    def open_of_requester(self, person_id: str) -> int:
        return self._connection.execute(select(func.count()).select_from(approvals).where(
            approvals.c.status == Status.PENDING, approvals.c.requester_id == person_id)).scalar_one()

    def _one(self, wanted: Select[Any]) -> Approval | None:
        found = self._many(wanted)
        return found[0] if found else None

    def _many(self, wanted: Select[Any]) -> list[Approval]:
        rows = self._connection.execute(wanted).mappings().all()
        given = _answers(self._connection, [row["id"] for row in rows])
        return [approval_from_row(row, given.get(row["id"], [])) for row in rows]


def _answers(connection: Connection, approval_ids: Sequence[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for start in range(0, len(approval_ids), CHUNK):
        wanted = select(answers).where(answers.c.approval_id.in_(approval_ids[start:start + CHUNK])).order_by(answers.c.at)
        for row in connection.execute(wanted).mappings():
            found.setdefault(row["approval_id"], []).append(row)
    return found
