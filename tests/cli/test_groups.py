"""`placet groups`, and the tokens that give an owner's rights, as an operator types them."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from api.cli.claims import read_claims
from tests.cli.command_line import CommandLine


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def company(home: Path) -> CommandLine:
    placet = CommandLine({"PLACET_HOME": str(home)})
    for name in ("ann", "bob", "cat"):
        placet("people", "add", f"{name}@example.com")
    placet("projects", "add", "acme/app", "--owner", "ann@example.com")
    placet("projects", "admit", "acme/app", "bob@example.com")
    placet("groups", "add", "acme/app", "ops")
    return placet


def audit(home: Path, like: str) -> list[tuple[str, dict[str, Any]]]:
    with sqlite3.connect(home / "placet.db") as database:
        rows = database.execute("SELECT kind, facts FROM audit WHERE kind LIKE ? AND project_id <> '' ORDER BY seq", (like,)).fetchall()
    return [(kind, {k: v for k, v in json.loads(facts).items() if k != "operator"}) for kind, facts in rows]


def test_a_group_is_made_filled_listed_emptied_and_removed(company: CommandLine, home: Path) -> None:
    assert company("groups", "admit", "acme/app", "ops", "BOB@example.com").out == "bob@example.com is in group:ops now.\n"
    assert company("groups", "admit", "acme/app", "ops", "cat@example.com").out == (
        "cat@example.com is in group:ops now, but without a role in acme/app: `placet projects admit acme/app cat@example.com`.\n")
    company("people", "disable", "bob@example.com")
    assert "bob@example.com (disabled), cat@example.com (no role in the project)" in company("groups", "list", "acme/app").out
    assert json.loads(company("groups", "list", "acme/app", "--json").out) == [{"group": "ops", "people": [
        {"email": "bob@example.com", "disabled": True, "inProject": True},
        {"email": "cat@example.com", "disabled": False, "inProject": False}]}]
    assert company("groups", "expel", "acme/app", "ops", "cat@example.com").out == "cat@example.com is not in group:ops any more.\n"
    assert company("groups", "remove", "acme/app", "ops").out == "group:ops is not there any more.\n"
    assert company("groups", "list", "acme/app", "--json").out == "[]\n"
    assert audit(home, "%group") == [
        ("add-group", {"group": "ops"}), ("admit-to-group", {"group": "ops", "email": "bob@example.com"}),
        ("admit-to-group", {"group": "ops", "email": "cat@example.com"}),
        ("expel-from-group", {"group": "ops", "email": "cat@example.com"}),
        ("remove-group", {"group": "ops", "people": ["bob@example.com"]})]


def test_who_leaves_the_project_leaves_its_groups(company: CommandLine, home: Path) -> None:
    company("groups", "admit", "acme/app", "ops", "bob@example.com")
    company("projects", "remove", "acme/app", "bob@example.com")
    company("projects", "admit", "acme/app", "bob@example.com")
    assert json.loads(company("groups", "list", "acme/app", "--json").out) == [{"group": "ops", "people": []}]
    assert audit(home, "expel%") == [("expel-from-group", {"group": "ops", "email": "bob@example.com"})]


def test_a_second_time_changes_nothing_and_leaves_no_row(company: CommandLine, home: Path) -> None:
    for _ in range(2):
        assert company("groups", "admit", "acme/app", "ops", "bob@example.com").code == 0
    assert len(audit(home, "admit-to-group")) == 1


@pytest.mark.parametrize(("words", "said"), [
    (("add", "acme/app", "ops"), "group:ops is there already: `placet groups list acme/app` shows who is in it."),
    (("add", "acme/none", "ops"), "There is no project acme/none: `placet projects add acme/none` makes it."),
    (("add", "acme/app", "OPS"), "'OPS' names no group: small letters, digits and . _ -, up to 64, like release-managers."),
    (("add", "acme/app", "a" * 65), f"'{'a' * 65}' names no group: small letters, digits and . _ -, up to 64, like release-managers."),
    (("remove", "acme/app", "qa"), "There is no group:qa in acme/app: `placet groups add acme/app qa` makes it."),
    (("admit", "acme/app", "qa", "bob@example.com"), "There is no group:qa in acme/app: `placet groups add acme/app qa` makes it."),
    (("admit", "acme/app", "ops", "eve@example.com"),
     "Nobody here has the address eve@example.com: `placet people add eve@example.com` makes them known."),
    (("expel", "acme/app", "ops", "bob@example.com"), "bob@example.com is not in group:ops: `placet groups list acme/app` shows who is."),
])
def test_what_cannot_be_is_refused_in_a_sentence(company: CommandLine, words: tuple[str, ...], said: str) -> None:
    ended = company("groups", *words)
    assert (ended.code in (1, 2), ended.out, ended.err) == (True, "", f"{said}\n")


@pytest.mark.parametrize(("option", "claim"), [("--act-for", "act_for"), ("--break-glass", "break_glass")])
def test_a_right_of_an_owner_is_minted_shown_and_in_the_audit(company: CommandLine, home: Path, option: str, claim: str) -> None:
    text = company("tokens", "mint", "--person", "ann@example.com", option).out.strip()
    assert read_claims(text).subject == "ann@example.com"
    [row] = json.loads(company("tokens", "list", "--json").out)
    assert {"act_for": row["actFor"], "break_glass": row["breakGlass"]} == {"act_for": False, "break_glass": False} | {claim: True}
    assert option.removeprefix("--") in company("tokens", "list").out
    with sqlite3.connect(home / "placet.db") as database:
        [(facts,)] = database.execute("SELECT facts FROM audit WHERE kind = 'mint-token'").fetchall()
    assert (json.loads(facts)["actFor"], json.loads(facts)["breakGlass"]) == (claim == "act_for", claim == "break_glass")


@pytest.mark.parametrize("option", ["--act-for", "--break-glass"])
@pytest.mark.parametrize("whose", [("--application", "ci"), ("--person", "ann@example.com", "--role", "member")], ids=lambda w: w[0])
def test_nobody_but_an_owner_gets_such_a_right(company: CommandLine, option: str, whose: tuple[str, ...]) -> None:
    ended = company("tokens", "mint", *whose, option)
    assert (ended.code, ended.out, ended.err) == (
        2, "", "--act-for and --break-glass are rights of an owner: give --person EMAIL and --role owner with them.\n")
    assert company("tokens", "list", "--json").out == "[]\n"
