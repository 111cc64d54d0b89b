"""A copy of the database as it is at one moment, while it is in use."""

import os
import secrets
import sqlite3
from pathlib import Path

from sqlalchemy.engine import URL

LONGEST_WAIT = 60  # seconds, for a lock


class NotWhole(Exception):
    """What was copied is no sound database. The text is SQLite's."""


def copy_sqlite(source: Path, file: Path) -> None:
    """Copy with SQLite's backup, look the copy over, and only then give it its name; raise FileExistsError rather than replace anything."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        _copy(source, draft)
        os.link(draft, file)
    finally:
        draft.unlink()
    directory = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def _copy(source: Path, draft: Path) -> None:
    old, new = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", timeout=LONGEST_WAIT, uri=True), sqlite3.connect(draft)
    try:
        with old, new:
            old.backup(new)
            new.execute("PRAGMA journal_mode=DELETE")  # one file is all there is
        found = [str(row[0]) for row in new.execute("PRAGMA integrity_check(1)")]
    finally:
        old.close()
        new.close()
    if found != ["ok"]:
        raise NotWhole("; ".join(found))
    with draft.open("rb") as copied:
        os.fsync(copied.fileno())


def dump_command(url: URL, file: Path) -> str:
    """Return the command that backs up a PostgreSQL; it asks for the password, or finds it in ~/.pgpass."""
    address = URL.create("postgresql", username=url.username, host=url.host, port=url.port, database=url.database,
                         query=url.query).render_as_string()
    return f"pg_dump --format=custom --file={file} '{address}'"
