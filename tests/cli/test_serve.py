"""The service starts, ends when told to, and says in one sentence why it cannot start."""

import json
import signal
import socket
import sqlite3
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from httpx import Client, Timeout, get

from api.cli.listener import bind
from api.cli.problems import Problem
from tests.cli.command_line import CommandLine, Ended
from tests.cli.program import environment, program, serving
from tests.databases import PostgresTemplates

NOBODY = "postgresql://nobody:hunter2@127.0.0.1:1/none"  # pragma: allowlist secret


def refused(ended: Ended) -> str:
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1, ended.err
    return ended.err.strip()


def serve(home: Path, **environ: str) -> Ended:
    return program("serve", cwd=home.parent, environ=environment(**{"PLACET_PORT": "0", "PLACET_HOME": str(home), **environ}))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with keys and an empty database."""
    home = tmp_path / "home"
    assert CommandLine({"PLACET_HOME": str(home)})("people", "list").code == 0
    return home


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    with serving(cwd=tmp_path, environ=environment(PLACET_PORT="0")) as served:
        assert get(f"{served.url}/livez").status_code == 200
        assert get(f"{served.url}/readyz").json()["ready"] is True
        began = time.monotonic()
        served.process.send_signal(number)
        assert served.process.wait(20) == 0
        assert time.monotonic() - began < 10
    assert "Traceback" not in served.log.read_text()
    assert (tmp_path / ".placet" / "placet.db").exists()


@pytest.mark.parametrize(("environ", "sentence"), [
    ({"PLACET_PROT": "8484"}, "PLACET_PROT is no setting of Placet: did you mean PLACET_PORT?"),
    ({"PLACET_PORT": "http"}, "PLACET_PORT must be a port, 1 to 65535, or 0 for any that is free, got 'http'."),
    ({"PLACET_DATABASE_URL": NOBODY}, "does not answer"),
])
def test_what_is_wrong_with_the_settings_is_one_sentence(home: Path, environ: dict[str, str], sentence: str) -> None:
    here = CommandLine({"PLACET_HOME": str(home), **environ})
    for ended in (serve(home, **environ), here("people", "list"), here("migrate"), here("grants")):
        said = refused(ended)
        assert sentence in said
        assert "hunter2" not in said


def test_a_port_in_use_is_named(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert refused(serve(home, PLACET_PORT=str(port))) == (
            f"Port {port} is in use at 127.0.0.1: end what listens there, or set PLACET_PORT to another.")


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "2001:db8::1"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    with pytest.raises(Problem) as caught:
        bind(host, 0)
    assert caught.value.sentence.startswith(f"PLACET_HOST={host} is no address of this machine (")


def test_a_broken_key_is_refused_and_not_replaced(home: Path) -> None:
    for name in ("data.key", "digest.key", "signing.pem"):
        whole = (home / name).read_bytes()
        (home / name).write_text("nonsense")
        assert name in refused(CommandLine({"PLACET_HOME": str(home)})("people", "list"))
        assert (home / name).read_text() == "nonsense"
        (home / name).write_bytes(whole)
    (home / "data.key").write_text("nonsense")
    assert "data.key" in refused(serve(home))


def test_a_database_of_a_newer_version_is_left_alone(home: Path) -> None:
    with sqlite3.connect(home / "placet.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'tomorrow'")
    here = CommandLine({"PLACET_HOME": str(home)})
    for ended in (serve(home), here("migrate"), here("people", "list")):
        assert refused(ended).startswith("The database is newer than this Placet (schema tomorrow)")


def test_what_is_no_database_is_refused(home: Path) -> None:
    (home / "placet.db").write_text("this is a letter, and a long one, so that nobody takes it for an empty file" * 10)
    assert "PLACET_DATABASE_URL" in refused(serve(home))


@pytest.mark.database
def test_an_empty_postgresql_is_served_after_migrate_only(home: Path, postgres: PostgresTemplates) -> None:
    url = postgres.empty()
    here = CommandLine({"PLACET_HOME": str(home), "PLACET_DATABASE_URL": url})
    assert refused(serve(home, PLACET_DATABASE_URL=url)) == "The database is empty: run `placet migrate` first."
    assert here("migrate").out == "The database is up to date.\n"
    given = environment(PLACET_HOME=str(home), PLACET_DATABASE_URL=url, PLACET_PORT="0")
    with serving(cwd=home, environ=given) as served:
        assert get(f"{served.url}/readyz").json()["ready"] is True


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_pages_are_let_go_when_it_is_told_to_stop(tmp_path: Path, number: signal.Signals) -> None:
    """Each stream comes to its own end, so that a browser comes again, to whoever serves then."""
    with serving("--demo", cwd=tmp_path, environ=environment(PLACET_PORT="0")) as served:
        made = program("people", "login-link", "requester@example.com", "--json", cwd=tmp_path, environ=environment(PLACET_URL=served.url))
        link = urlsplit(json.loads(made.out)["url"]).query.removeprefix("link=")
        with Client(base_url=served.url, trust_env=False, timeout=Timeout(5, read=30)) as http:
            entered = http.post("/sign-in", data={"link": link}, headers={"Origin": served.url})
            assert entered.status_code == 303, entered.text
            with http.stream("GET", "/events") as first, http.stream("GET", "/events") as second:
                streams = [first.iter_raw(), second.iter_raw()]
                assert [next(stream) for stream in streams] == [b"retry: 2000\n\n"] * 2
                began = time.monotonic()
                served.process.send_signal(number)
                for stream in streams:
                    assert b"".join(stream).replace(b":\n\n", b"").replace(b"event: changed\ndata: \n\n", b"") == b""
                let_go = time.monotonic() - began
        assert served.process.wait(20) == 0
        assert (let_go < 2, time.monotonic() - began < 10) == (True, True)
    log = served.log.read_text()
    assert "Traceback" not in log
    took = [line["ms"] for line in map(json.loads, log.splitlines()) if line.get("route") == "/events"]
    assert len(took) == 2
