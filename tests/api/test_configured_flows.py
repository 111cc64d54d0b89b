"""`[[flow]]`: what the file makes of flow types, and all that can be wrong with it."""

import random
import tomllib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from api.config.file import read_config
from api.config.flows import ConfiguredFlows, flows_in
from api.config.places import find_places
from api.config.schedules import schedules_in
from api.settings import SettingsError, load_settings
from api.wiring.configuration import Configuration, configured
from api.wiring.service import wire
from core.domain.approvals import Risk
from core.domain.flow_types import Dispatch
from core.domain.parameters import Parameter
from core.domain.schedules import Entry
from core.flows.registry import Registry
from core.flows.request_elevated_privileges import request_elevated_privileges
from tests.api.test_config import installed, mistakes
from tests.databases import SqliteTemplate
from tests.world import World

CODE = Registry({request_elevated_privileges.id: request_elevated_privileges})
GOOD = """\
[[flow]]
id = "request-elevated-privileges"
name = "Access for a while"
approvers = ["group:oncall", "bob@acme.org"]
required = 2
timeout = 0.5
risk = "high"
self_approval = true
break_glass = false

[[flow]] # one of its own
id = "change-the-house"
description = \"\"\"
What is changed
in the house.\"\"\"
category = "environment"

[[flow.parameters]]
name = "environment"
title = "Where"
type = "choice"
choices = ["lab", "prod"]

[[flow.parameters]]
name = "version"
type = "text"
min = 2
max = 20
description = "As it is tagged."

[[flow.parameters]]
name = "replicas"
type = "integer"
min = 1
max = 9
default = 2

[[flow.parameters]]
name = "share"
type = "number"
default = 0.5

[[flow.parameters]]
name = "dry_run"
type = "boolean"
default = true

[[flow.parameters]]
name = "rings"
type = "list"
required = false
choices = ["canary", "all"]

[[flow.parameters]]
name = "token"
type = "text"
secret = true
required = false

[[flow.parameters]]
name = "who"
type = "text"
subject = true

[[flow]]
id = "build"
category = "build"
[flow.dispatch]
provider = "webhook"
url = "https://ci.example.com/start"
timeout = 2

[[schedule]]
name = "nightly"
flow = "change-the-house"
project = "acme/app"
expression = "0 4 * * *"
input = { environment = "lab", version = "main", who = "ann@acme.org" }
"""


