"""Which key gave which account what."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, select

from core.ports.access_keys import AccessKey, Where
from integrations.database.conversation_tables import access_keys as k
from integrations.database.upsert import insert_or_replace


class SqlAccessKeys:
    def __init__(self, connection: Connection):
        self._connection = connection

    def lock(self, effect_key: str) -> AccessKey | None:
        row = self._connection.execute(select(k).where(k.c.effect_key == effect_key).with_for_update()).mappings().one_or_none()
        return _key(row) if row else None

    def save(self, key: AccessKey) -> None:
        insert_or_replace(self._connection, k, {
            "effect_key": key.effect_key, "provider": key.provider, "account": key.account, "subject": key.subject,
            "target": key.where.target, "level": key.where.level, "begun_at": key.begun_at, "revoked_at": key.revoked_at,
        }, keys=("effect_key",))

    def of(self, provider: str, where: Where, account: str | None = None) -> Sequence[AccessKey]:
        wanted = select(k).where(k.c.provider == provider, k.c.target == where.target, k.c.level == where.level)
        if account is not None:
            wanted = wanted.where(k.c.account == account)
        return [_key(row) for row in self._connection.execute(wanted.order_by(k.c.effect_key)).mappings()]

    def places(self, provider: str) -> Sequence[Where]:
        found = self._connection.execute(
            select(k.c.target, k.c.level).where(k.c.provider == provider, k.c.begun_at.is_not(None)).distinct()
            .order_by(k.c.target, k.c.level))
        return [Where(target=row.target, level=row.level) for row in found]


def _key(row: RowMapping) -> AccessKey:
    return AccessKey(
        effect_key=row["effect_key"], provider=row["provider"], account=row["account"], subject=row["subject"],
        where=Where(target=row["target"], level=row["level"]), begun_at=row["begun_at"], revoked_at=row["revoked_at"])
