"""What the double of GitHub takes and says is what GitHub publishes of itself."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.doubles.github.contract import FOLDER, WHY_NOT, contract, misfits
from tests.doubles.github_scene import Scene, scene

pytestmark = pytest.mark.skipif(FOLDER is None, reason=WHY_NOT)


@pytest.fixture(scope="module")
def everything() -> Iterator[Scene]:
    """A GitHub in which everything that can be asked has been, by PyGithub where it knows of it."""
    with scene() as played:
        _apps(played)
        _conversation(played)
        _pulls(played)
        _pipelines(played)
        _deployments(played)
        _teams(played)
        _refusals(played)
        played.github.hooks.settle()
        yield played


def test_every_request_and_every_answer_fits_the_published_api(everything: Scene) -> None:
    calls = [call for call in everything.github.ledger if contract().covers(call)]

    assert misfits(calls, []) == []
    assert len({call.route for call in calls}) > 40
    assert everything.github.problems == []


def test_every_webhook_fits_its_published_payload(everything: Scene) -> None:
    sent = [one for one in everything.github.hooks.sent if contract().covers_payload(one.event, one.payload)]

    assert misfits([], sent) == []
    assert {f"{one.event}.{one.action}" for one in sent} >= {
        "issue_comment.created", "issue_comment.edited", "issue_comment.deleted", "issues.opened", "issues.labeled", "issues.unlabeled",
        "pull_request.opened", "pull_request.closed", "pull_request_review.submitted", "workflow_run.requested", "workflow_run.completed",
        "deployment_protection_rule.requested"}


def _apps(played: Scene) -> None:
    integration = played.integration()
    integration.get_app()
    assert [one.id for one in integration.get_installations()] == [played.installation.id]
    integration.get_repo_installation("acme", "app")
    for path in ("/app/hook/config", "/app/hook/deliveries"):
        integration.requester.requestJsonAndCheck("GET", path)


def _conversation(played: Scene) -> None:
    github, client = played.github, played.client()
    opened = github.open_issue("ann", "acme/app", form={"What": "x", "Why": ""})
    repository = client.get_repo("acme/app")
    issue = repository.get_issue(opened.number)
    said = issue.create_comment("Who agrees?")
    said.edit("Who agrees now?")
    said.create_reaction("eyes")
    said.create_reaction("eyes")
    assert list(said.get_reactions())
    github.comment("bob", "acme/app#1", "/approve")
    assert len(list(issue.get_comments(since=datetime.now(UTC) - timedelta(minutes=5)))) == 2
    assert len(list(repository.get_issues_comments(sort="updated", direction="asc", since=datetime.now(UTC) - timedelta(minutes=5)))) == 2
    issue.get_comment(said.id)
    issue.add_to_labels("deploy")
    assert [one.name for one in issue.get_labels()] == ["deploy"]
    issue.remove_from_labels("deploy")
    issue.edit(state="closed", state_reason="completed")
    repository.create_issue("Another", body="text", labels=["deploy"])
    said.delete()
    repository.get_collaborator_permission("bob")
    client.get_user("ann")
    client.get_user_by_id(github.state.account("bob").id)
    client.get_rate_limit()
    played.person("ann").get_user().login  # noqa: B018
    client.requester.requestJsonAndCheck("GET", f"/repositories/{repository.id}")
    delivery = github.hooks.sent[0]
    requester = played.integration().requester
    requester.requestJsonAndCheck("GET", f"/app/hook/deliveries/{delivery.id}")
    requester.requestJsonAndCheck("POST", f"/app/hook/deliveries/{delivery.id}/attempts")


def _pulls(played: Scene) -> None:
    github = played.github
    opened = github.open_pull_request("ann", "acme/app")
    at = f"acme/app#{opened.number}"
    review = github.review("bob", at, "approved", "Fine.")
    github.push("ann", at, "0" * 40)
    github.dismiss("ann", at, review)
    pull = played.repository().get_pull(opened.number)
    assert [one.state for one in pull.get_reviews()] == ["DISMISSED"]
    pull.as_issue().create_comment("Asked.")
    github.merge("ann", at)


def _pipelines(played: Scene) -> None:
    github, repository = played.github, played.repository()
    github.workflow("acme/app", inputs={"key": True})
    workflow = repository.get_workflow("deploy.yml")
    workflow.create_dispatch("main", {"key": "a"}, throw=True)
    started = workflow.create_dispatch("main", {"key": "b"}, throw=True, return_run_details=True)
    assert {one.id for one in workflow.get_runs(event="workflow_dispatch")} == {one.id for one in github.runs("acme/app")}
    list(repository.get_workflow_runs(event="workflow_dispatch", created=f">={datetime.now(UTC):%Y-%m-%d}"))
    github.run_starts(github.runs("acme/app")[0])
    github.run_finishes(github.runs("acme/app")[0], "failure", failed=["build"])
    first = repository.get_workflow_run(github.runs("acme/app")[0].id)
    assert [one.name for one in first.jobs()] == ["build"]
    assert repository.get_workflow_run(started.id).cancel()
    assert not repository.get_workflow_run(started.id).cancel()


def _deployments(played: Scene) -> None:
    github, requester = played.github, played.client().requester
    github.environment("acme/app", "production", apps=[played.app], reviewers=["bob"])
    run = github.request_deployment("ann", "acme/app", "production")
    at = f"/repos/acme/app/actions/runs/{run.id}"
    requester.requestJsonAndCheck("GET", f"{at}/pending_deployments")
    for more in ({"comment": "Asked."}, {"state": "approved", "comment": "Yes."}):
        requester.requestJsonAndCheck("POST", f"{at}/deployment_protection_rule", input={"environment_name": "production", **more})
    github.review_deployment("bob", run, "production", "approved")
    requester.requestJsonAndCheck("GET", f"{at}/approvals")
    assert run.status == "in_progress"


def _teams(played: Scene) -> None:
    github, requester = played.github, played.client().requester
    github.team("acme/deployers", members=["ann"])
    at = "/orgs/acme/teams/deployers"
    requester.requestJsonAndCheck("GET", f"{at}/members", parameters={"role": "all"})
    for login in ("bob", "eve"):
        requester.requestJsonAndCheck("PUT", f"{at}/memberships/{login}", input={"role": "member"})
        requester.requestJsonAndCheck("GET", f"{at}/memberships/{login}")
    requester.requestJsonAndCheck("DELETE", f"{at}/memberships/bob")
    requester.requestJsonAndCheck("GET", "/orgs/acme/members/ann")
    assert github.team_members("acme/deployers") == {"ann": "active", "eve": "pending"}


def _refusals(played: Scene) -> None:
    requester = played.client().requester
    for method, path, body in (
            ("GET", "/repos/acme/none", None), ("GET", "/repos/acme/app/issues/999", None), ("GET", "/users/nobody", None),
            ("POST", "/repos/acme/app/issues/1/comments", {"body": "x", "colour": "red"}),
            ("POST", "/repos/acme/app/issues", {"title": "x", "labels": [""]})):
        assert requester.requestJson(method, path, input=body)[0] in (404, 422)


@pytest.mark.parametrize(("field", "value", "why"), [
    ("id", "7", "is not of type"), ("created_at", "today", "date-time"), ("body", None, "body")])
def test_an_answer_that_does_not_fit_is_told(everything: Scene, field: str, value: object, why: str) -> None:
    call = next(one for one in everything.github.ledger if one.route == "GET /repos/{owner}/{repo}/issues/comments/{comment_id}")
    assert isinstance(call.answer, dict)

    assert why in " ".join(misfits([replace(call, answer={**call.answer, field: value})], []))


def test_a_request_that_does_not_fit_is_told(everything: Scene) -> None:
    call = next(one for one in everything.github.ledger if one.route == "POST /repos/{owner}/{repo}/issues/{issue_number}/comments")

    assert "body" in " ".join(misfits([replace(call, body=b'{"text": "x"}')], []))


def test_a_payload_that_does_not_fit_is_told(everything: Scene) -> None:
    sent = next(one for one in everything.github.hooks.sent if one.event == "issue_comment")

    assert "comment" in " ".join(misfits([], [replace(sent, body=sent.body.replace(b'"comment":', b'"remark":'))]))
