"""Locks by the ticket under which somebody else's engine knows them."""

from sqlalchemy import Connection, and_, bindparam, select, update

from integrations.database.reservations import reserve
from integrations.database.tables import executions, locks


class SqlTrackedLocks:
    def __init__(self, connection: Connection):
        self._connection = connection

    def place(self, ticket_id: str) -> tuple[str, str] | None:
        reserve(self._connection, f"ticket {ticket_id}")
        row = self._connection.execute(_PLACE, {"ticket": ticket_id}).one_or_none()
        return (row.project_id, row.resource) if row else None

    def name(self, project_id: str, resource: str, ticket_id: str) -> None:
        self._connection.execute(_UNNAME, {"ticket": ticket_id})
        self._connection.execute(_NAME, {"project": project_id, "wanted": resource, "new_ticket": ticket_id})

    def free(self, project_id: str, resource: str) -> None:
        self._connection.execute(_FREE, {"project": project_id, "wanted": resource})

    def of_settled(self, limit: int) -> list[str]:
        return list(self._connection.execute(_OF_SETTLED.limit(limit)).scalars())


_THIS = and_(locks.c.project_id == bindparam("project"), locks.c.resource == bindparam("wanted"))
_PLACE = select(locks.c.project_id, locks.c.resource).where(locks.c.ticket_id == bindparam("ticket"))
_NAME = update(locks).where(_THIS).values(ticket_id=bindparam("new_ticket"))
_UNNAME = update(locks).where(locks.c.ticket_id == bindparam("ticket")).values(ticket_id=None)
_FREE = update(locks).where(_THIS).values(execution_id=None, taken_at=None, ticket_id=None)
_OF_SETTLED = (select(locks.c.execution_id).join(executions, executions.c.id == locks.c.execution_id)
               .where(executions.c.settled_at.is_not(None)).distinct())
