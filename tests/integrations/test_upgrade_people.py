"""A database from before has its people, groups, tokens, answers and effects after the upgrade, and what is new is as it has to be."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from core.domain.effects import RingNext, receiver
from core.engine.relay import WITHIN
from integrations.database.database import SqlDatabase
from integrations.database.migrate import MIGRATIONS, migrate

pytestmark = pytest.mark.database

AT = "2026-01-01T00:00:00.000000+00:00"
RUN = {"execution_id": "e", "project_id": "p"}
BEFORE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("people", {"id": "ann", "email": "ann@acme.org", "email_key": "ann@acme.org", "name": "Ann", "disabled": False}),
    ("people", {"id": "bob", "email": "bob@acme.org", "email_key": "bob@acme.org", "name": "Bob", "disabled": False}),
    ("projects", {"id": "p", "identifier": "acme/app", "identifier_key": "acme/app"}),
    ("members", {"project_id": "p", "person_id": "ann", "role": "owner"}),
    ("members", {"project_id": "p", "person_id": "bob", "role": "member"}),
    *(("groups", {"project_id": "p", "name": name, "person_id": who}) for name, who in (("ops", "ann"), ("ops", "bob"), ("qa", "bob"))),
    ("tokens", {"id": "t", "subject": "ann@acme.org", "role": "owner", "created_at": AT, "expires_at": AT}),
    ("executions", {
        "id": "e", "project_id": "p", "mode": "flow", "flow": "f", "flow_version": 1, "task_type": "f", "category": "other",
        "payload": "{}", "scheduled": False, "triggered_by": "bob@acme.org", "initiators": '["bob"]', "status": "suspended",
        "created_at": AT, "wake": 0, "held": False, "attempt": 0, "lost": 0, "log_end": 0}),
    ("approvals", {
        "id": "a", "ref": "K7Q2M9", **RUN, "gate": "1", "question": "May it?", "requested_by": "bob@acme.org", "requested_at": AT,
        "expires_at": AT, "required": 2, "approvers": "[]", "excluded": '["bob"]', "self_approval": False, "context": "{}", "digest": "d",
        "status": "pending"}),
    ("answers", {"approval_id": "a", "person_id": "ann", "email": "ann@acme.org", "verdict": "approve", "surface": "rest", "name": "Ann",
                 "at": AT}),
    ("outbox", {"id": "o", "kind": "ring-next", "execution_id": "e", "content": '{"execution_id": "e"}', "created_at": AT, "due_at": AT,
                "tries": 0}),
)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlDatabase]:
    url = f"sqlite:///{tmp_path}/placet.db" if request.param == "sqlite" else request.getfixturevalue("postgres").empty()
    database = SqlDatabase(url)
    with database.writer.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
        for table, row in BEFORE:
            connection.execute(text(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})"), row)
    migrate(database)
    yield database
    database.close()


def test_groups_keep_everybody_who_was_in_them(database: SqlDatabase) -> None:
    with database.begin() as tx:
        assert {name: [p.id for p in inside] for name, inside in tx.groups.of("p").items()} == {"ops": ["ann", "bob"], "qa": ["bob"]}
        assert tx.groups.missing("p", ["ops", "qa", "dev"]) == ["dev"]
        members = tx.people.members("p", groups=["ops", "qa"])
        assert {i: set(m.groups) for i, m in members.items()} == {"ann": {"ops"}, "bob": {"ops", "qa"}}


def test_a_token_has_no_right_that_it_was_not_minted_with(database: SqlDatabase) -> None:
    with database.read() as tx:
        token = tx.tokens.find("t")
    assert token is not None
    assert (token.act_for, token.break_glass) == (False, False)


def test_an_open_request_is_what_it_was(database: SqlDatabase) -> None:
    with database.begin() as tx:
        approval = tx.approvals.lock("e")
    assert approval is not None
    assert (approval.among, approval.excluded, approval.risk) == ((), ("bob",), "normal")
    assert [(a.person_id, a.acted_by, a.acted_by_id) for a in approval.answers] == [("ann", None, None)]


def test_what_waited_to_be_delivered_still_is_and_no_run_has_a_pipeline(database: SqlDatabase) -> None:
    with database.begin() as tx:
        posted = tx.outbox.take(timedelta(), WITHIN, ["somebody"])
        run = tx.runs.get("e")
    assert posted is not None
    assert posted.effect == RingNext(execution_id="e")
    assert (run is not None and run.report_by is None, receiver(posted.effect)) == (True, None)


def test_b13_one_address_is_one_person_after_an_upgrade_too(database: SqlDatabase) -> None:
    with pytest.raises(IntegrityError), database.writer.begin() as connection:
        connection.execute(text("INSERT INTO people (id, email, email_key, name, disabled) "
                                "VALUES ('twin', 'ANN@acme.org', 'ann@acme.org', 'Ann', false)"))


def test_nobody_is_in_a_group_that_is_not_there(database: SqlDatabase) -> None:
    with pytest.raises(IntegrityError), database.writer.begin() as connection:
        connection.execute(text("INSERT INTO group_members (project_id, name, person_id) VALUES ('p', 'none', 'ann')"))
