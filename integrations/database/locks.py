"""Resources that one run has at a time, and who waits for them."""

from datetime import datetime

from sqlalchemy import and_, bindparam, delete, select, union, update

from core.ports.locks import Standing
from integrations.database.session import Session
from integrations.database.tables import lock_queue, locks
from integrations.database.upsert import insert_or_ignore


class SqlLocks:
    def __init__(self, session: Session):
        self._connection = session.connection

    def lock(self, project_id: str, resource: str) -> Standing:
        this = {"project": project_id, "wanted": resource}
        insert_or_ignore(self._connection, locks, {"project_id": project_id, "resource": resource})
        owner = self._connection.execute(_LOCK, this).scalar_one()
        return Standing(owner=owner, waiting=tuple(self._connection.execute(_WAITING, this).scalars()))

    def take(self, project_id: str, resource: str, execution_id: str, at: datetime) -> None:
        this = {"project": project_id, "wanted": resource, "run": execution_id}
        self._connection.execute(_TAKE, {**this, "at": at})
        self._connection.execute(_LEAVE, this)

    def wait(self, project_id: str, resource: str, execution_id: str, at: datetime) -> None:
        insert_or_ignore(self._connection, lock_queue, {
            "project_id": project_id, "resource": resource, "execution_id": execution_id, "since": at})

    def leave(self, execution_id: str) -> list[str]:
        first: list[str] = []
        for project_id, resource in self._connection.execute(_PLACES, {"run": execution_id}).all():
            standing = self.lock(project_id, resource)
            this = {"project": project_id, "wanted": resource, "run": execution_id}
            self._connection.execute(_LEAVE, this)
            if standing.owner == execution_id:
                self._connection.execute(_FREE, this)
            waiting = [each for each in standing.waiting if each != execution_id]
            if standing.owner in (None, execution_id) and waiting:
                first.append(waiting[0])
        return first


_THIS = and_(locks.c.project_id == bindparam("project"), locks.c.resource == bindparam("wanted"))
_QUEUE = and_(lock_queue.c.project_id == bindparam("project"), lock_queue.c.resource == bindparam("wanted"))
_LOCK = select(locks.c.execution_id).where(_THIS).with_for_update()
_WAITING = select(lock_queue.c.execution_id).where(_QUEUE).order_by(lock_queue.c.since, lock_queue.c.execution_id)
_TAKE = update(locks).where(_THIS).values(execution_id=bindparam("run"), taken_at=bindparam("at", type_=locks.c.taken_at.type))
_FREE = update(locks).where(_THIS).values(execution_id=None, taken_at=None, ticket_id=None)
_LEAVE = delete(lock_queue).where(_QUEUE, lock_queue.c.execution_id == bindparam("run"))
_PLACES = union(
    select(locks.c.project_id, locks.c.resource).where(locks.c.execution_id == bindparam("run")),
    select(lock_queue.c.project_id, lock_queue.c.resource).where(lock_queue.c.execution_id == bindparam("run")),
).order_by("project_id", "resource")
