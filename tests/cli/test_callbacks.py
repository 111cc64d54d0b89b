"""`placet callbacks` and `placet projects webhook-secret`, as an operator types them."""

import json
import sqlite3
from pathlib import Path

import pytest

from api.webhook_secret import is_webhook_secret
from tests.cli.command_line import CommandLine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def placet(home: Path) -> CommandLine:
    placet = CommandLine({"PLACET_HOME": str(home)})
    placet("projects", "add", "acme/app")
    return placet


def test_a_secret_is_shown_once_and_two_are_there_during_a_rotation(placet: CommandLine, home: Path) -> None:
    made = placet("projects", "webhook-secret", "new", "acme/app")
    assert (made.code, is_webhook_secret(made.out.strip())) == (0, True)
    assert made.err == "It signs the callbacks of acme/app from now on, and is not shown again.\n"
    second = json.loads(placet("projects", "webhook-secret", "new", "acme/app", "--json").out)
    assert is_webhook_secret(second["secret"])
    third = placet("projects", "webhook-secret", "new", "acme/app")
    assert (third.code, third.out, third.err) == (
        1, "", "acme/app has two already: drop the older one first, once no receiver needs it.\n")

    listed = json.loads(placet("projects", "webhook-secret", "list", "acme/app", "--json").out)
    assert [each["id"] for each in listed][1] == second["id"]
    stored = (home / "placet.db").read_bytes() + (home / "placet.db-wal").read_bytes() if (home / "placet.db-wal").exists() else (
        home / "placet.db").read_bytes()
    for text in (made.out.strip(), second["secret"]):
        assert text.encode() not in stored
        assert text.removeprefix("whsec_").encode() not in stored

    first = listed[0]["id"]
    assert placet("projects", "webhook-secret", "drop", "acme/app", first).out == f"{first} signs nothing any more.\n"
    assert placet("projects", "webhook-secret", "drop", "acme/app", first).code == 1
    last = placet("projects", "webhook-secret", "drop", "acme/app", second["id"])
    assert last.out == f"{second['id']} signs nothing any more. acme/app has none now: callbacks wait until it has one.\n"
    with sqlite3.connect(home / "placet.db") as database:
        kinds = [kind for (kind,) in database.execute("SELECT kind FROM audit WHERE kind LIKE '%webhook-secret' ORDER BY seq")]
    assert kinds == ["add-webhook-secret"] * 2 + ["drop-webhook-secret"] * 2


def test_a_project_that_is_not_there_has_no_secret(placet: CommandLine) -> None:
    for words in (("new",), ("list",)):
        refused = placet("projects", "webhook-secret", *words, "other/app")
        assert (refused.code, refused.out) == (1, "")


def test_nothing_is_set_aside_at_first_and_only_what_is_can_be_sent_again(placet: CommandLine) -> None:
    assert json.loads(placet("callbacks", "list", "--json").out) == []
    refused = placet("callbacks", "replay", "0198c0de-0000-7000-8000-000000000000")
    assert (refused.code, refused.err) == (
        1, "No callback 0198c0de-0000-7000-8000-000000000000 waits to be sent again: `placet callbacks list` shows those that do.\n")
