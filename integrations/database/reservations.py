"""Names that one transaction at a time may take: on SQLite there is one writer anyway."""

from sqlalchemy import Connection, Text, bindparam, func, select

_RESERVE = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("name", type_=Text), 0)))


def reserve(connection: Connection, name: str) -> None:
    """Wait for whoever else has reserved a name, and keep it until the transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(_RESERVE, {"name": name})
