"""INSERT ... ON CONFLICT, which both databases write alike and SQLAlchemy keeps apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Table
from sqlalchemy.dialects import postgresql, sqlite


def insert_or_ignore(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its keys is taken; tell whether it was inserted."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    result: CursorResult[Any] = connection.execute(insert(table).on_conflict_do_nothing(), row)
    return result.rowcount == 1


def insert_or_replace(connection: Connection, table: Table, row: Mapping[str, Any], *, keys: Sequence[str]) -> None:
    """Insert a row, or replace the one that has its keys."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    connection.execute(statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in row if name not in keys}), row)
