"""INSERT ... ON CONFLICT, which both databases write alike and SQLAlchemy keeps apart."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Table, bindparam
from sqlalchemy.dialects import postgresql, sqlite

Insert = postgresql.Insert | sqlite.Insert


def insert_or_ignore(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its keys is taken; tell whether it was inserted."""
    result: CursorResult[Any] = connection.execute(_or_ignore(table, connection.dialect.name), row)
    return result.rowcount == 1


def insert_or_replace(connection: Connection, table: Table, row: Mapping[str, Any], *, keys: tuple[str, ...]) -> None:
    """Insert a whole row, or replace the one that has its keys."""
    connection.execute(or_replace(table, connection.dialect.name, keys), row)


def named(table: Table) -> dict[str, BindParameter[Any]]:
    """Return a parameter for each column, for a statement within another: their names are no column's, lest they be set elsewhere too."""
    return {column.name: bindparam(f"new_{column.name}", type_=column.type) for column in table.c}


def as_named(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row as the values of those parameters."""
    return {f"new_{name}": value for name, value in row.items()}


@cache
def or_replace(table: Table, dialect: str, keys: tuple[str, ...]) -> Insert:
    statement = insert_into(table, dialect)
    changed = {column.name: statement.excluded[column.name] for column in table.c if column.name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@cache
def _or_ignore(table: Table, dialect: str) -> Insert:
    return insert_into(table, dialect).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def insert_into(table: Table, dialect: str) -> Insert:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
