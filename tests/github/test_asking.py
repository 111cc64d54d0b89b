"""Requests that people make by opening an issue: with JSON in a comment of HTML, or by a form."""

import json
from typing import Any

import pytest

from core.domain.executions import Execution
from core.domain.flow_types import FlowType
from core.domain.parameters import Parameter
from core.flows.registry import Registry
from tests.doubles.github.state import Issue
from tests.github.stage import GitHubStage
from tests.world import PROJECT

pytestmark = pytest.mark.database

FLOW = "request-elevated-privileges"
ASKED: dict[str, Any] = {"username": "ann@acme.org", "targetOrg": "payments-prod", "accessLevel": "Admin", "durationMinutes": 60}
WHO, WHERE, WHAT, HOW_LONG = ("Who gets access, by e-mail", "Where access is given", "What access is given",
                              "How long, in minutes from the moment it is granted")
FORM = {WHO: "ann@acme.org", WHERE: "payments-prod", WHAT: "Admin", HOW_LONG: "60"}


def marker(**values: Any) -> str:
    return f"<!-- {json.dumps({'id': FLOW, **values})} -->"


def opens(stage: GitHubStage, body: str | None = None, who: str = "ann", **more: Any) -> Issue:
    issue = stage.github.open_issue(who, PROJECT, body=body, **more)
    stage.settle()
    return issue


def at(issue: Issue) -> str:
    return f"{PROJECT}#{issue.number}"


def runs(stage: GitHubStage) -> list[str]:
    return [id for (id,) in stage.world.rows("SELECT id FROM executions ORDER BY created_at")]


def run(stage: GitHubStage) -> Execution:
    [id] = runs(stage)
    return stage.world.see(id).execution


def replies(stage: GitHubStage, issue: Issue) -> list[str]:
    return [comment.body.split("\n\n<!--")[0] for comment in stage.ours(at(issue)) if "<!-- placet:card:" not in comment.body]


def test_an_issue_asks_and_its_author_is_the_requester_and_the_card_is_there(stage: GitHubStage) -> None:
    issue = opens(stage, f"I have to rotate the key.\n\n{marker(**ASKED)}\n\nThank you")
    asked = run(stage)
    assert (asked.triggered_by, asked.status) == ("ann@acme.org", "suspended")
    assert asked.callback == {"type": "github", "repositoryIdentifier": PROJECT, "issueNumber": issue.number}
    assert [card.split(" · ")[0] for card in stage.cards(at(issue))] == ["○ **Admin on payments-prod for 1 hour**"]
    assert replies(stage, issue) == ["Started: Elevated privileges. Its card follows here."]
    stage.github.comment("ann", at(issue), "/approve")
    stage.settle()
    assert stage.status(asked) == "pending"
    stage.github.comment("bob", at(issue), "/approve")
    stage.settle()
    assert stage.status(asked) == "approved"


def test_a_form_names_its_flow_by_its_label_and_its_fields_by_their_titles(stage: GitHubStage) -> None:
    issue = opens(stage, form={**FORM, "reason": ""}, labels=["help", f"placet:{FLOW}"])
    assert run(stage).payload["durationMinutes"] == 60
    assert len(stage.cards(at(issue))) == 1


