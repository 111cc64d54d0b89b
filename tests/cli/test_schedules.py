"""`placet schedules` and `placet config`, on a database of their own."""

import json
from pathlib import Path

import pytest

from api.settings import load_settings
from api.wiring.installation import open_installation
from api.wiring.service import wire
from tests.cli.command_line import CommandLine

FILE = """\
[[schedule]]
name = "nightly"
flow = "request-elevated-privileges"
project = "acme/app"
expression = "0 4 * * *"
input = { username = "ann@example.com", targetOrg = "prod", accessLevel = "Admin" }
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "placet.toml").write_text(FILE)
    return tmp_path


@pytest.fixture
def placet(home: Path) -> CommandLine:
    placet = CommandLine(environ(home))
    placet("people", "add", "bob@example.com")
    placet("projects", "add", "acme/app", "--owner", "bob@example.com")
    return placet


def environ(home: Path) -> dict[str, str]:
    return {"PLACET_HOME": str(home / "home"), "PLACET_CONFIG": str(home / "placet.toml")}


def started(home: Path) -> None:
    """Start the service, as far as it loads the schedules."""
    installation = open_installation(load_settings(environ(home)))
    wire(installation)
    installation.close()


def changed_by_hand(home: Path) -> None:
    installation = open_installation(load_settings(environ(home)))
    with installation.database.writer.begin() as connection:
        connection.exec_driver_sql("UPDATE schedules SET expression = '5 5 * * *', changed = 1")
    installation.close()


def test_a_file_is_checked(placet: CommandLine) -> None:
    ended = placet("config", "check")
    assert (ended.code, ended.out) == (
        0, "schedule nightly: request-elevated-privileges for acme/app at 0 4 * * *\nThe configuration has no mistake.\n")
    assert placet("schedules", "list", "--json").out == "[]\n"


FLOWS = """\
[[flow]]
id = "change"
category = "other"
required = 2
timeout = 1.5
risk = "high"
approvers = ["group:oncall", "bob@example.com"]
[[flow.parameters]]
name = "where"
type = "choice"
choices = ["lab", "prod"]
[[flow]]
id = "build"
category = "build"
dispatch = { provider = "webhook", url = "https://ci.example.com/start" }
[[schedule]]
name = "nightly"
flow = "change"
project = "acme/app"
expression = "0 4 * * *"
input = { where = "lab" }
"""


def test_flows_of_the_file_are_checked_and_begun_by_the_clock(placet: CommandLine, home: Path) -> None:
    (home / "placet.toml").write_text(FLOWS)
    assert placet("config", "check").out.splitlines() == [
        "flow change: Change, asks 2 of group:oncall, bob@example.com within 1.5 h, high risk", "flow build: Build, asks nobody",
        "schedule nightly: change for acme/app at 0 4 * * *", "The configuration has no mistake."]
    started(home)
    assert [each["flow"] for each in json.loads(placet("schedules", "list", "--json").out)] == ["change"]


def test_a_mistake_deep_in_a_flow_keeps_the_service_from_starting(placet: CommandLine, home: Path) -> None:
    (home / "placet.toml").write_text(FLOWS.replace("type = ", "typ = ").replace('risk = "high"', 'risk = "hi"'))
    wrong = ["The configuration file has 3 mistakes:", "placet.toml:6: risk must be one of normal, high.",
             "placet.toml:8: this parameter has no type.", "placet.toml:10: a parameter has no field typ: did you mean type?"]
    for command in (("config", "check"), ("serve",)):
        ended = placet(*command)
        assert (ended.code, ended.out, ended.err.splitlines()) == (2, "", wrong)


def test_a_schedule_of_a_flow_that_has_mistakes_is_none_itself(placet: CommandLine, home: Path) -> None:
    (home / "placet.toml").write_text(FLOWS.replace("required = 2", "required = 0").replace("0 4", "0 25"))
    assert placet("config", "check").err.splitlines()[1:] == [
        "placet.toml:4: required must be a whole number from 1 to 100.",
        "placet.toml:20: expression has '25' as its hour, which is 0 to 23."]


def test_every_mistake_is_a_line(placet: CommandLine, home: Path) -> None:
    (home / "placet.toml").write_text(FILE.replace("0 4", "0 25").replace("acme/app", "acme/nowhere"))
    ended = placet("config", "check")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.splitlines() == [
        "The configuration file has 2 mistakes:", "placet.toml:4: there is no project acme/nowhere: `placet projects add` makes one.",
        "placet.toml:5: expression has '25' as its hour, which is 0 to 23."]


def test_an_empty_configuration_is_none(placet: CommandLine, home: Path) -> None:
    (home / "placet.toml").write_text("")
    assert placet("config", "check").out == "There is nothing in the configuration.\n"


def test_schedules_are_listed(placet: CommandLine, home: Path) -> None:
    started(home)
    (shown,) = json.loads(placet("schedules", "list", "--json").out)
    assert shown.pop("nextAt")[10:] == "T04:00:00.000Z"
    assert shown == {"name": "nightly", "flow": "request-elevated-privileges", "project": "acme/app", "expression": "0 4 * * *",
                     "enabled": True, "changed": False, "lastAt": None}
    heads, line = placet("schedules", "list").out.splitlines()
    assert heads.split() == ["schedule", "flow", "project", "when", "(UTC)", "next"]
    assert line.split()[:3] == ["nightly", "request-elevated-privileges", "acme/app"]


def test_a_schedule_goes_back_to_what_the_file_says(placet: CommandLine, home: Path) -> None:
    started(home)
    changed_by_hand(home)
    started(home)
    assert "changed by hand" in placet("schedules", "list").out

    said = placet("schedules", "reset", "nightly").out
    assert said.startswith("nightly fires at 0 4 * * * now, as the configuration file has it: next at ")
    (shown,) = json.loads(placet("schedules", "list", "--json").out)
    assert (shown["expression"], shown["changed"]) == ("0 4 * * *", False)


def test_a_schedule_that_the_file_does_not_have_cannot_be_reset(placet: CommandLine) -> None:
    ended = placet("schedules", "reset", "weekly")
    assert (ended.code, ended.err) == (1, "There is no schedule weekly in the configuration file.\n")
    assert placet("schedules", "reset", "nightly").code == 1  # it is in the file, and no service has loaded it yet
