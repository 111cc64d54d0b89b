"""A deployment on GitHub that waits for Placet's protection rule: approved, rejected, lapsed, and never by whoever started it."""

import pytest

from core.domain.executions import Execution
from core.engine.answer_deployment import AnswerDeployment
from core.errors import SelfApproval
from core.flows.approve_deployment import approve_deployment
from core.flows.registry import Registry
from integrations.github.deployments import GitHubDeployments
from tests.doubles.github.faults import answer_lost, server_error
from tests.doubles.github.state import Run
from tests.github.stage import GitHubStage
from tests.world import PROJECT

pytestmark = pytest.mark.database


@pytest.fixture
def rule(stage: GitHubStage) -> GitHubStage:
    """An environment that asks our App."""
    stage.github.environment(PROJECT, "production", apps=[stage.app])
    answer = AnswerDeployment(database=stage.world.database, provider=GitHubDeployments(hub=stage.hub),
                              page=lambda run: f"https://placet.example.com/requests/{run}")
    known = stage.world.registry
    stage.world.deploy(Registry({**known.flows, approve_deployment.id: approve_deployment}, {
        **known.effects, "deployment.see": answer.see, "deployment.allow": answer.allow, "deployment.refuse": answer.refuse}))
    stage.wire()
    return stage


def deploys(stage: GitHubStage, who: str = "ann") -> Run:
    run = stage.github.request_deployment(who, PROJECT, "production")
    stage.settle()
    return run


def requests(stage: GitHubStage) -> list[str]:
    return [id for (id,) in stage.world.rows("SELECT id FROM executions WHERE flow = 'approve-deployment' ORDER BY created_at")]


def request(stage: GitHubStage) -> Execution:
    [id] = requests(stage)
    return stage.world.see(id).execution


def states(stage: GitHubStage, run: Run) -> list[str | None]:
    return [state for _, state, _ in stage.github.verdicts(run)]


def test_it_waits_until_somebody_else_says_yes_and_goes_on(rule: GitHubStage) -> None:
    run = deploys(rule)
    assert request(rule).status == "suspended"
    assert states(rule, run) == []
    rule.world.approves("bob", request(rule))
    rule.settle()
    [(environment, state, comment)] = rule.github.verdicts(run)
    assert (environment, state) == ("production", "approved")
    assert comment.startswith("Placet: approved by bob@acme.org")
    assert comment.endswith(f"(https://placet.example.com/requests/{request(rule).id})")


def test_a_no_rejects_it_with_the_reason(rule: GitHubStage) -> None:
    run = deploys(rule)
    rule.world.rejects("bob", request(rule), reason="it is Friday")
    rule.settle()
    [(_, state, comment)] = rule.github.verdicts(run)
    assert (state, "it is Friday" in comment) == ("rejected", True)


def test_what_nobody_answers_is_rejected(rule: GitHubStage) -> None:
    run = deploys(rule)
    rule.later(hours=25)
    rule.settle()
    assert states(rule, run) == ["rejected"]


def test_nobody_who_started_it_says_yes_though_they_own_the_project(rule: GitHubStage) -> None:
    deploys(rule, "bob")
    with pytest.raises(SelfApproval):
        rule.world.approves("bob", request(rule))
    assert rule.world.approves("cat", request(rule)).approval.status == "approved"


def test_whoever_started_it_and_is_linked_only_afterwards_says_no_yes_either(rule: GitHubStage) -> None:
    rule.unlink("bob")
    deploys(rule, "bob")
    rule.link("bob")
    with pytest.raises(SelfApproval):
        rule.world.approves("bob", request(rule))


def test_it_is_asked_for_once_however_often_it_is_delivered(rule: GitHubStage) -> None:
    rule.github.hooks.double(3, event="deployment_protection_rule")
    deploys(rule)
    assert len(requests(rule)) == 1


def test_two_that_wait_are_two_requests(rule: GitHubStage) -> None:
    deploys(rule)
    deploys(rule)
    assert len(requests(rule)) == 2


def test_nothing_is_asked_while_github_does_not_tell_who_started_it(rule: GitHubStage) -> None:
    rule.github.faults.append(server_error("GET */actions/runs/*", times=2))
    deploys(rule)
    assert rule.world.rows("SELECT count(*) FROM approvals") == [(0,)]
    for _ in range(3):
        rule.later(minutes=2)
        rule.settle()
    assert request(rule).status == "suspended"


def test_a_yes_whose_answer_got_lost_counts_once(rule: GitHubStage) -> None:
    run = deploys(rule)
    rule.github.faults.append(answer_lost("POST */deployment_protection_rule"))
    rule.world.approves("bob", request(rule))
    rule.settle()
    rule.later(minutes=2)
    rule.settle()
    assert states(rule, run) == ["approved"]
    assert request(rule).status == "completed"


def test_e11_a_repository_that_is_bound_to_nothing_asks_nobody(rule: GitHubStage) -> None:
    rule.github.repository("acme/other", ann="write")
    rule.github.install(rule.app, "acme", repositories=[PROJECT, "acme/other"])
    rule.github.environment("acme/other", "production", apps=[rule.app])
    rule.github.request_deployment("ann", "acme/other", "production")
    rule.settle()
    assert requests(rule) == []


def test_e19_the_addresses_in_a_delivery_are_not_gone_to(rule: GitHubStage) -> None:
    deploys(rule)
    rule.world.approves("bob", request(rule))
    rule.settle()
    assert rule.github.problems == []
    answered = f"/repos/{PROJECT}/actions/runs/{request(rule).payload['pipelineRun']}/deployment_protection_rule"
    assert answered in {call.path for call in rule.github.calls("POST /repos")}
