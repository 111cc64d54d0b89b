"""One database, SQLite or PostgreSQL: its engines, and transactions on them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from shutil import disk_usage
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.domain.audit import Event
from core.errors import Unavailable
from integrations.database.announcing import NOBODY, Announcing
from integrations.database.clock import Clock, PostgresClock, SqliteClock
from integrations.database.cursors import BriefCursor
from integrations.database.session import Session
from integrations.database.tables import marks
from integrations.database.transaction import SqlTransaction
from integrations.database.upsert import insert_or_replace

READ_ONLY = "25006"  # https://www.postgresql.org/docs/current/errcodes-appendix.html
FULL = ("53100", "58030")  # disk_full, io_error
FULL_SQLITE = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR)
LARGE = 64 * 1024  # bytes: a database finds room for little without asking its disk
WRITTEN = "written"  # the mark whose value says nothing
LONGEST_WAIT = 10  # seconds: for a connection of the pool, for SQLite's lock


def database_url(text: str) -> URL:
    """Return the URL with the driver we use; raise ValueError for a database that is neither SQLite nor PostgreSQL."""
    url = make_url(text)
    match url.get_backend_name():
        case "sqlite":
            return url.set(drivername="sqlite+pysqlite")
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
    raise ValueError(f"{url.get_backend_name()} is neither sqlite nor postgresql")


@dataclass
class WrongEncoding(Exception):
    """A PostgreSQL that does not keep texts as UTF-8 would refuse some, or give others back as they were not."""

    found: str

    def __str__(self) -> str:
        return (f"The database keeps texts as {self.found}, and Placet needs UTF8: make one with "
                "CREATE DATABASE placet ENCODING 'UTF8' TEMPLATE template0.")


class SqlDatabase:
    """SQLite writers take turns on one connection; PostgreSQL's share a pool that does not overflow.

    After a commit, `nudge` is told of each run that it rang, `post` is called if it put something into the outbox, and `tell` hears of each
    row of the audit. `announcing`: for whom its rows are announced, in the same transaction. `full`: the disk has refused something, and
    nothing large was written on trial since.
    """

    def __init__(self, url: str, *, pool_size: int = 8, nudge: Callable[[str], None] = lambda _: None,
                 post: Callable[[], None] = lambda: None, tell: Callable[[Event], None] = lambda _: None, clock: Clock | None = None):
        self.url = database_url(url)
        self.nudge = nudge
        self.post = post
        self.tell = tell
        self.announcing: Announcing = NOBODY
        self.full = False
        self.postgres = self.url.get_backend_name() == "postgresql"
        self.clock: Clock = clock or (PostgresClock() if self.postgres else SqliteClock())
        if self.postgres:
            self.writer: Engine = create_engine(
                self.url, pool_size=pool_size, max_overflow=0, pool_timeout=LONGEST_WAIT, hide_parameters=True, pool_use_lifo=True,
                connect_args={"connect_timeout": LONGEST_WAIT, "application_name": "placet", "client_encoding": "utf8",
                              "cursor_factory": BriefCursor})
            event.listen(self.writer, "connect", _refuse_other_encodings)
            self.reader: Engine = self.writer.execution_options(isolation_level="AUTOCOMMIT")
        else:
            self.writer = _sqlite_engine(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self.reader = _sqlite_engine(self.url, pool_size=pool_size, begin="BEGIN", read_only=True)

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        with self._answering(), self.writer.begin() as connection:
            tx = SqlTransaction(Session(connection, self.clock, writing=True), self.announcing)
            yield tx
            tx.finish()
        for execution_id in tx.session.rung:
            self.nudge(execution_id)
        if tx.session.posted:
            self.post()
        for written in tx.audit.written:
            self.tell(written)

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        with self._answering(), self.reader.begin() as connection:
            yield SqlTransaction(Session(connection, self.clock, writing=False))

    def recall(self, name: str) -> str | None:
        """Return a mark of the installation."""
        with self.read() as tx:
            return tx.connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar()

    def remember(self, name: str, value: str) -> None:
        with self.begin() as tx:
            insert_or_replace(tx.connection, marks, {"name": name, "value": value}, keys=("name",))

    def try_writing(self, *, large: bool, keep: bool) -> None:
        """Write what says nothing, and take it back unless it is kept. Raise Unavailable if that is refused."""
        with self._answering(), self.writer.connect() as connection:
            insert_or_replace(connection, marks, {"name": WRITTEN, "value": token_hex(LARGE // 2) if large else ""}, keys=("name",))
            if keep:
                connection.commit()
                self.full = self.full and not large

    @property
    def room(self) -> int | None:
        """How many bytes are left where the file of a SQLite is; None for a PostgreSQL, which does not say."""
        return None if self.postgres else disk_usage(Path(str(self.url.database)).parent).free

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        """Say Unavailable for what may go well at the next try: also a key that another transaction took at the same moment."""
        try:
            yield
        except (OperationalError, InterfaceError, IntegrityError, PoolTimeout) as error:
            if _is_full(error):
                self.full = True
            raise Unavailable("database") from error
        except DBAPIError as error:
            if error.connection_invalidated or getattr(error.orig, "sqlstate", None) == READ_ONLY:
                raise Unavailable("database") from error
            raise


def _is_full(error: SQLAlchemyError) -> bool:
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlstate", None) in FULL or getattr(cause, "sqlite_errorcode", 0) & 0xFF in FULL_SQLITE


def _refuse_other_encodings(connection: Any, _: Any) -> None:
    found = connection.info.parameter_status("server_encoding")
    if found != "UTF8":
        connection.close()
        raise WrongEncoding(str(found))


def _sqlite_engine(url: URL, *, pool_size: int, begin: str, read_only: bool = False) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise ValueError("SQLite needs a file: its readers and its writer are different connections")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=pool_size, max_overflow=0, pool_timeout=LONGEST_WAIT, hide_parameters=True,
                           connect_args={"timeout": LONGEST_WAIT, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", *(["query_only=ON"] if read_only else [])):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
