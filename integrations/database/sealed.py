"""Every text that is sealed, wherever it stands."""

from sqlalchemy import Column, Connection, Table, or_, select, update

from core.ports.retention import SealedText
from integrations.database.conversation_tables import webhook_secrets
from integrations.database.tables import executions, schedules, steps

OF_STEPS = ("secrets", "result_secrets")


class SqlSealed:
    def __init__(self, connection: Connection):
        self._connection = connection

    def runs(self, after: str, limit: int) -> list[str]:
        own = select(executions.c.id).where(executions.c.secrets.is_not(None), executions.c.id > after)
        of_steps = select(steps.c.execution_id).where(
            or_(*(steps.c[name].is_not(None) for name in OF_STEPS)), steps.c.execution_id > after)
        both = own.union(of_steps).subquery()
        return list(self._connection.execute(select(both.c.id).order_by(both.c.id).limit(limit)).scalars())

    def lock(self, execution_id: str) -> bool:
        held = select(executions.c.held).where(executions.c.id == execution_id).with_for_update()
        return self._connection.execute(held).scalar() is False

    def of_run(self, execution_id: str) -> list[SealedText]:
        own = [SealedText(place=("executions", execution_id, "secrets"), text=text) for text in self._connection.execute(
            select(executions.c.secrets).where(executions.c.id == execution_id)).scalars() if text is not None]
        rows = self._connection.execute(
            select(steps.c.position, *(steps.c[name] for name in OF_STEPS)).where(steps.c.execution_id == execution_id))
        return own + [SealedText(place=("steps", execution_id, name, row["position"]), text=row[name])
                      for row in rows.mappings() for name in OF_STEPS if row[name] is not None]

    def of_schedules(self) -> list[SealedText]:
        sealed = select(schedules.c.name, schedules.c.secrets).where(schedules.c.secrets.is_not(None))
        rows = self._connection.execute(sealed.order_by(schedules.c.name).with_for_update())
        return [SealedText(place=("schedules", name, "secrets"), text=text) for name, text in rows]

    def of_webhooks(self) -> list[SealedText]:
        sealed = select(webhook_secrets.c.id, webhook_secrets.c.sealed).order_by(webhook_secrets.c.id)
        rows = self._connection.execute(sealed.with_for_update())
        return [SealedText(place=("webhook_secrets", secret_id, "sealed"), text=text) for secret_id, text in rows]

    def replace(self, sealed: SealedText, text: str) -> None:
        table, key, column, *position = sealed.place
        changed: tuple[Table, Column[str]] = _TABLES[str(table)]
        statement = update(changed[0]).where(changed[1] == key).values({str(column): text})
        if position:
            statement = statement.where(steps.c.position == position[0])
        self._connection.execute(statement)


_TABLES: dict[str, tuple[Table, Column[str]]] = {
    "executions": (executions, executions.c.id), "steps": (steps, steps.c.execution_id), "schedules": (schedules, schedules.c.name),
    "webhook_secrets": (webhook_secrets, webhook_secrets.c.id)}
