"""The configuration file: what it is to be, and all that is wrong with it at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.config.file import read_config
from api.config.schedules import schedules_in
from api.settings import SettingsError, load_settings
from api.wiring.configuration import configured
from api.wiring.installation import Installation
from api.wiring.service import wire
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules
from tests.api.edge import new_issuer
from tests.databases import SqliteTemplate
from tests.fakes.signatures import FakeSignatures
from tests.world import World

GOOD = """\
[[schedule]]
name = "nightly access"
flow = "request-elevated-privileges"
project = "acme/app"
expression = "0 4 * * mon-fri"
input = { username = "ann@acme.org", targetOrg = "prod", accessLevel = "Admin" }

[[schedule]] # the other form
name = "weekly/access"
flow = "request-elevated-privileges"
project = "other/app"
expression = "0 4 * * sun"
[schedule.input]
username = "ann@acme.org"
targetOrg = "prod"
accessLevel = "Admin"
"""


@pytest.fixture
def world(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[World]:
    world = World(sqlite.copy(tmp_path)).company()
    yield world
    world.close()


def written(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "placet.toml"
    file.write_text(text)
    return file


def installed(world: World, tmp_path: Path, text: str) -> Installation:
    settings = load_settings({"PLACET_HOME": str(tmp_path), "PLACET_CONFIG": str(written(tmp_path, text))})
    return Installation(settings=settings, database=world.database, vault=world.vault, issuer=new_issuer(), signatures=FakeSignatures())


def mistakes(world: World, tmp_path: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        configured(installed(world, tmp_path, text))
    return list(refused.value.mistakes)


def test_a_file_is_understood_in_either_form(world: World, tmp_path: Path) -> None:
    first, second = configured(installed(world, tmp_path, GOOD)).schedules
    given = {"username": "ann@acme.org", "targetOrg": "prod", "accessLevel": "Admin"}
    assert first == Entry(
        name="nightly access", flow="request-elevated-privileges", project="acme/app", expression="0 4 * * mon-fri", input=given)
    assert (second.name, second.input) == ("weekly/access", given)


def test_every_mistake_is_told_at_once_with_its_line(world: World, tmp_path: Path) -> None:
    assert mistakes(world, tmp_path, """\
titel = "Placet"
[[schedule]]
name = "one"
flow = "request-elevated-privilege"
project = "acme/nowhere"
expression = "0 4 30 2 *"

[[schedule]]
name = "one"
flow = "request-elevated-privileges"
project = "acme/app"
expression = "0 4 * * * *"
inputs = { username = "ann@acme.org" }

[[schedule]]
name = 7
project = ""
expression = "@daily"
input = 3

[[schedule]]
name = "three"
flow = "request-elevated-privileges"
project = "acme/app"
expression = "@daily"
[schedule.input]
username = "ann@acme.org"
durationMinutes = 900
targetOrg = "prod"
skipApproval = true