@pytest.mark.parametrize(("body", "said"), [
    (marker(**ASKED | {"durationMinutes": "60"}), "durationMinutes must be a whole number, got '60'."),
    (marker(**ASKED | {"colour": "red"}), "colour is no parameter of this flow."),
    (marker(username="ann@acme.org"), "targetOrg is missing"),
    (marker(**ASKED, skipApproval=True), "skipApproval cannot be given here."),
    (marker(**ASKED, skipReason="I am in a hurry"), "skipReason cannot be given here."),
    (marker(**ASKED, workItemRef={"type": "github-issue", "key": "1"}), "workItemRef cannot be given here."),
    (marker(**ASKED, repositoryIdentifier="other/app"), "repositoryIdentifier names a project that is not at home here"),
    (marker(**ASKED, repositoryIdentifier=["acme/app"]), "repositoryIdentifier names a project that is not at home here"),
    (marker(id="no-such-flow"), "There is no flow type no-such-flow"),
    (f"{marker(**ASKED)}\n{marker(**ASKED)}", "The issue asks for more than one thing"),
    (f"{marker(**ASKED)}\n\n{'x' * 20_000}", "The issue is too long"),
    ('<!-- {"id": "request-elevated-privileges", "targetOrg": "a", "targetOrg": "b"} -->', "names a member of an object twice"),
    ('<!-- {"id": "request-elevated-privileges", } -->', "The JSON in the issue is no JSON"),
    ('<!-- {"id": "request-elevated-privileges", "durationMinutes": NaN} -->', "holds NaN, which is no JSON"),
])
def test_what_cannot_be_started_is_refused_with_one_reply_that_says_what_is_wrong(stage: GitHubStage, body: str, said: str) -> None:
    issue = opens(stage, body)
    [reply] = replies(stage, issue)
    assert reply.startswith("I could not start this: ")
    assert said in reply.replace("\\", "")
    assert (runs(stage), stage.cards(at(issue))) == ([], [])


@pytest.mark.parametrize(("form", "said"), [
    (FORM | {HOW_LONG: "3 days"}, "durationMinutes must be a whole number, got '3 days'."),
    (FORM | {WHERE: ""}, "targetOrg is missing"),
    (FORM | {"Colour": "red"}, "Colour is no parameter of this flow."),
    (FORM | {"skipApproval": "true"}, "skipApproval cannot be given here."),
    (FORM | {"repositoryIdentifier": "other/app"}, "repositoryIdentifier cannot be given here."),
    (FORM | {"targetOrg": "billing-prod"}, "targetOrg stands there twice."),
    (FORM | {"reason": f"I need it\n### {WHERE}\nbilling-prod"}, "Where access is given stands there twice."),
])
def test_a_form_that_cannot_be_started_is_refused_likewise(stage: GitHubStage, form: dict[str, str], said: str) -> None:
    issue = opens(stage, form=form, labels=[f"placet:{FLOW}"])
    [reply] = replies(stage, issue)
    assert said in reply.replace("\\", "")
    assert runs(stage) == []


def test_a_label_of_two_flows_or_a_label_and_json_ask_for_nothing(stage: GitHubStage) -> None:
    both = opens(stage, form=FORM, labels=[f"placet:{FLOW}", "placet:deploy"])
    mixed = opens(stage, marker(**ASKED), labels=[f"placet:{FLOW}"])
    assert all("more than one thing" in said for issue in (both, mixed) for said in replies(stage, issue))
    assert runs(stage) == []


@pytest.mark.parametrize("body", [
    None, "", "Just an issue", f"> {marker(**ASKED)}", f"```\n{marker(**ASKED)}\n```", f"    {marker(**ASKED)}", f"`{marker(**ASKED)}`",
    f"- {marker(**ASKED)}", f"Do this: {marker(**ASKED)}", '<!-- {"id": 7} -->', '<!-- {"name": "another tool"} -->',
    "<!-- what, \"id\" -->",
    marker(**ASKED).removesuffix("-->"), "<!-- /placet request-elevated-privileges -->", "### Target org\n\npayments-prod"])
def test_what_is_quoted_is_code_or_is_another_tools_asks_for_nothing(stage: GitHubStage, body: str | None) -> None:
    issue = opens(stage, body)
    assert (runs(stage), stage.ours(at(issue))) == ([], [])


