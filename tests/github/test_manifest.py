"""The App as its manifest has it: no less than the code needs, and what is missing is named with what it is for."""

import json
import re
from pathlib import Path

import pytest

from api.doctor import examine
from api.finding import Finding, State
from core.flows.request_elevated_privileges import request_elevated_privileges
from integrations.github.actions import RUNS
from integrations.github.connection import GitHub as Hub
from integrations.github.credentials import LISTEN, TALK, AppKey, Pat
from integrations.github.deployments import ANSWER, LOOK
from integrations.github.manifest import EVENTS, LEVELS, PERMISSIONS, lacks
from integrations.github.organizations import SEE
from tests.doubles.github.double import GitHub
from tests.doubles.github.setting import pem
from tests.github.stage import GitHubStage
from tests.world import PROJECT

SECRET = "a-secret-of-the-webhook"
HERE = Path(__file__).parents[2] / "manifests" / "github"
GRANTED = {name: use.level for name, use in PERMISSIONS.items()}


def found_by_doctor(tmp_path: Path, github: GitHub, app_id: int, **more: str) -> list[Finding]:
    file = tmp_path / "app.pem"
    file.write_text(pem())
    file.chmod(0o600)
    environ = {"PLACET_HOME": str(tmp_path / "home"), "PLACET_GITHUB_URL": github.url, "PLACET_GITHUB_APP_ID": str(app_id),
               "PLACET_GITHUB_PRIVATE_KEY_FILE": str(file), "PLACET_GITHUB_WEBHOOK_SECRET": SECRET, **more}
    return [finding for finding in examine(environ, connect_within=1) if finding.about == "github"]


def test_the_manifest_asks_for_what_the_code_needs_and_no_more() -> None:
    manifest = json.loads((HERE / "app.json").read_text())
    assert manifest["default_permissions"] == GRANTED
    assert set(manifest["default_events"]) == set(EVENTS)
    needed = {"metadata": "read"}
    for needs in (TALK, LISTEN, RUNS, LOOK, ANSWER, SEE):
        for name, level in needs.items():
            needed[name] = max(level, needed.get(name, "none"), key=LEVELS.index)
    assert needed == GRANTED


@pytest.mark.database
def test_the_issue_form_starts_its_flow(stage: GitHubStage) -> None:
    template = (HERE / "request-elevated-privileges.yml").read_text()
    titles = re.findall("^ +label: (.+)$", template, re.MULTILINE)
    assert titles == [parameter.title for parameter in request_elevated_privileges.parameters()]
    [label] = re.findall(r'^labels: \["(.+)"\]$', template, re.MULTILINE)
    stage.github.open_issue("ann", PROJECT, labels=[label],
                            form=dict(zip(titles, ["ann@acme.org", "payments-prod", "Admin", "60", ""], strict=True)))
    stage.settle()
    assert stage.world.rows("SELECT flow, status FROM executions") == [("request-elevated-privileges", "suspended")]


def test_nothing_is_missing_where_the_app_is_as_its_manifest(tmp_path: Path) -> None:
    with GitHub() as github:
        github.organization("acme")
        app = github.app("placet", permissions=GRANTED, events=EVENTS)
        github.install(app, "acme")
        assert [finding.state for finding in found_by_doctor(tmp_path, github, app.id)] == [State.OK]
        assert github.problems == []


def test_doctor_says_what_the_app_lacks_and_what_for(tmp_path: Path) -> None:
    with GitHub() as github:
        github.organization("acme")
        app = github.app("placet", permissions=GRANTED | {"issues": "read", "deployments": "read"},
                         events=[name for name in EVENTS if name not in ("issue_comment", "workflow_run")])
        github.install(app, "acme")
        assert [(finding.state, finding.said) for finding in found_by_doctor(tmp_path, github, app.id)] == [
            (State.WRONG, "The App lacks the permission issues: write, for cards, replies and labels on issues."),
            (State.NOTE, "The App lacks the permission deployments: write, for deployment protection rules."),
            (State.WRONG, "The App lacks the event issue_comment, for answers in comments."),
            (State.NOTE, "The App lacks the event workflow_run, for hearing at once how workflows go.")]


def test_doctor_says_which_installation_has_not_agreed_yet(tmp_path: Path) -> None:
    with GitHub() as github:
        github.organization("acme")
        github.organization("initech")
        app = github.app("placet", permissions=GRANTED, events=EVENTS)
        github.install(app, "acme")
        github.install(app, "initech", permissions={name: level for name, level in GRANTED.items() if name != "actions"})
        [lack] = found_by_doctor(tmp_path, github, app.id)
        assert lack.said.startswith("The installation in initech lacks the permission actions: write, for workflows as pipelines")


def test_changing_teams_takes_more() -> None:
    with GitHub() as github:
        github.organization("acme")
        app = github.app("placet", permissions=GRANTED, events=EVENTS)
        github.install(app, "acme")
        hub = Hub(AppKey(app_id=str(app.id), private_key=pem()), github.url)
        assert [lack.what for lack in lacks(hub, teams_change=True)] == ["the permission members: write"]
        assert lacks(hub, teams_change=False) == []


def test_a_token_of_its_own_is_compared_with_nothing() -> None:
    assert lacks(Hub(Pat(token="ghp_x"), "http://127.0.0.1:9"), teams_change=False) == []


def test_doctor_says_that_github_does_not_answer_or_knows_no_such_app(tmp_path: Path) -> None:
    with GitHub() as github:
        [unknown] = found_by_doctor(tmp_path, github, 4_711)
    [away] = found_by_doctor(tmp_path, github, 4_711)
    assert (unknown.state, unknown.said) == (State.WRONG, "GitHub refuses (404): Integration not found.")
    assert (away.state, away.said) == (State.WRONG, "GitHub does not answer, or does not know the App by this number and key.")