[[schedules]]
name = "four"
""") == [
        "placet.toml:1: there is no section titel; it is one of flow, project, schedule.",
        ("placet.toml:4: there is no flow type request-elevated-privilege: it is one of approve-deployment, "
             "execute-release, reconcile-access, "
         "request-a-release-to-release-envs, request-elevated-privileges."),
        "placet.toml:5: there is no project acme/nowhere: `placet projects add` makes one.",
        "placet.toml:6: expression does not fire within five years.",
        "placet.toml:13: a schedule has no field inputs: did you mean input?",
        "placet.toml:15: this schedule has no flow.",
        "placet.toml:16: name must be a text of 1 to 200 characters.",
        "placet.toml:17: project must be a text of 1 to 200 characters.",
        "placet.toml:19: input must be a table: the flow's parameters by name.",
        ("placet.toml:25: expression must be five fields of digits, names and * , - / with spaces between them: minute, hour, day of the "
         "month, month, day of the week."),
        "placet.toml:26: input: accessLevel is missing: What access is given.",
        "placet.toml:26: input: durationMinutes must be between 1 and 480, got 900.",
        "placet.toml:26: input: skipApproval is no parameter of this flow.",
        "placet.toml:32: there is no section schedules: did you mean schedule?",
    ]


def test_a_name_is_taken_once(world: World, tmp_path: Path) -> None:
    assert mistakes(world, tmp_path, GOOD.replace("weekly/access", "nightly access")) == [
        "placet.toml:9: the name nightly access is taken by the schedule of line 1."]


def test_a_flow_that_cannot_run_here_is_not_scheduled(world: World, tmp_path: Path) -> None:
    text = GOOD.replace("request-elevated-privileges", "execute-release", 1)
    (said,) = mistakes(world, tmp_path, text)
    assert said.startswith("placet.toml:3: Releases are deployed by webhook: PLACET_RELEASE_WEBHOOK_URL")


@pytest.mark.parametrize(("text", "said"), [
    ("[[schedule]]\nname = ", "placet.toml is no TOML: Invalid value (at end of document)."),
    ("[[schedule]]\nname = 'a'\nname = 'b'\n", "placet.toml is no TOML: Cannot overwrite a value (at line 3, column 11)."),
])
def test_what_is_no_toml_is_told_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    settings = load_settings({"PLACET_HOME": str(tmp_path), "PLACET_CONFIG": str(written(tmp_path, text))})
    with pytest.raises(SettingsError) as refused:
        read_config(settings)
    assert str(refused.value) == f"{tmp_path}/{said}"


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "placet.toml").write_bytes(b"\xff\xfe[[schedule]]")
    settings = load_settings({"PLACET_HOME": str(tmp_path), "PLACET_CONFIG": str(tmp_path / "placet.toml")})
    with pytest.raises(SettingsError, match=r"placet.toml is no TOML in UTF-8\.$"):
        read_config(settings)


def test_a_file_that_was_named_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        read_config(load_settings({"PLACET_HOME": str(tmp_path), "PLACET_CONFIG": str(tmp_path / "no.toml")}))
    assert str(refused.value) == f"PLACET_CONFIG: {tmp_path}/no.toml cannot be read (No such file or directory)."


def test_a_header_within_a_text_leads_no_line_astray(world: World, tmp_path: Path) -> None:
    text = 'x = """\n[[schedule]]\n"""\n' + GOOD.replace('"0 4 * * sun"', '"never"')
    first, second = mistakes(world, tmp_path, text)
    assert first == "placet.toml:1: there is no section x; it is one of flow, project, schedule."
    assert second.startswith("placet.toml:15: expression must be five fields")


@pytest.mark.parametrize("value", ["schedule = 3", "schedule = [1]", "[schedule]\nname = 'a'"])
def test_a_schedule_is_a_list_of_tables(world: World, tmp_path: Path, value: str) -> None:
    assert mistakes(world, tmp_path, value) == ["placet.toml:1: schedule is a list of tables: write [[schedule]]."]


@pytest.mark.parametrize("value", ["inf", "nan", "07:32:00", "1979-05-27"])
def test_an_input_that_is_no_json_is_told(world: World, tmp_path: Path, value: str) -> None:
    (said,) = mistakes(world, tmp_path, GOOD.replace('"prod"', value, 1))
    assert said.startswith("placet.toml:6: input: ")


def test_the_service_loads_the_schedules_when_it_starts_and_refuses_to_with_a_mistake(world: World, tmp_path: Path) -> None:
    wire(installed(world, tmp_path, GOOD))
    with world.database.read() as tx:
        assert [each.name for each in tx.schedules.list()] == ["nightly access", "weekly/access"]
    with pytest.raises(SettingsError):
        wire(installed(world, tmp_path, GOOD.replace("sun", "someday").replace("nightly access", "another name")))
    with world.database.read() as tx:
        assert [each.name for each in tx.schedules.list()] == ["nightly access", "weekly/access"]


def test_without_a_file_there_is_no_schedule(world: World, tmp_path: Path) -> None:
    config = read_config(load_settings({"PLACET_HOME": str(tmp_path)}))
    assert schedules_in(config, LoadSchedules(database=world.database, registry=world.registry, vault=world.vault)) == []
    assert config.mistakes == []
