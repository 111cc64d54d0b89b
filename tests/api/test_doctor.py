"""What `placet doctor` finds wrong, and what it says to do."""

import re
import socket
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from cryptography.fernet import Fernet

from api.doctor import examine
from api.finding import Finding, State
from api.settings import load_settings
from api.wiring.installation import open_installation
from tests.api.test_wiring import SECRET, given_keys
from tests.cli.command_line import CommandLine
from tests.databases import PostgresTemplates
from tests.doubles.mail_server import mail_server
from tests.doubles.oidc_issuer import DISCOVERY, drips, oidc_issuer, says
from tests.doubles.sign_in_issuer import sign_in_issuer


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An installation that was started once."""
    given = {"PLACET_HOME": str(tmp_path / "home")}
    open_installation(load_settings(given)).close()
    (tmp_path / "home" / "placet.db").chmod(0o600)
    return given


def findings(environ: Mapping[str, str], **more: str) -> list[Finding]:
    return list(examine({**environ, **{f"PLACET_{name.upper()}": value for name, value in more.items()}}, connect_within=1))


def wrong(environ: Mapping[str, str], **more: str) -> list[tuple[str, str, str]]:
    return [(f.about, f.said, f.cure) for f in findings(environ, **more) if f.state is State.WRONG]


def notes(environ: Mapping[str, str], **more: str) -> list[str]:
    return [f.said for f in findings(environ, **more) if f.state is State.NOTE]


def meddle(environ: Mapping[str, str], statement: str, *values: object) -> None:
    with sqlite3.connect(f"{environ['PLACET_HOME']}/placet.db") as database:
        database.execute("PRAGMA foreign_keys=OFF")
        database.execute(statement, values)


def test_a_sound_installation_has_nothing_wrong(environ: dict[str, str]) -> None:
    found = findings(environ)
    assert {f.state for f in found} == {State.OK}
    assert [f.about for f in found] == ["packages", "settings", "keys", "database", "schema", "clock", "engine"]


def test_before_the_first_start_nothing_is_wrong_and_nothing_is_made(tmp_path: Path) -> None:
    environ = {"PLACET_HOME": str(tmp_path / "home")}
    assert wrong(environ) == []
    assert notes(environ) == [f"There is no {tmp_path}/home/placet.db yet."]
    assert not (tmp_path / "home").exists()


def test_a_setting_that_is_none_is_told(environ: dict[str, str]) -> None:
    assert wrong(environ, slot="4") == [
        ("settings", "PLACET_SLOT is no setting of Placet: did you mean PLACET_SLOTS?", "Correct it; the rest is looked at then.")]


def test_a_configuration_file_with_mistakes_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "placet.toml"
    file.write_text("[[scedule]]\n")
    about, said, cure = wrong(environ, config=str(file))[0]
    assert about == "settings"
    assert "scedule" in said
    assert cure == "`placet config check` lists every mistake."


def test_approvers_of_the_file_who_are_nobody_are_told(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "placet.toml"
    file.write_text("""\
