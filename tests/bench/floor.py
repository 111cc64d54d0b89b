"""The floor: a bare FastAPI and SQLAlchemy Core service that writes the rows that Placet writes, and checks nothing.

`python -m tests.bench.floor URL PORT`, on a database that has Placet's tables, people and projects.
"""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import Connection, create_engine, insert, select, update
from uuid_utils import uuid7
from uvicorn import run

from core.domain.audit import BEGINNING
from integrations.database.database import database_url
from integrations.database.tables import answers, approvals, audit, audit_heads, executions, people, projects

POOL = 8


class Creation(BaseModel):
    taskId: str
    requestedBy: str
    context: dict[str, Any]
    callback: dict[str, Any]


class Answer(BaseModel):
    approver: str
    approverEmail: str


def build_app(url: str) -> FastAPI:
    engine = create_engine(database_url(url), pool_size=POOL, max_overflow=0)
    app = FastAPI()
    with engine.connect() as connection:
        project_ids = {row.identifier: row.id for row in connection.execute(select(projects))}
        person_ids = {row.email: row.id for row in connection.execute(select(people))}

    @app.get("/ready")
    def ready() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/approvals", status_code=201)
    def create(body: Creation) -> dict[str, Any]:
        now, run_id, approval_id = datetime.now(UTC), str(uuid7()), str(uuid7())
        project_id = project_ids[body.callback["repositoryIdentifier"]]
        with engine.begin() as connection:
            connection.execute(insert(executions), {
                "id": run_id, "project_id": project_id, "mode": "foreign", "flow": "deploy", "flow_version": 1, "task_type": "deploy",
                "category": "other", "payload": {}, "callback": body.callback, "task_id": body.taskId, "triggered_by": "app:bench",
                "initiators": ["app:bench"], "scheduled": False, "status": "suspended", "created_at": now, "started_at": now, "wake": 0,
                "held": False, "attempt": 0, "lost": 0, "log_end": 0})
            connection.execute(insert(approvals), {
                "id": approval_id, "ref": approval_id[-8:], "execution_id": run_id, "project_id": project_id, "gate": "",
                "question": "deploy", "requested_by": body.requestedBy, "requester_id": person_ids[body.requestedBy], "requested_at": now,
                "expires_at": now + timedelta(hours=24), "required": 1, "approvers": [], "excluded": ["app:bench", body.requestedBy],
                "self_approval": False, "context": body.context, "callback": body.callback, "digest": BEGINNING, "status": "pending"})
            _extend(connection, project_id, now, run_id, approval_id, {"start": {"flow": "deploy"}, "ask": {"question": "deploy"}})
        return {"id": run_id, "status": "pending", "requestedAt": now, "context": body.context}

    @app.post("/approvals/{run_id}/approve")
    def approve(run_id: str, body: Answer) -> dict[str, Any]:
        now = datetime.now(UTC)
        with engine.begin() as connection:
            approval = connection.execute(select(approvals).where(
                approvals.c.execution_id == run_id, approvals.c.status == "pending").with_for_update()).one()
            connection.execute(update(approvals).where(approvals.c.id == approval.id).values(
                status="approved", resolved_by=body.approverEmail, resolved_at=now))
            connection.execute(insert(answers), {
                "approval_id": approval.id, "person_id": person_ids[body.approverEmail], "email": body.approverEmail, "verdict": "approve",
                "surface": "rest", "name": body.approver, "at": now})
            connection.execute(update(executions).where(executions.c.id == run_id).values(status="running", wake=executions.c.wake + 1))
            _extend(connection, approval.project_id, now, run_id, approval.id, {"decide": {"status": "approved", "by": body.approverEmail}})
        return {"id": run_id, "status": "approved", "resolvedAt": now, "context": approval.context}

    return app


def _extend(connection: Connection, project_id: str, now: datetime, run_id: str, approval_id: str, facts: Mapping[str, Any]) -> None:
    last = connection.execute(update(audit_heads).where(audit_heads.c.project_id == project_id)
                              .values(seq=audit_heads.c.seq + len(facts)).returning(audit_heads.c.seq)).scalar_one()
    connection.execute(insert(audit), [
        {"project_id": project_id, "seq": last - number, "at": now, "kind": kind, "actor": "bench", "execution_id": run_id,
         "approval_id": approval_id, "facts": said, "hash": BEGINNING}
        for number, (kind, said) in enumerate(facts.items())])


if __name__ == "__main__":
    run(build_app(sys.argv[1]), host="127.0.0.1", port=int(sys.argv[2]), access_log=False, log_level="warning")
