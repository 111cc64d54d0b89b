"""One database, SQLite or PostgreSQL: its engines, and transactions on them."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
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


class SqlDatabase:
    """SQLite writers take turns on one connection; PostgreSQL's share a pool that does not overflow.

    After a commit, `nudge` is told of each run that it rang, `post` is called if it put something into the outbox, and `tell` hears of each
    row of the audit. `announcing`: for whom its rows are announced, in the same transaction.
    """

    def __init__(self, url: str, *, pool_size: int = 8, nudge: Callable[[str], None] = lambda _: None,
                 post: Callable[[], None] = lambda: None, tell: Callable[[Event], None] = lambda _: None, clock: Clock | None = None):
        self.url = database_url(url)
        self.nudge = nudge
        self.post = post
        self.tell = tell
        self.announcing: Announcing = NOBODY
        self.postgres = self.url.get_backend_name() == "postgresql"
        self.clock: Clock = clock or (PostgresClock() if self.postgres else SqliteClock())
        if self.postgres:
            self.writer: Engine = create_engine(
                self.url, pool_size=pool_size, max_overflow=0, pool_timeout=LONGEST_WAIT, hide_parameters=True, pool_use_lifo=True,
                connect_args={"connect_timeout": LONGEST_WAIT, "application_name": "placet", "cursor_factory": BriefCursor})
            self.reader: Engine = self.writer.execution_options(isolation_level="AUTOCOMMIT")
        else:
            self.writer = _sqlite_engine(self.url, pool_size=1, begin="BEGIN IMMEDIATE")
            self.reader = _sqlite_engine(self.url, pool_size=pool_size, begin="BEGIN", read_only=True)

    @contextmanager
    def begin(self) -> Iterator[SqlTransaction]:
        with _answering(), self.writer.begin() as connection:
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
        with _answering(), self.reader.begin() as connection:
            yield SqlTransaction(Session(connection, self.clock, writing=False))

    def recall(self, name: str) -> str | None:
        """Return a mark of the installation."""
        with self.read() as tx:
            return tx.connection.execute(select(marks.c.value).where(marks.c.name == name)).scalar()

    def remember(self, name: str, value: str) -> None:
        with self.begin() as tx:
            insert_or_replace(tx.connection, marks, {"name": name, "value": value}, keys=("name",))

    def close(self) -> None:
        self.writer.dispose()
        self.reader.dispose()


@contextmanager
def _answering() -> Iterator[None]:
    """Say Unavailable for what may go well at the next try: also a key that another transaction took at the same moment."""
    try:
        yield
    except (OperationalError, InterfaceError, IntegrityError, PoolTimeout) as error:
        raise Unavailable("database") from error
    except DBAPIError as error:
        if error.connection_invalidated:
            raise Unavailable("database") from error
        raise


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
