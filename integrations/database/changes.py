"""Word from other processes on the same database: LISTEN and NOTIFY on PostgreSQL, the file's version on SQLite."""

import contextlib
import logging
import sqlite3
import threading
import time

import psycopg

from integrations.database.database import SqlDatabase

CHANNEL = "placet"
LOOK_EVERY = 0.1  # seconds; a look costs microseconds
log = logging.getLogger("placet.database")


class PostgresChanges:
    """Both connections are made when first needed, and made again after a failure."""

    def __init__(self, database: SqlDatabase):
        self._dsn = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._listening: psycopg.Connection[tuple[object, ...]] | None = None
        self._own: set[int] = set()
        self._wanted = threading.Event()
        self._closed = False
        threading.Thread(target=self._speak, name="placet-notify", daemon=True).start()

    def announce(self) -> None:
        self._wanted.set()

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        try:
            if self._listening is None or self._listening.closed:
                self._listening = psycopg.connect(self._dsn, autocommit=True, connect_timeout=10)
                self._listening.execute(f"LISTEN {CHANNEL}")
            while (left := until - time.monotonic()) > 0:
                if any(said.pid not in self._own for said in self._listening.notifies(timeout=left, stop_after=1)):
                    return
        except psycopg.Error:
            self._listening = None
            time.sleep(max(0.0, until - time.monotonic()))

    def close(self) -> None:
        self._closed = True
        self._wanted.set()
        if self._listening is not None:
            self._listening.close()

    def _speak(self) -> None:
        connection: psycopg.Connection[tuple[object, ...]] | None = None
        while True:
            self._wanted.wait()
            if self._closed:
                break
            self._wanted.clear()
            try:
                if connection is None or connection.closed:
                    connection = psycopg.connect(self._dsn, autocommit=True, connect_timeout=10)
                    self._own = {connection.info.backend_pid}
                connection.execute(f"NOTIFY {CHANNEL}")
            except psycopg.Error:
                log.warning("database.notify_failed")
                connection = None
                time.sleep(1)
        if connection is not None:
            connection.close()


class SqliteChanges:
    """Every commit of another connection changes the version, so nobody needs to announce anything."""

    def __init__(self, database: SqlDatabase):
        self._path = str(database.url.database)
        self._connection: sqlite3.Connection | None = None
        self._seen = 0

    def announce(self) -> None:
        return

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            with contextlib.suppress(sqlite3.Error):  # closed by now, or not to be read this once
                if self._changed():
                    return
            time.sleep(min(LOOK_EVERY, left))

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._connection is not None:
                self._connection.close()

    def _changed(self) -> bool:
        if self._connection is None:
            self._connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        before, self._seen = self._seen, self._connection.execute("PRAGMA data_version").fetchone()[0]
        return before != self._seen


def changes_of(database: SqlDatabase) -> PostgresChanges | SqliteChanges:
    return PostgresChanges(database) if database.postgres else SqliteChanges(database)