def test_nothing_secret_is_taken_from_an_issue_nor_kept_or_repeated(stage: GitHubStage) -> None:
    known = stage.world.registry
    secret = FlowType(id="rotate", name="Rotate", description="Rotates", function=known.flows[FLOW].function, category="access", fields=(
        Parameter(name="password", title="Password", type="string", required=True, secret=True),))
    stage.world.deploy(Registry({**known.flows, "rotate": secret}, known.effects))
    stage.wire()
    issues = [opens(stage, marker(id="rotate", password="hunter2")), opens(stage, form={"Password": "hunter2"}, labels=["placet:rotate"])]
    for issue in issues:
        [reply] = replies(stage, issue)
        assert "password is secret, and nothing secret belongs into a message" in reply
        assert "hunter2" not in reply
    assert runs(stage) == []
    assert "hunter2" not in str(stage.world.rows("SELECT * FROM messages"))


def test_e09_a_bot_an_app_in_a_persons_name_and_who_is_unknown_ask_for_nothing(stage: GitHubStage) -> None:
    stage.github.bot("helper[bot]")
    stage.github.role("helper[bot]", PROJECT, "write")
    by_bot = opens(stage, marker(**ASKED), who="helper[bot]")
    assert stage.ours(at(by_bot)) == []
    stage.unlink("ann")
    assert replies(stage, opens(stage, marker(**ASKED)))[0].startswith("I do not know who `ann` is yet.")
    foreign = opens(stage, marker(**ASKED | {"username": "eve@other.org"}), who="eve")
    assert "you may use" in replies(stage, foreign)[0]
    assert runs(stage) == []


def test_e16_what_is_edited_later_changes_nothing_and_asks_for_nothing(stage: GitHubStage) -> None:
    issue = opens(stage, marker(**ASKED))
    stage.github.edit_issue("ann", at(issue), body=marker(**ASKED | {"targetOrg": "billing-prod"}))
    plain = opens(stage, "Just an issue")
    stage.github.edit_issue("ann", at(plain), body=marker(**ASKED))
    stage.github.label("cat", at(plain), f"placet:{FLOW}")
    stage.settle()
    assert run(stage).payload["targetOrg"] == "payments-prod"
    assert stage.ours(at(plain)) == []


def test_what_was_changed_before_it_was_read_does_not_count(stage: GitHubStage) -> None:
    issue = stage.github.open_issue("ann", PROJECT, body=marker(**ASKED))
    stage.github.edit_issue("cat", at(issue), body=marker(**ASKED | {"targetOrg": "billing-prod"}))
    stage.settle()
    assert runs(stage) == []
    assert replies(stage, issue) == ["I read a message only as it was first written. Please write your answer as a new one."]


def test_e05_it_is_asked_for_once_however_often_it_is_delivered(stage: GitHubStage) -> None:
    stage.github.hooks.double(3, event="issues")
    opens(stage, marker(**ASKED))
    for delivery in [each for each in stage.github.hooks.sent if each.event == "issues"]:
        stage.github.hooks.send(delivery.hook, delivery.event, delivery.body)
    stage.settle()
    assert len(runs(stage)) == 1


def test_e11_an_issue_elsewhere_or_one_that_was_moved_here_asks_for_nothing(stage: GitHubStage) -> None:
    stage.github.repository("acme/other", ann="write")
    stage.github.install(stage.app, "acme", repositories=[PROJECT, "acme/other"])
    elsewhere = stage.github.open_issue("ann", "acme/other", body=marker(**ASKED))
    stage.settle()
    assert runs(stage) == []
    stage.github.transfer_issue("ann", f"acme/other#{elsewhere.number}", PROJECT)
    stage.settle()
    assert runs(stage) == []


def test_somebody_who_lost_the_repository_asks_for_nothing(stage: GitHubStage) -> None:
    issue = stage.github.open_issue("ann", PROJECT, body=marker(**ASKED))
    stage.github.role("ann", PROJECT, None)
    stage.settle()
    assert runs(stage) == []
    assert replies(stage, issue)[0].startswith("You have no access to acme/app on GitHub.")
