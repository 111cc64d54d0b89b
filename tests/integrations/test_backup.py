"""A backup that is made while people work, and the drill of bringing it back."""

import shutil
import sqlite3
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from core.engine.verify_audit import VerifyAudit
from integrations.database.backup import NotWhole, copy_sqlite, dump_command
from tests.databases import SqliteTemplate
from tests.fakes.signatures import FakeSignatures
from tests.world import World


@pytest.fixture
def world(sqlite: SqliteTemplate, tmp_path: Path) -> World:
    return World(sqlite.copy(tmp_path)).company()


def file_of(world: World) -> Path:
    return Path(str(world.database.url.database))


def restored(file: Path, to: Path) -> World:
    """Another machine, with the backup put in its place."""
    to.mkdir()
    shutil.copy(file, to / "placet.db")
    world = World(f"sqlite:///{to}/placet.db")
    for name in ("ann", "bob", "cat", "dan"):
        with world.database.read() as tx:
            person = tx.people.find(f"{name}@acme.org")
        assert person is not None
        world.people[person.email] = person
    return world


def test_a_backup_is_one_file_that_nobody_else_can_read(world: World, tmp_path: Path) -> None:
    world.asks_for_access()
    copy_sqlite(file_of(world), tmp_path / "backup")
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    assert sorted(file.name for file in tmp_path.iterdir() if "backup" in file.name) == ["backup"]
    with sqlite3.connect(tmp_path / "backup") as copy:
        assert copy.execute("SELECT count(*) FROM approvals").fetchone() == (1,)


def test_nothing_is_written_over(world: World, tmp_path: Path) -> None:
    (tmp_path / "backup").write_text("the last one")
    with pytest.raises(FileExistsError):
        copy_sqlite(file_of(world), tmp_path / "backup")
    assert (tmp_path / "backup").read_text() == "the last one"
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith(".backup")] == []


def test_a_database_that_is_not_sound_is_not_passed_off_as_a_backup(world: World, tmp_path: Path) -> None:
    for _ in range(5):
        world.asks_for_access()
    world.close()
    with sqlite3.connect(file_of(world), isolation_level=None) as database:
        database.execute("PRAGMA writable_schema=ON")
        database.execute("DELETE FROM sqlite_schema WHERE name = 'approvals_by_ref'")
    content = bytearray(file_of(world).read_bytes())
    content[8192:8292] = bytes(100)
    file_of(world).write_bytes(content)
    with pytest.raises((NotWhole, sqlite3.DatabaseError)):
        copy_sqlite(file_of(world), tmp_path / "backup")
    assert not (tmp_path / "backup").exists()


def test_it_is_whole_though_people_go_on_working(world: World, tmp_path: Path) -> None:
    with ThreadPoolExecutor(1) as pool:
        working = pool.submit(lambda: [world.asks_for_access() for _ in range(15)])
        for n in range(5):
            copy_sqlite(file_of(world), tmp_path / f"backup-{n}")
        assert len(working.result()) == 15
    for n in range(5):
        copy = restored(tmp_path / f"backup-{n}", tmp_path / f"machine-{n}")
        verify = VerifyAudit(database=copy.database, signatures=FakeSignatures())
        assert [fault for project_id in verify.projects() for fault in verify.verify(project_id).faults] == []
        assert copy.rows("SELECT count(*) FROM audit WHERE kind = 'ask'") == copy.rows("SELECT count(*) FROM approvals")
        copy.close()


def test_the_drill_what_was_done_after_the_backup_is_not_done_twice(world: World, tmp_path: Path) -> None:
    """R51: the receiver knows the key of a grant that the restored database has not heard of yet."""
    run = world.asks_for_access()
    world.approves("bob", run)
    copy_sqlite(file_of(world), tmp_path / "backup")
    world.work()
    first = list(world.access.live())
    assert len(first) == 1
    world.close()

    again = restored(tmp_path / "backup", tmp_path / "machine")
    again.access.granted, again.access.since = world.access.granted, world.access.since  # the receiver was not restored
    again.work()
    assert again.access.calls == [f"grant {first[0]}"]
    assert list(again.access.live()) == first
    again.later(hours=2)
    again.work()
    assert again.see(run).execution.status == "completed"
    assert list(again.access.live()) == []
    again.close()


def test_an_answer_that_was_lost_with_the_last_minutes_can_be_given_again(world: World, tmp_path: Path) -> None:
    run = world.asks_for_access()
    copy_sqlite(file_of(world), tmp_path / "backup")
    world.approves("bob", run)
    world.close()
    again = restored(tmp_path / "backup", tmp_path / "machine")
    assert again.approval(run).approval.status == "pending"
    again.approves("cat", run)
    again.work()
    assert again.see(run).execution.status == "running"
    again.close()


@pytest.mark.parametrize(("url", "command"), [
    ("postgresql+psycopg://placet:hunter2@db.example:5433/placet?sslmode=require",
     "pg_dump --format=custom --file=/b/p.dump 'postgresql://placet@db.example:5433/placet?sslmode=require'"),
    ("postgresql:///placet?host=/run/postgresql", "pg_dump --format=custom --file=/b/p.dump 'postgresql:///placet?host=%2Frun%2Fpostgresql'"),
])
def test_for_postgresql_its_own_tool_is_named_without_the_password(url: str, command: str) -> None:
    assert dump_command(make_url(url), Path("/b/p.dump")) == command
