"""Who has access, and by whose yes."""

from collections.abc import Collection
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Select, bindparam, func, select, update

from core.domain.approvals import Status, Verdict
from core.domain.people import Project
from core.ports.grants import Authority, Grant
from integrations.database.tables import answers, approvals, executions, grants, projects

GRANT = tuple(f.name for f in fields(Grant))
Access: TypeAlias = tuple[Grant, Project, Authority]


class SqlGrants:
    def __init__(self, connection: Connection):
        self._connection = connection

    def lock(self, effect_key: str) -> Grant | None:
        row = self._connection.execute(select(grants).where(grants.c.effect_key == effect_key).with_for_update()).mappings().one_or_none()
        return Grant(**{name: row[name] for name in GRANT}) if row else None

    def add(self, grant: Grant) -> None:
        self._connection.execute(grants.insert(), asdict(grant))

    def revoke(self, effect_key: str, at: datetime) -> None:
        self._connection.execute(update(grants).where(grants.c.effect_key == effect_key).values(revoked_at=at))

    def of_run(self, execution_id: str) -> list[Grant]:
        rows = self._connection.execute(_OF_RUN, {"run": execution_id}).mappings()
        return [Grant(**{name: row[name] for name in GRANT}) for row in rows]

    def live(self) -> list[Access]:
        return self._with_authority(_LIVE)

    def live_of(self, execution_id: str) -> list[Access]:
        return self._with_authority(_LIVE.where(grants.c.execution_id == execution_id))

    def live_in(self, project_ids: Collection[str] | None, *, limit: int, offset: int) -> tuple[list[Access], int]:
        wanted = _LIVE if project_ids is None else _LIVE.where(executions.c.project_id.in_(project_ids))
        count = self._connection.execute(select(func.count()).select_from(wanted.order_by(None).subquery())).scalar_one()
        return self._with_authority(wanted.limit(limit).offset(offset)), count

    def _with_authority(self, wanted: Select[Any]) -> list[Access]:
        rows = self._connection.execute(wanted).mappings().all()
        yes: dict[str, list[str]] = {}
        for said in self._connection.execute(
                select(approvals.c.execution_id, answers.c.email).join(answers, answers.c.approval_id == approvals.c.id)
                .where(approvals.c.execution_id.in_([row["execution_id"] for row in rows]), approvals.c.status == Status.APPROVED,
                       answers.c.verdict == Verdict.APPROVE, answers.c.withdrawn_at.is_(None)).order_by(answers.c.at)):
            yes.setdefault(said.execution_id, []).append(said.email)
        return [(Grant(**{name: row[name] for name in GRANT}), Project(id=row["project_id"], identifier=row["identifier"]),
                 Authority(yes=tuple(yes.get(row["execution_id"], ())),
                           break_glass=row["triggered_by"] if row["skip_reason"] is not None else None)) for row in rows]


_LIVE = (
    select(grants, projects.c.id.label("project_id"), projects.c.identifier, executions.c.skip_reason, executions.c.triggered_by)
    .join(executions, executions.c.id == grants.c.execution_id).join(projects, projects.c.id == executions.c.project_id)
    .where(grants.c.revoked_at.is_(None)).order_by(grants.c.until, grants.c.effect_key))
_OF_RUN = select(grants).where(grants.c.execution_id == bindparam("run")).order_by(grants.c.activated_at, grants.c.effect_key)
