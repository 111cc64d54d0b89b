"""`placet migrate` gives the service's role what it needs, and no more."""

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy.engine import make_url

from tests.cli.command_line import CommandLine
from tests.databases import PostgresTemplates


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with keys and an empty database."""
    assert CommandLine({"PLACET_HOME": str(tmp_path)})("people", "list").code == 0
    return tmp_path


@pytest.mark.database
@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_that_would_not_keep_every_text_is_refused_in_a_sentence(home: Path, postgres: PostgresTemplates, encoding: str) -> None:
    url = make_url(postgres.empty(encoding)).render_as_string(hide_password=False)
    placet = CommandLine({"PLACET_HOME": str(home), "PLACET_DATABASE_URL": url})
    sentence = (f"The database keeps texts as {encoding}, and Placet needs UTF8: make one with "
                "CREATE DATABASE placet ENCODING 'UTF8' TEMPLATE template0.")
    for command in (("migrate",), ("serve",), ("people", "list")):
        ended = placet(*command)
        assert (ended.code, ended.err) == (2, f"{sentence}\n")
    told = placet("doctor")
    assert (told.code, sentence in told.out) == (1, True)


@pytest.mark.database
def test_what_the_connection_would_take_texts_for_makes_no_difference(home: Path, postgres: PostgresTemplates) -> None:
    url = postgres.empty()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {connection.info.dbname} SET client_encoding = 'SQL_ASCII'")
    placet = CommandLine({"PLACET_HOME": str(home), "PLACET_DATABASE_URL": url, "PGCLIENTENCODING": "LATIN1"})
    assert placet("migrate").code == 0
    assert placet("people", "add", "ann@example.com", "--name", "Ann Ångström \N{SNOWMAN}").code == 0
    assert "Ann Ångström \N{SNOWMAN}" in placet("people", "list").out


@pytest.mark.database
def test_the_services_role_may_add_to_the_audit_and_not_change_it(home: Path, postgres: PostgresTemplates) -> None:
    owner, role = make_url(postgres.empty()), f"service_{uuid4().hex}"
    service = owner.set(username=role, password="pw")  # pragma: allowlist secret
    with psycopg.connect(owner.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'pw'")
    here = CommandLine({"PLACET_HOME": str(home), "PLACET_DATABASE_URL": service.render_as_string(hide_password=False)})
    migrating = CommandLine({**here.environ, "PLACET_MIGRATE_DATABASE_URL": owner.render_as_string(hide_password=False)})

    assert here("people", "list").err == "The database is empty: run `placet migrate` first.\n"
    assert migrating("migrate").out == "The database is up to date.\n"
    assert here("people", "add", "ann@example.com").code == 0
    assert here("projects", "add", "acme/app", "--owner", "ann@example.com").code == 0
    with psycopg.connect(service.render_as_string(hide_password=False), autocommit=True) as connection:
        kinds = [kind for kind, in connection.execute("SELECT kind FROM audit ORDER BY at, seq")]
        assert kinds == ["add-person", "add-project", "admit-person"]
        for statement in ("UPDATE audit SET kind = 'x'", "DELETE FROM audit", "TRUNCATE audit", "DROP TABLE audit"):
            with pytest.raises(InsufficientPrivilege):
                connection.execute(statement)