@pytest.fixture
def world(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[World]:
    world = World(sqlite.copy(tmp_path)).company()
    yield world
    world.close()


def understood(world: World, tmp_path: Path, text: str = GOOD) -> Configuration:
    return configured(installed(world, tmp_path, text))


def test_what_people_may_set_of_a_flow_in_code(world: World, tmp_path: Path) -> None:
    flow = understood(world, tmp_path).registry.flows["request-elevated-privileges"]
    assert (flow.name, flow.approvers, flow.required) == ("Access for a while", ("group:oncall", "bob@acme.org"), 2)
    assert (flow.timeout, flow.risk, flow.self_approval, flow.break_glass) == (timedelta(minutes=30), Risk.HIGH, True, False)
    code = request_elevated_privileges
    assert (flow.function, flow.fields, flow.category, flow.version, flow.asks) == (
        code.function, code.fields, code.category, code.version, True)


def test_a_flow_of_the_file(world: World, tmp_path: Path) -> None:
    found = understood(world, tmp_path)
    flow = found.registry.flows["change-the-house"]
    assert (flow.name, flow.description, flow.category, flow.asks, flow.dispatch) == (
        "Change the house", "What is changed\nin the house.", "environment", True, None)
    assert flow.parameters() == (
        Parameter(name="environment", title="Where", type="string", required=True, choices=("lab", "prod")),
        Parameter(name="version", title="Version", type="string", required=True, least=2, most=20, description="As it is tagged."),
        Parameter(name="replicas", title="Replicas", type="integer", required=False, default=2, least=1, most=9),
        Parameter(name="share", title="Share", type="number", required=False, default=0.5),
        Parameter(name="dry_run", title="Dry run", type="boolean", required=False, default=True),
        Parameter(name="rings", title="Rings", type="array", required=False, choices=("canary", "all")),
        Parameter(name="token", title="Token", type="string", required=False, secret=True),
        Parameter(name="who", title="Who", type="string", required=True, subject=True))
    assert found.registry.versions()["change-the-house"] == 1
    assert [flow.id for flow in found.flows] == ["request-elevated-privileges", "change-the-house", "build"]
    assert found.schedules == [Entry(name="nightly", flow="change-the-house", project="acme/app", expression="0 4 * * *",
                                     input={"environment": "lab", "version": "main", "who": "ann@acme.org"})]


def test_a_flow_that_runs_elsewhere(world: World, tmp_path: Path) -> None:
    flow = understood(world, tmp_path).registry.flows["build"]
    assert flow.dispatch == Dispatch(provider="webhook", target={"url": "https://ci.example.com/start"}, timeout=timedelta(hours=2))
    assert flow.asks is False


@pytest.mark.parametrize("rule", ["approvers = []", "required = 2", "timeout = 1", 'risk = "high"', "self_approval = false"])
def test_it_asks_first_if_anything_is_said_of_that(world: World, tmp_path: Path, rule: str) -> None:
    flow = understood(world, tmp_path, GOOD.replace('category = "build"', f'category = "build"\n{rule}')).registry.flows["build"]
    assert flow.asks is True


def test_the_service_offers_and_runs_what_the_file_has(world: World, tmp_path: Path) -> None:
    service = wire(installed(world, tmp_path, GOOD))
    assert service.use_cases.registry.flows["change-the-house"].configured
    with world.database.read() as tx:
        assert [each.flow for each in tx.schedules.list()] == ["change-the-house"]


def test_every_mistake_is_told_at_once_with_its_line_however_deep(world: World, tmp_path: Path) -> None:
    assert mistakes(world, tmp_path, '''\
[[flow]]
id = "request-elevated-privileges"
category = "access"
approvers = [
  "bob@acme.org",
  "group:On Call",
  "Bob@ACME.org",
  "slack:T1/S1",
]
required = 0
timeout = 200
risk = "highest"
self_approval = "no"
break_glas = true
[[flow.parameters]]
name = "x"

[[flow]]
name = ""
[[flow.parameters]]
name = "id"
type = "string"
[[flow.parameters]]
name = "Name"
type = "integer"
min = 3
max = 1
choices = ["a"]
[[flow.parameters]]
name = "one"
type = "choice"
default = "c"
[[flow.parameters]]
name = "two"
type = "text"
secret = true
subject = true
default = "x"
pattern = ".*"
[[flow.parameters]]
name = "three"
type = "text"
secret = true
default = "x"
[[flow.parameters]]
name = "four"
type = "integer"
default = 11
max = 10

[[flow]]
id = "build"
category = "ci"
parameters = [
  { name = "a", type = "text" },
  { name = "a", type = "boolean", min = 1 },
  { name = "a", type = "integer" },
]
required = 3
approvers = ["bob@acme.org", "cat@acme.org"]
[flow.dispatch]
provider = "webhook"
url = "http://ci.example.com"
secret = "whsec_AAAA"  # pragma: allowlist secret
timeout = 0

[[flow]]
id = "build"
dispatch = { provider = "jenkins", url = "https://ann:pw@ci.example.com" }  # pragma: allowlist secret

[[flow]]
id = "status"
''') == [
        ("placet.toml:3: category is given by the code of request-elevated-privileges: only name, approvers, required, timeout, "
         "risk, self_approval, break_glass can be set of it."),
        "placet.toml:6: approvers must be e-mail addresses or group:<name>, got 'group:On Call'.",
        "placet.toml:7: approvers has Bob@ACME.org twice.",
        "placet.toml:8: approvers of the kind slack: are not set up here: name people by their e-mail, or a group as group:<name>.",
        "placet.toml:10: required must be a whole number from 1 to 100.",
        "placet.toml:11: timeout is in hours: it must be a number from 1/60 to 168.",
        "placet.toml:12: risk must be one of normal, high.",
        "placet.toml:13: self_approval must be true or false.",
        "placet.toml:14: a flow has no field break_glas: did you mean break_glass?",
        ("placet.toml:15: parameters is given by the code of request-elevated-privileges: only name, approvers, required, "
         "timeout, risk, self_approval, break_glass can be set of it."),
        "placet.toml:18: this flow has no id.",
        "placet.toml:19: name must be a text of 1 to 100 characters.",
        "placet.toml:21: id means something else in a request: take another name.",
        "placet.toml:22: type must be one of text, choice, integer, number, boolean, list.",
        "placet.toml:24: name must be letters and digits and _, the first a small letter, up to 50.",
        "placet.toml:27: max is below min.",
        "placet.toml:28: choices is for a choice or a list, not for an integer.",
        "placet.toml:29: this parameter has no choices.",
        "placet.toml:37: subject is for a text that is no secret: who benefits, by e-mail.",
        ("placet.toml:39: a parameter has no field pattern; it is one of name, title, description, type, required, default, "
         "choices, min, max, secret, subject."),
        "placet.toml:44: a secret has no default: no secret stands in this file.",
        "placet.toml:48: default must be at most 10.",
        ("placet.toml:53: category must be one of access, environment, release, package, pool, testing, build, repository, "
         "scheduled, cascade, other."),
        "placet.toml:56: min is for numbers, texts and lists, not for a boolean.",
        "placet.toml:57: the name a is taken by the parameter of line 55.",
        "placet.toml:59: required is 3, but approvers names only 2.",
        "placet.toml:63: url must be an https:// address (http:// only to this machine itself), without a user or password in it.",
        "placet.toml:64: secret has no place in this file: PLACET_DISPATCH_WEBHOOK_SECRET signs what starts a pipeline.",
        "placet.toml:65: timeout is in hours: it must be a number from 1/60 to 168.",
        "placet.toml:68: the id build is taken by the flow of line 51.",
        "placet.toml:69: provider must be one of webhook, github-actions.",
        "placet.toml:72: id must be small letters, digits and -, up to 80, and not status.",
    ]


WORKFLOW = """\
[[flow]]
id = "deploy"
category = "release"
approvers = ["github:acme/sre"]
[[flow.parameters]]
name = "release"
type = "text"
[flow.dispatch]
provider = "github-actions"
repository = "acme/app"
workflow = "deploy.yml"
"""
NO_TEAM = WORKFLOW.replace('approvers = ["github:acme/sre"]\n', "")


def test_teams_of_a_platform_that_is_not_set_up_answer_nothing(world: World, tmp_path: Path) -> None:
    [told] = mistakes(world, tmp_path, WORKFLOW)
    assert told.startswith("placet.toml:4: approvers of the kind github: are not set up here")


@pytest.mark.parametrize(("before", "after", "said"), [
    ('"acme/app"', '"acme"', "placet.toml:9: repository must be a repository as owner/name, got 'acme'."),
    ('"deploy.yml"', '"../x.yml"', "placet.toml:10: workflow must be the name of a workflow's file, as deploy.yml, got '../x.yml'."),
    ('workflow = "deploy.yml"', 'ref = "main"', "placet.toml:7: this dispatch has no workflow.")])
def test_a_workflow_is_named_by_its_repository_and_file(world: World, tmp_path: Path, before: str, after: str, said: str) -> None:
    assert mistakes(world, tmp_path, NO_TEAM.replace(before, after)) == [said]


def test_what_a_workflow_shows_to_everybody_is_not_secret(world: World, tmp_path: Path) -> None:
    assert mistakes(world, tmp_path, NO_TEAM.replace('type = "text"', 'type = "text"\nsecret = true')) == [
        "placet.toml:8: github-actions shows what a pipeline is given to all who see it: no parameter may be secret."]


@pytest.mark.parametrize(("flow_id", "said"), [
    ("request-elevated-privilege", " (did you mean request-elevated-privileges?)"), ("deploy", "")])
def test_rules_for_a_flow_that_is_not_there_make_no_new_one(world: World, tmp_path: Path, flow_id: str, said: str) -> None:
    """Or a slip would leave the flow that was meant without them, and a package that is gone would leave a question without an effect."""
    assert mistakes(world, tmp_path, f'[[flow]]\nname = "x"\nid = "{flow_id}"\nrequired = 2\n') == [
        f"placet.toml:3: no code has a flow {flow_id}{said}, and a new one has a category."]


@pytest.mark.parametrize(("text", "path", "line"), [
    ('a = """\nb = 1\n"""\nc = 2', ("c",), 4),
    ("a = '''\nb = 1'''\r\nc = 2", ("c",), 3),
    ('a = """x""""" # " \nc = 2', ("c",), 2),
    ('a = """\\"""\n"""\nc = 2', ("c",), 3),
    ("a = [ # ]\n 1,\n [2, 3],\n]\nc = 2", ("a", 1, 0), 3),
    ("a = [\n 1,\n {b = 'x', c.d = 2},\n]\n", ("a", 1, "c", "d"), 3),
    ("[[a]]\n[[a.b]]\nc = 1\n[[a.b]]\n[[a]]\n[[a.b]]\nc = 2\n", ("a", 1, "b", 0, "c"), 7),
    ("[[a]]\n[a.b.c]\nd = 1\n", ("a", 0, "b", "c", "d"), 3),
    ("\n[ a . \"b\\u0021\" . 'c' ] # x\nd = 1979-05-27 07:32:00\n", ("a", "b!", "c", "d"), 3),
    ("a.b.c = 1\n", ("a", "b", "nothing"), 1),
])
def test_everything_has_its_line(text: str, path: tuple[str | int, ...], line: int) -> None:
    tomllib.loads(text)
    assert find_places(text).line_of(path) == line


def examples() -> list[tuple[str, str]]:
    root = Path(__file__).parents[2]
    readme = [block.partition("```")[0] for block in (root / "README.md").read_text().split("```toml\n")[1:]]
    return [*((f"README.md {n}", block) for n, block in enumerate(readme, 1)),
            ("manifests", (root / "manifests" / "placet.toml").read_text())]


@pytest.mark.parametrize("text", [pytest.param(text, id=where) for where, text in examples()])
def test_the_examples_have_no_mistake(tmp_path: Path, text: str) -> None:
    found = read(tmp_path, text)
    assert isinstance(found, ConfiguredFlows), found
    assert found.unclear == set()


def test_the_example_of_the_readme_is_what_its_words_say(tmp_path: Path) -> None:
    text = next(text for _, text in examples() if "change-firewall" in text)
    found = read(tmp_path, text)
    assert isinstance(found, ConfiguredFlows)
    access, change = found.registry.flows["request-elevated-privileges"], found.registry.flows["change-firewall"]
    assert (access.approvers, access.required, access.timeout, access.risk) == (
        ("group:oncall", "owner@example.com"), 2, timedelta(hours=8), Risk.HIGH)
    assert [(p.name, p.title, p.type, p.required) for p in change.parameters()] == [
        ("environment", "Where", "string", True), ("port", "Port", "integer", True)]


WORDS = st.sampled_from([
    "[[flow]]", "[[flow.parameters]]", "[flow.dispatch]", "[[schedule]]", "[schedule.input]", "id = 'a'", "id = 'b'", "name = 'a'",
    "name = 7", "id = 'request-elevated-privileges'", "type = 'integer'", "type = 'text'", "type = 'list'", "type = 'choice'",
    "type = 'boolean'", "type = 'number'", "default = nan", "default = inf", "default = 1e300",
    "default = 0xffffffffffffffffffffffffffffffffffff", "default = [1, [2]]", "default = ['a']", "default = {}", "default = 07:32:00",
    "default = ''", "min = -1", "min = nan", "max = 1e308", "max = 99999999999999999999999", "choices = []", "choices = ['a', 'a']",
    "choices = [1]", "choices = 'a'", "secret = true", "subject = true", "required = true", "required = 1e9", "required = 2",
    "timeout = nan", "timeout = 1e308", "timeout = -1", "timeout = 1", "approvers = ['a@b', 'A@B', 'group:x', '']", "approvers = 'a@b'",
    "approvers = [[]]", "risk = 'high'", "risk = []", "provider = 'webhook'", "provider = {}", "url = 'https://[::1'",
    "url = 'https://a:b'", "url = 'https://a'", "parameters = 3", "parameters = [1]", "dispatch = 3", "flow = 'a'", "flow = []",
    "flow.a = 1", "schedule = {}", "project = 'acme/app'", "expression = '* * * * *'", "input = [1]",
    "input = { a = 0xffffffffffffffffffffffffffffffffffff }", "\"\\u0000\\n\" = 1", "name = '''\n'''", "category = 'other'", "= 3", "# x",
    "퟿ = 1"])
VALUES: st.SearchStrategy[str] = st.recursive(
    st.sampled_from(["1", "-1.5", "nan", "true", "'x'", '"\\u0000"', "1979-05-27", "07:32:00", "[]", "{}", "''", "9" * 30]),
    lambda inner: st.lists(inner, max_size=3).map(lambda each: f"[{', '.join(each)}]")
    | st.lists(inner, max_size=3).map(lambda each: f"{{ {', '.join(f'k{n} = {value}' for n, value in enumerate(each))} }}"),
    max_leaves=6)
KEYS = st.sampled_from(["id", "name", "type", "default", "min", "max", "choices", "approvers", "required", "timeout", "risk", "parameters",
                        "dispatch", "url", "provider", "input", "flow", "expression", "title", "description", "secret", "self_approval"])
LINES = WORDS | st.builds("{} = {}".format, KEYS, VALUES) | st.text(max_size=20)


class NoDatabase:
    """Where nothing can be looked up: every flow and project is there."""

    def mistakes(self, entries: list[Entry]) -> list[list[Any]]:
        return [[] for _ in entries]


def read(directory: Path, text: str) -> ConfiguredFlows | list[str]:
    """Return what a text comes to, or its mistakes."""
    file = directory / "any.toml"
    file.write_bytes(text.encode())
    try:
        config = read_config(load_settings({"PLACET_HOME": str(directory), "PLACET_CONFIG": str(file)}))
        found = flows_in(config, CODE)
        schedules_in(config, NoDatabase(), found.unclear)  # type: ignore[arg-type]
        config.refuse_mistakes()
    except SettingsError as error:
        return [str(error), *error.mistakes]
    return found


@settings(max_examples=600, deadline=None)
@given(st.lists(LINES, max_size=14))
@example(["x = " + "[" * 400 + "]" * 400])
@example(["x = " + "[" * 5000 + "]" * 5000])
@example(["x = " + "9" * 5000])
@example(["[[schedule]]", "input = { a = 0x" + "f" * 5000 + " }"])
@example(["[[schedule]]", "input = { a = " + "[" * 300 + "]" * 300 + " }"])
@example(["[[flow]]", "id = 'a'", "[[flow.parameters]]", "name = 'a'", "type = 'integer'", "default = 0x" + "f" * 5000])
@example(["[[flow]]", "id = 'a'", "[[flow.parameters]]", "name = 'a'", "type = 'list'", "default = [0x" + "f" * 5000 + "]"])
@example(["[[flow]]", "id = 'a'", "timeout = 0x" + "f" * 5000])
@example(["[[flow]]", "a" * 10_000 + " = 1"])
@example(["[[flow]]"] * 2_000)
def test_no_content_is_a_traceback_and_every_mistake_is_a_line(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    said = read(tmp_path_factory.getbasetemp(), "\n".join(lines))
    if isinstance(said, list):
        assert all(sentence.isprintable() and len(sentence) < 1_000 for sentence in said)


SAMPLES = [GOOD, GOOD.replace("\n", "\r\n")]


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(SAMPLES), st.integers(0, 2**32))
def test_nor_is_a_good_file_that_was_torn_and_patched(tmp_path_factory: pytest.TempPathFactory, text: str, seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(choose.randint(1, 4)):
        at, to = sorted((choose.randrange(len(text)), choose.randrange(len(text))))
        patch = choose.choice("[]{}\"'=,.#\n\\x0")
        text = choose.choice([text[:at] + text[min(to, at + 20):], text[:at] + patch + text[at:], text[to:] + text[:at]])
    read(tmp_path_factory.getbasetemp(), text)
