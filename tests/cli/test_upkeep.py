"""`placet backup` and `placet purge`, as an operator sees them."""

import json
import sqlite3
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def placet(home: Path) -> CommandLine:
    placet = CommandLine({"PLACET_HOME": str(home)})
    placet("people", "add", "ann@example.com")
    placet("projects", "add", "acme/app", "--owner", "ann@example.com")
    return placet


def age(home: Path, table: str, column: str, days: int) -> None:
    """Let rows be as old as that, the way a test of purging needs them; their hashes are not what they were, then."""
    with sqlite3.connect(home / "placet.db") as database:
        database.execute(f"UPDATE {table} SET {column} = strftime('%Y-%m-%dT%H:%M:%S.000000+00:00', 'now', '-{days} days')")


def test_a_backup_is_a_database_that_placet_starts_with(placet: CommandLine, home: Path, tmp_path: Path) -> None:
    assert placet("backup", str(tmp_path / "b.db")).out.startswith(f"{tmp_path}/b.db holds the database as it was just now.")
    placet("people", "add", "bob@example.com")
    (home / "placet.db").unlink()
    for rest in ("placet.db-wal", "placet.db-shm"):
        (home / rest).unlink(missing_ok=True)
    (tmp_path / "b.db").rename(home / "placet.db")
    assert [p["email"] for p in json.loads(placet("people", "list", "--json").out)] == ["ann@example.com"]
    assert placet("doctor").code == 0
    assert placet("audit", "verify").code == 0


def test_a_backup_is_refused_in_a_sentence(placet: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "b.db").touch()
    assert placet("backup", str(tmp_path / "b.db")).err == f"{tmp_path}/b.db is there already, and nothing is written over.\n"
    assert placet("backup", str(tmp_path / "no" / "b.db")).err.endswith("cannot be used (No such file or directory).\n")
    before_the_first_start = CommandLine({"PLACET_HOME": str(tmp_path / "other")})
    assert before_the_first_start("backup", str(tmp_path / "c.db")).err == f"There is no {tmp_path}/other/placet.db to back up.\n"
    assert not (tmp_path / "c.db").exists()


def test_postgresql_is_told_its_own_tool(tmp_path: Path) -> None:
    placet = CommandLine({"PLACET_DATABASE_URL": "postgresql://placet:hunter2@db.example/placet"})
    ended = placet("backup", str(tmp_path / "p.dump"))
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == ("A PostgreSQL is backed up by its own tool: "
                         f"pg_dump --format=custom --file={tmp_path}/p.dump 'postgresql://placet@db.example/placet'\n")


def test_nothing_is_purged_before_its_time(placet: CommandLine) -> None:
    assert placet("purge").out == "Removed: runs 0, rows of the audit 0.\n"
    assert placet("purge", "--dry-run").out == "To be removed: runs 0, rows of the audit 0.\n"
    last = json.loads(placet("audit", "export").out.splitlines()[2 - 1])
    assert (last["kind"], last["facts"]["runs"], last["facts"]["auditDays"]) == ("purge", 0, 1_095)


def test_less_than_a_week_is_never_kept(placet: CommandLine) -> None:
    for option in ("--runs", "--audit"):
        ended = placet("purge", option, "6")
        assert (ended.code, ended.err) == (2, "Between 7 and 36500 days are kept.\n")


def test_a_chain_that_was_meddled_with_is_left_as_it_is(placet: CommandLine, home: Path) -> None:
    age(home, "audit", "at", 2_000)
    ended = placet("purge")
    assert ended.code == 1
    assert ended.out.splitlines()[0] == "Removed: runs 0, rows of the audit 0."
    assert "The chain of the installation is not whole, and was left as it is: `placet audit verify` tells more." in ended.out
    assert len(json.loads(placet("purge", "--json").out)["refusedChains"]) == 2
