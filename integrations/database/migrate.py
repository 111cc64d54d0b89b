"""Brings a database to the schema that this code is written for, and refuses any other."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from core.errors import Unavailable
from integrations.database.database import SqlDatabase

MIGRATIONS = Path(__file__).parent / "migrations"
APPEND_ONLY = ("audit",)


@dataclass
class WrongSchema(Exception):
    """The database stands at another schema than the code. `newer`: at one that this code does not know."""

    found: str | None
    newer: bool

    def __str__(self) -> str:
        if self.newer:
            return f"The database is newer than this Placet (schema {self.found}): start the newer Placet, or restore the copy made before."
        state = f"older than this Placet (schema {self.found})" if self.found else "empty"
        return f"The database is {state}: run `placet migrate` first."


def check_schema(database: SqlDatabase) -> None:
    """Raise WrongSchema unless the database stands where the code does; Unavailable if it does not answer."""
    with _connected(database) as connection:
        found = _revision(connection)
    script = ScriptDirectory.from_config(_config())
    if found == script.get_current_head():
        return
    known = {revision.revision for revision in script.walk_revisions()}
    raise WrongSchema(found, newer=found is not None and found not in known)


def migrate(database: SqlDatabase, *, service_role: str | None = None) -> Path | None:
    """Upgrade in one transaction. A SQLite file that holds something is copied first; return the copy.

    `service_role`: the PostgreSQL role that the service uses where it is not the owner; it may read and change everything but the audit,
    to which it may only add.
    """
    try:
        check_schema(database)
    except WrongSchema as wrong:
        if wrong.newer:
            raise
        copy = _copy(database, wrong.found) if wrong.found else None
    else:
        copy = None
    with _connected(database) as connection:
        if database.postgres:
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('placet migrate'))"))
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if service_role is not None:
            _allow(connection, service_role)
    return copy


def service_role_of(owner_url: str, service_url: str) -> str | None:
    """Return the service's role where it is another than the owner's."""
    owner, service = make_url(owner_url).username, make_url(service_url).username
    return service if service != owner else None


def may_purge(database: SqlDatabase) -> bool:
    """Tell whether the role that the database is opened with may remove rows of the audit."""
    if not database.postgres:
        return True
    with database.read() as tx:
        return bool(tx.connection.execute(text("SELECT has_table_privilege('audit', 'DELETE')")).scalar())


def _allow(connection: Connection, role: str) -> None:
    name = connection.dialect.identifier_preparer.quote(role)
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"))
    for table in APPEND_ONLY:
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {name}"))


@contextmanager
def _connected(database: SqlDatabase) -> Iterator[Connection]:
    try:
        with database.writer.begin() as connection:
            yield connection
    except OperationalError as error:
        raise Unavailable("database") from error


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    return config


def _copy(database: SqlDatabase, revision: str) -> Path | None:
    if database.postgres:
        return None
    source = Path(str(database.url.database))
    copy = source.with_name(f"{source.name}.before-{revision}")
    with sqlite3.connect(source) as old, sqlite3.connect(copy) as new:
        old.backup(new)
    copy.chmod(0o600)
    return copy
