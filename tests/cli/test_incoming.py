"""The operator's commands for where people talk: places, codes, and deliveries."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.link import hash_of
from core.domain.messages import Delivery, LinkCode
from integrations.database.database import SqlDatabase
from tests.cli.command_line import CommandLine
from tests.world import new_id


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def placet(home: Path) -> CommandLine:
    placet = CommandLine({"PLACET_HOME": str(home)})
    placet("people", "add", "approver@example.com")
    placet("people", "add", "owner@example.com")
    placet("projects", "add", "acme/app", "--owner", "owner@example.com")
    return placet


@pytest.fixture
def database(home: Path, placet: CommandLine) -> SqlDatabase:
    return SqlDatabase(f"sqlite:///{home / 'placet.db'}")


def code(database: SqlDatabase, text: str, external_id: str = "102", lasts: timedelta = timedelta(minutes=15)) -> str:
    now = datetime.now(UTC)
    with database.begin() as tx:
        made = LinkCode(provider="github", external_id=external_id, login="approver", expires_at=now + lasts)
        tx.link_codes.add(made, hash_of(text), now)
    return text


def test_a_project_is_bound_to_a_place_and_taken_from_it(placet: CommandLine) -> None:
    assert placet("projects", "bind", "acme/app", "github:1/11").out == "acme/app is at home at github:1/11.\n"
    assert json.loads(placet("projects", "places", "--json").out) == [{"project": "acme/app", "place": "github:1/11"}]
    assert "is at home at github:1/11 already" in placet("projects", "bind", "acme/app", "github:1/11").err
    assert placet("projects", "unbind", "acme/app", "github:1/11").code == 0
    assert json.loads(placet("projects", "places", "-p", "acme/app", "--json").out) == []
    assert "is not at home at github:1/11" in placet("projects", "unbind", "acme/app", "github:1/11").err


@pytest.mark.parametrize("place", ["", "github", "github:", ":1/11", "GITHUB:1", "github:1 11", "github:1\n", "page:*"])
def test_what_is_no_place_is_refused(placet: CommandLine, place: str) -> None:
    assert "is no place: it is named by its platform" in placet("projects", "bind", "acme/app", place).err


def test_a_code_links_an_account_once(placet: CommandLine, database: SqlDatabase) -> None:
    code(database, "AB12CD34EF")
    linked = placet("people", "link", "approver@example.com", "--code", " ab12cd34ef ")
    assert linked.out == "approver@example.com is approver (102) at github.\n"
    again = placet("people", "link", "owner@example.com", "--code", "AB12CD34EF")
    assert (again.code, again.err.startswith("There is no such code, or its time is over, or it was used")) == (1, True)
    assert [link["email"] for link in json.loads(placet("people", "links", "--json").out)] == ["approver@example.com"]


def test_a_code_whose_time_is_over_links_nobody_and_is_nobodys_guess(placet: CommandLine, database: SqlDatabase) -> None:
    code(database, "AB12CD34EF", lasts=timedelta(seconds=-1))
    for tried in ("AB12CD34EF", "", hash_of("AB12CD34EF")):
        assert placet("people", "link", "approver@example.com", "--code", tried).code == 1
    assert json.loads(placet("people", "links", "--json").out) == []


def test_a_code_does_not_take_an_account_from_another_and_stays_good(placet: CommandLine, database: SqlDatabase) -> None:
    placet("people", "link", "owner@example.com", "github", "102", "owner")
    code(database, "AB12CD34EF")
    assert "github 102 is owner@example.com" in placet("people", "link", "approver@example.com", "--code", "AB12CD34EF").err
    placet("people", "unlink", "github", "102")
    assert placet("people", "link", "approver@example.com", "--code", "AB12CD34EF").code == 0


@pytest.mark.parametrize("given", [(), ("github",), ("github", "102", "me", "--code", "AB12CD34EF")])
def test_a_link_is_by_account_or_by_code(placet: CommandLine, given: tuple[str, ...]) -> None:
    assert placet("people", "link", "approver@example.com", *given).err.startswith("Say who it is: `placet people link EMAIL PROVIDER ID`")


def test_deliveries_that_wait_or_were_set_aside_are_listed_and_replayed(placet: CommandLine, database: SqlDatabase) -> None:
    first, second = new_id(), new_id()
    with database.begin() as tx:
        for each in (first, second):
            tx.inbox.add(each, Delivery(provider="github", delivery_id=f"d-{each}", headers={}, body="the body stays here"), tx.now())
        tx.inbox.failed(first, "KeyError", None)
    listed = placet("inbox", "list")
    assert "set aside" in listed.out
    assert "the body" not in listed.out
    assert [d["id"] for d in json.loads(placet("inbox", "list", "--set-aside", "--json").out)] == [first]
    assert placet("inbox", "replay", first).out == f"{first} is handled again.\n"
    assert json.loads(placet("inbox", "list", "--set-aside", "--json").out) == []
    assert placet("inbox", "replay", "--all").out == "0 are handled again.\n"
    assert "There is no delivery nothing" in placet("inbox", "replay", "nothing").err
    assert placet("inbox", "replay").code == 2
