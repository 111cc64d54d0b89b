"""`placet audit`, as an operator sees it."""

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
    for name in ("ann", "bob", "cat"):
        placet("people", "add", f"{name}@example.com")
    placet("projects", "add", "acme/app", "--owner", "ann@example.com")
    return placet


def meddle(home: Path, statement: str) -> None:
    with sqlite3.connect(home / "placet.db") as database:
        database.execute(statement)


def test_a_whole_audit_is_said_to_be_whole(placet: CommandLine) -> None:
    ended = placet("audit", "verify")
    assert (ended.code, ended.err) == (0, "")
    words = [line.split() for line in ended.out.splitlines()[1:]]
    assert [(first, last) for first, *_, last in words] == [("(installation)", "whole"), ("acme/app", "whole")]
    assert placet("audit", "verify", "--project", "ACME/app").out.count("whole") == 1


def test_a_changed_row_is_named(placet: CommandLine, home: Path) -> None:
    meddle(home, "UPDATE audit SET facts = replace(facts, 'bob@', 'eve@') WHERE seq = 2")
    ended = placet("audit", "verify")
    assert ended.code == 1
    assert "(installation): row 2 (add-person by placet, " in ended.out
    assert ended.out.endswith(" UTC) is not what was written after row 1: one of the two was changed or moved.\n")
    assert placet("audit", "verify", "-p", "acme/app").code == 0


def test_a_removed_row_is_named_to_programs(placet: CommandLine, home: Path) -> None:
    meddle(home, "DELETE FROM audit WHERE project_id = '' AND seq IN (1, 3)")
    ended = placet("audit", "verify", "--json")
    assert ended.code == 1
    first = json.loads(ended.out)[0]
    assert (first["project"], first["last"]["seq"]) == (None, 3)
    assert first["faults"] == [
        {"kind": "RowsMissing", "rows": [1, 1], "said": "row 1 is missing."},
        {"kind": "RowsMissing", "rows": [3, 3], "said": "row 3 is missing."}]


def test_every_row_is_exported_as_a_line(placet: CommandLine) -> None:
    rows = [json.loads(line) for line in placet("audit", "export").out.splitlines()]
    assert [(row["project"], row["seq"], row["kind"]) for row in rows] == [
        (None, 1, "add-person"), (None, 2, "add-person"), (None, 3, "add-person"),
        ("acme/app", 1, "add-project"), ("acme/app", 2, "admit-person")]
    assert rows[1]["facts"]["email"] == "bob@example.com"
    last = {v["project"]: v["last"]["hash"] for v in json.loads(placet("audit", "verify", "--json").out)}
    assert (rows[2]["hash"], rows[4]["hash"]) == (last[None], last["acme/app"])
    assert placet("audit", "export", "--project", "no/pe").code == 1