[[flow]]
id = "change"
category = "other"
approvers = ["nobody@example.com", "group:oncall"]
""")
    assert wrong(environ, config=str(file)) == []
    assert notes(environ, config=str(file)) == ["change names approvers who are not there: nobody@example.com, group:oncall."]
    meddle(environ, "INSERT INTO projects (id, identifier, identifier_key) VALUES ('p', 'acme/app', 'acme/app')")
    meddle(environ, "INSERT INTO groups (project_id, name) VALUES ('p', 'oncall')")
    assert notes(environ, config=str(file)) == ["change names approvers who are not there: nobody@example.com."]


def test_a_home_that_is_open_to_others_is_told(environ: dict[str, str]) -> None:
    Path(environ["PLACET_HOME"]).chmod(0o755)
    assert wrong(environ) == [("home", f"{environ['PLACET_HOME']} is open to others (mode 755).", f"chmod 700 {environ['PLACET_HOME']}")]


def test_a_database_file_that_is_open_to_others_is_told(environ: dict[str, str]) -> None:
    Path(environ["PLACET_HOME"]).chmod(0o755)
    file = Path(environ["PLACET_HOME"]) / "placet.db"
    file.chmod(0o644)
    assert ("home", f"{file} can be read by others.", f"chmod 600 {file}") in wrong(environ)


def test_a_key_file_that_is_open_to_others_is_told(environ: dict[str, str]) -> None:
    file = Path(environ["PLACET_HOME"]) / "data.key"
    file.chmod(0o644)
    about, said, _ = wrong(environ)[0]
    assert about == "keys"
    assert said == f"{file} can be read or changed by others (mode 644): run chmod 600 {file}"


@pytest.mark.parametrize("name", ["data.key", "signing.pem"])
def test_a_lost_key_is_told_and_not_made_anew(environ: dict[str, str], name: str) -> None:
    lost = Path(environ["PLACET_HOME"]) / name
    lost.unlink()
    assert [about for about, _, _ in wrong(environ)] == ["keys"]
    assert not lost.exists()


def test_a_data_key_of_another_database_is_told(environ: dict[str, str]) -> None:
    about, said, _ = wrong(environ, data_key=Fernet.generate_key().decode())[0]
    assert (about, said[:24]) == ("keys", "The data key is another ")


def test_a_rotation_that_is_under_way_is_noted(environ: dict[str, str]) -> None:
    old = (Path(environ["PLACET_HOME"]) / "data.key").read_text().strip()
    assert notes(environ, data_key=f"{Fernet.generate_key().decode()},{old}") == ["There are two data keys: a rotation is under way."]


def test_another_schema_is_told(environ: dict[str, str]) -> None:
    meddle(environ, "UPDATE alembic_version SET version_num = '0001'")
    assert wrong(environ) == [
        ("schema", "The database is older than this Placet (schema 0001): run `placet migrate` first.", "placet migrate")]


def test_a_clock_that_went_back_is_told(environ: dict[str, str]) -> None:
    meddle(environ, "INSERT OR REPLACE INTO marks VALUES ('clock', ?)", (datetime.now(UTC) + timedelta(hours=1)).isoformat())
    about, said, cure = wrong(environ)[0]
    assert about == "clock"
    assert re.match(r"This machine's clock is (3600|359\d) s behind a time that it has shown\.", said), said
    assert "NTP" in cure


RUN = """INSERT INTO executions (id, project_id, mode, flow, flow_version, task_type, category, payload, scheduled, triggered_by,
    initiators, status, created_at, wake, due_at, held, attempt, lost, log_end) VALUES (?, 'p', 'flow', 'deploy', 1, 'deploy', 'x', '{}', 0,
    'ann', '[]', 'running', ?, 1, ?, 0, 1, 0, 0)"""


def test_runs_that_nobody_claims_are_told(environ: dict[str, str]) -> None:
    now = datetime.now(UTC)
    for n, minutes in enumerate((9, 11, 600)):
        at = (now - timedelta(minutes=minutes)).isoformat(timespec="microseconds")
        meddle(environ, RUN, f"run-{n}", at, at)
    meddle(environ, "UPDATE executions SET held = 1 WHERE id = 'run-2'")  # by a worker that was killed
    assert wrong(environ) == [
        ("engine", "2 runs of deploy due for more than 10 minutes, claimed by nobody.",
         "Start `placet serve`; if it runs, it has no flow deploy: install the package that has it, or cancel them.")]


@pytest.mark.parametrize(("tries", "state", "told"), [(4, "done", False), (5, "done", True), (9, "begun", True), (9, "undone", False)])
def test_access_that_is_not_taken_back_is_told(environ: dict[str, str], tries: int, state: str, told: bool) -> None:
    meddle(environ, "INSERT INTO steps (execution_id, position, key, kind, state, tries, undo_tries) "
                    "VALUES ('run-1', 1, 'grant#1', 'step', ?, 1, ?)", state, tries)
    found = wrong(environ)
    assert [said for _, said, _ in found] == ([f"grant#1 of run run-1 was not taken back in {tries} tries."] if told else [])


def test_a_webhook_that_cannot_be_reached_is_told(environ: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        webhook = {"access_provider": "webhook", "access_webhook_secret": SECRET,
                   "access_webhook_url": f"http://127.0.0.1:{listener.getsockname()[1]}/access"}
        assert wrong(environ, **webhook) == []
        secure = webhook | {"access_webhook_url": webhook["access_webhook_url"].replace("http:", "https:")}
        assert [about for about, _, _ in wrong(environ, **secure)] == ["providers"]  # it never says a word of TLS
    about, said, _ = wrong(environ, **webhook)[0]
    assert (about, said) == ("providers", "PLACET_ACCESS_WEBHOOK_URL cannot be reached (ConnectionRefusedError: Connection refused).")


def test_the_mail_server_is_asked_and_gets_no_mail(environ: dict[str, str], tmp_path: Path) -> None:
    with mail_server() as server:
        given = {"smtp_url": f"smtp://127.0.0.1:{server.port}", "smtp_from": "placet@acme.org"}
        assert [f.said for f in findings(environ, **given) if f.about == "mail"] == [
            "The mail server lets placet@acme.org in; no mail was sent."]
    assert server.got == []
    [(about, said, cure)] = wrong(environ, **given)
    assert (about, said) == ("mail", "The mail server takes nothing: the server does not answer (ConnectionRefusedError).")
    assert "PLACET_SMTP_" in cure


def test_a_password_of_the_mail_server_that_others_can_read_or_that_is_missing_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "smtp"
    given = {"smtp_url": "smtp://placet@127.0.0.1:9", "smtp_from": "placet@acme.org", "smtp_password_file": str(file)}
    assert "there is no password in" in wrong(environ, **given)[0][1]
    file.touch(0o600)
    file.write_text("hunter2\n")
    assert "does not answer" in wrong(environ, **given)[0][1]
    file.chmod(0o644)
    assert "can be read or changed by others" in wrong(environ, **given)[0][1]
    assert "hunter2" not in str(findings(environ, **given))


def test_a_pipeline_that_cannot_be_reached_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "placet.toml"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        file.write_text(f'''
[[flow]]
id = "build"
category = "build"
[flow.dispatch]
provider = "webhook"
url = "http://127.0.0.1:{listener.getsockname()[1]}/build"
''')
        assert [(f.state, f.said) for f in findings(environ, config=str(file)) if f.about == "providers"] == [
            (State.OK, "the pipeline of build can be reached.")]
    about, said, _ = wrong(environ, config=str(file))[0]
    assert (about, said) == ("providers", "the pipeline of build cannot be reached (ConnectionRefusedError: Connection refused).")


def test_what_no_pipeline_takes_and_what_none_reports_is_told(environ: dict[str, str]) -> None:
    now = datetime.now(UTC)
    for n, minutes in enumerate((9, 11), 1):
        at, later = ((now + timedelta(minutes=m)).isoformat(timespec="microseconds") for m in (-minutes, 60))
        meddle(environ, RUN, f"run-{n}", at, at)
        meddle(environ, "UPDATE executions SET mode = 'cicd', due_at = NULL, dispatched_at = ?, report_by = ? WHERE id = ?", at, later,
               f"run-{n}")
        meddle(environ, "INSERT INTO outbox (id, kind, execution_id, content, created_at, due_at, tries, error, receiver) "
                        "VALUES (?, 'cancel-dispatch', ?, '{}', ?, ?, 7, 'its pipeline answered 503', 'deploy')",
               f"o-{n}", f"run-{n}", at, at)
    assert [said for about, said, _ in wrong(environ) if about == "pipelines"] == [
        "cancel-dispatch of run run-2 was not delivered in 7 tries (its pipeline answered 503)."]
    assert notes(environ) == ["1 run of deploy handed over, without any report for 10 minutes."]
    meddle(environ, "UPDATE executions SET reported_at = created_at")
    meddle(environ, "DELETE FROM outbox")
    assert (wrong(environ), notes(environ)) == ([], [])


def test_callbacks_that_are_not_taken_are_told(environ: dict[str, str]) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=11)).isoformat(timespec="microseconds")
    for run in ("run-1", "run-2"):
        meddle(environ, RUN, run, at, at)
        meddle(environ, "UPDATE executions SET due_at = NULL")
        meddle(environ, "INSERT INTO callbacks (id, execution_id, about, event, body, put_at) VALUES (?, ?, ?, 'started', '{}', ?)",
               f"c-{run}", run, run, at)
    meddle(environ, "INSERT INTO outbox (id, kind, execution_id, content, created_at, due_at, tries, error, receiver) "
                    "VALUES ('o', 'call-back', 'run-1', '{}', ?, ?, 3, 'the receiver answered 500', 'x')", at, at)
    assert (wrong(environ), notes(environ)) == (
        [], ["A callback of run run-1 was not delivered in 3 tries (the receiver answered 500)."])
    meddle(environ, "DELETE FROM outbox")
    meddle(environ, "UPDATE callbacks SET set_aside_at = put_at")
    assert (wrong(environ), notes(environ)) == ([], ["Callbacks that nobody tries to deliver any more: 2."])
    meddle(environ, "INSERT INTO closed_callbacks (execution_id, at, reason) VALUES ('run-2', ?, 'it wants no more')", at)
    assert notes(environ) == ["Callbacks that nobody tries to deliver any more: 1."]


def test_a_disk_with_little_room_is_told(environ: dict[str, str]) -> None:
    assert [(f.state, f.said[:9]) for f in examine(environ, connect_within=1, scarce=2**62) if f.about == "database"] == [
        (State.OK, "SQLite an"), (State.NOTE, "Its disk ")]


def test_a_database_that_takes_nothing_is_told_and_one_that_does_keeps_nothing(environ: dict[str, str]) -> None:
    assert wrong(environ) == []
    with sqlite3.connect(f"{environ['PLACET_HOME']}/placet.db") as database:
        assert database.execute("SELECT count(*) FROM marks WHERE name = 'written'").fetchall() == [(0,)]
    meddle(environ, "CREATE TRIGGER full BEFORE INSERT ON marks BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END")
    about, said, cure = wrong(environ)[0]
    assert (about, said) == ("database", "It takes nothing that is written to it (IntegrityError: database or disk is full).")
    assert cure.startswith("If its disk is full: make room there.")


def test_the_outside_issuer_is_asked_for_its_keys(environ: dict[str, str]) -> None:
    with oidc_issuer() as issuer:
        given, own = issuer.settings(), issuer.issuer
        assert [(f.state, f.said) for f in findings(environ, **given) if f.about == "oidc"] == [
            (State.OK, f"{own} publishes keys that tokens can be verified with.")]
        assert wrong(environ, **given, oidc_algorithms="ES256")[0][:2] == ("oidc", f"{own}: it publishes no key for ES256.")
        issuer.answers[DISCOVERY] = says(b'{"issuer": "https://login.example.com"}')
        about, said, cure = wrong(environ, **given)[0]
        assert (about, said) == ("oidc", f"{own}: its discovery document names another issuer.")
        assert cure.startswith("Correct PLACET_OIDC_*, or look after the issuer.")
        issuer.answers[DISCOVERY] = drips(issuer.over)
        assert wrong(environ, **given)[0][1] == f"{own}: its discovery document cannot be had: no answer within 1 s."


def test_where_people_sign_in_is_asked_for_the_way_there(environ: dict[str, str], tmp_path: Path) -> None:
    with sign_in_issuer("http://127.0.0.1:8484/sign-in/callback") as issuer:
        assert wrong(environ, **issuer.settings()) == []
        issuer.more = {"token_endpoint": "http://login.example.com/token"}
        assert wrong(environ, **issuer.settings())[0][:2] == (
            "oidc", f"{issuer.url}: its discovery document names no https:// address for codes.")
        issuer.more, file = {}, tmp_path / "client.secret"
        file.write_text("s3cret")
        file.chmod(0o644)
        by_file = {**issuer.settings(), "oidc_client_secret": "", "oidc_client_secret_file": str(file)}
        [(about, said, _)] = wrong(environ, **by_file)
        assert (about, "client.secret" in said, "s3cret" in said) == ("oidc", True, False)
        file.chmod(0o600)
        assert wrong(environ, **by_file) == []


def test_a_database_that_does_not_answer_is_told_without_its_password(environ: dict[str, str], tmp_path: Path) -> None:
    about, said, _ = wrong(environ, database_url="postgresql://placet:hunter2@127.0.0.1:1/placet")[0]
    assert about == "database"
    assert "hunter2" not in said


@pytest.mark.database
def test_a_postgresql_is_looked_at_alike(tmp_path: Path, postgres: PostgresTemplates) -> None:
    with postgres.database() as url:
        environ = {"PLACET_HOME": str(tmp_path / "home"), "PLACET_DATABASE_URL": url,
                   **{f"PLACET_{name.upper()}": value for name, value in given_keys(tmp_path).items()}}
        assert (wrong(environ), notes(environ)) == ([], [])
        with psycopg.connect(url, autocommit=True) as connection:
            name = connection.info.dbname
            connection.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
            assert [(about, said) for about, said, _ in wrong(environ)] == [("database", (
                "It takes nothing that is written to it (ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction)."))]
            connection.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        del environ["PLACET_DIGEST_KEY"]
        assert (wrong(environ), notes(environ)) == ([], ["The digest key hangs on the signing key."])


def test_the_command_ends_with_what_it_found(environ: dict[str, str]) -> None:
    sound = CommandLine(environ)("doctor")
    assert (sound.code, sound.err) == (0, "")
    assert sound.out.splitlines()[1] == f"ok     settings   PLACET_HOME is {environ['PLACET_HOME']}."
    (Path(environ["PLACET_HOME"]) / "signing.pem").unlink()
    ill = CommandLine(environ)("doctor")
    assert ill.code == 1
    assert "wrong  keys" in ill.out
    assert '"state": "wrong"' in CommandLine(environ)("doctor", "--json").out
