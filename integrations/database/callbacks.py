"""What programs are told of runs, and what signs it."""

from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.engine import RowMapping

from core.domain.callbacks import Callback, Event, WebhookSecret
from integrations.database.conversation_tables import callbacks, closed_callbacks, webhook_secrets
from integrations.database.upsert import insert_or_ignore

CALLBACK = tuple(f.name for f in fields(Callback))
SECRET = tuple(f.name for f in fields(WebhookSecret))


class SqlCallbacks:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, callback: Callback) -> bool:
        return insert_or_ignore(self._connection, callbacks, asdict(callback))

    def get(self, callback_id: str) -> Callback | None:
        row = self._connection.execute(select(callbacks).where(callbacks.c.id == callback_id)).mappings().one_or_none()
        return _callback(row) if row else None

    def save(self, callback: Callback) -> None:
        self._connection.execute(update(callbacks).where(callbacks.c.id == callback.id).values(
            delivered_at=callback.delivered_at, set_aside_at=callback.set_aside_at, error=callback.error))

    def set_aside(self, limit: int) -> list[Callback]:
        aside = select(callbacks).where(callbacks.c.set_aside_at.is_not(None)).order_by(callbacks.c.set_aside_at.desc(), callbacks.c.id)
        return [_callback(row) for row in self._connection.execute(aside.limit(limit)).mappings()]

    def given_up(self) -> int:
        count: int = self._connection.execute(_GIVEN_UP).scalar_one()
        return count

    def close(self, execution_id: str, at: datetime, reason: str) -> None:
        insert_or_ignore(self._connection, closed_callbacks, {"execution_id": execution_id, "at": at, "reason": reason})

    def closed(self, execution_id: str) -> bool:
        found = select(closed_callbacks.c.execution_id).where(closed_callbacks.c.execution_id == execution_id)
        return self._connection.execute(found).scalar() is not None


_GIVEN_UP = select(func.count()).select_from(callbacks).where(
    callbacks.c.set_aside_at.is_not(None), callbacks.c.execution_id.not_in(select(closed_callbacks.c.execution_id)))


class SqlWebhookSecrets:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, secret: WebhookSecret) -> None:
        self._connection.execute(webhook_secrets.insert(), asdict(secret))

    def of_run(self, execution_id: str) -> list[WebhookSecret]:
        rows = self._connection.execute(select(webhook_secrets).where(webhook_secrets.c.execution_id == execution_id)).mappings()
        return [_secret(row) for row in rows]

    def of_project(self, project_id: str) -> list[WebhookSecret]:
        own = select(webhook_secrets).where(webhook_secrets.c.project_id == project_id, webhook_secrets.c.execution_id.is_(None))
        rows = self._connection.execute(own.order_by(webhook_secrets.c.made_at, webhook_secrets.c.id)).mappings()
        return [_secret(row) for row in rows]

    def drop(self, secret_id: str) -> None:
        self._connection.execute(delete(webhook_secrets).where(webhook_secrets.c.id == secret_id))


def _callback(row: RowMapping) -> Callback:
    return Callback(**{name: row[name] for name in CALLBACK} | {"event": Event(row["event"])})


def _secret(row: RowMapping) -> WebhookSecret:
    return WebhookSecret(**{name: row[name] for name in SECRET})
