"""How a run stands, as a label of its issue: one of ours at a time, whoever was asked, and nothing of others is touched."""

from dataclasses import dataclass
from typing import Any

import pytest

from api.schemas.callbacks import CallbackConfigDto, TaskCallbackDto, parse_callback
from core.domain.executions import Execution
from core.engine.callback_places import CallbackPlaces
from core.engine.run_flow import RunFlow, RunOrder
from core.errors import Invalid
from core.flows.context import EffectRefused, FlowContext
from core.flows.registry import Registry, flow
from tests.doubles.github.faults import answer_lost, server_error
from tests.github.stage import HERE, GitHubStage
from tests.world import PROJECT, new_id

pytestmark = pytest.mark.database


@dataclass(frozen=True)
class Nothing:
    pass


@flow(id="quiet", category="testing", parameters=Nothing, asks=False)
def quiet(ctx: FlowContext, request: Nothing) -> None:
    """Asks nobody."""


@pytest.fixture
def mirror(stage: GitHubStage) -> GitHubStage:
    """Beside the usual flow there is one that asks nobody."""
    known = stage.world.registry
    stage.world.deploy(Registry({**known.flows, quiet.id: quiet}, known.effects))
    return stage


def labels(stage: GitHubStage, at: str = HERE) -> list[str]:
    return sorted(stage.github.labels(at))


def starts(stage: GitHubStage, **callback: Any) -> Execution:
    """A run whose callback is the issue."""
    run_flow = RunFlow(database=stage.world.database, registry=stage.world.registry, vault=stage.world.vault, new_id=new_id)
    run = run_flow.run(stage.world.caller("ann"), RunOrder(
        payload={"id": "request-elevated-privileges", "repositoryIdentifier": PROJECT, "username": "ann@acme.org",
                 "targetOrg": "payments-prod", "accessLevel": "Admin", "durationMinutes": 60},
        callback={"type": "github", "repositoryIdentifier": PROJECT, "issueNumber": 1, **callback}))
    stage.settle()
    return run


def finishes(stage: GitHubStage, run: Execution) -> None:
    stage.world.approves("bob", run)
    stage.settle()
    stage.later(hours=1, minutes=1)
    stage.settle()


def test_one_label_of_ours_at_a_time_tells_how_it_stands_and_others_stay(stage: GitHubStage) -> None:
    stage.github.label("ann", HERE, "urgent")
    run = stage.asks()
    assert labels(stage) == ["placet: waiting", "urgent"]
    stage.world.approves("bob", run)
    stage.settle()
    assert labels(stage) == ["placet: running", "urgent"]
    stage.later(hours=1, minutes=1)
    stage.settle()
    assert labels(stage) == ["placet: done", "urgent"]
    assert stage.issue.state == "open"


def test_a_no_a_lapse_and_a_cancellation_show(stage: GitHubStage) -> None:
    stage.world.rejects("bob", stage.asks(), reason="no")
    stage.settle()
    assert labels(stage) == ["placet: rejected"]
    run = stage.asks(targetOrg="billing-prod")
    assert labels(stage) == ["placet: waiting"]
    stage.world.cancels("ann", run)
    stage.settle()
    assert labels(stage) == ["placet: cancelled"]
    stage.asks(targetOrg="shop-prod")
    stage.later(hours=25)
    stage.world.sweep()
    stage.settle()
    assert labels(stage) == ["placet: lapsed"]


def test_a_failure_shows_and_closes_nothing(stage: GitHubStage) -> None:
    run = starts(stage, closeOnComplete=True)
    stage.world.access.fails.append(EffectRefused("no"))
    stage.world.approves("bob", run)
    stage.settle()
    assert labels(stage) == ["placet: failed"]
    assert stage.issue.state == "open"


@pytest.mark.parametrize(("close", "state"), [({"closeOnComplete": True}, "closed"), ({"closeOnComplete": False}, "open"), ({}, "open")])
def test_the_issue_is_closed_once_the_run_is_done_if_its_callback_says_so(stage: GitHubStage, close: dict[str, bool], state: str) -> None:
    finishes(stage, starts(stage, **close))
    assert labels(stage) == ["placet: done"]
    assert (stage.issue.state, stage.issue.state_reason) == (state, "completed" if close.get("closeOnComplete") else None)


def test_a_rejected_run_closes_nothing(stage: GitHubStage) -> None:
    stage.world.rejects("bob", starts(stage, closeOnComplete=True), reason="no")
    stage.settle()
    assert (labels(stage), stage.issue.state) == (["placet: rejected"], "open")


def test_a_run_that_nobody_is_asked_about_shows_likewise(mirror: GitHubStage) -> None:
    run = mirror.world.run("ann", "quiet", workItemRef={"type": "github-issue", "key": "1"})
    mirror.settle()
    assert mirror.world.see(run).execution.status == "completed"
    assert labels(mirror) == ["placet: done"]
    assert mirror.ours() == []


def test_h10_an_issue_where_the_project_is_not_at_home_is_not_touched(mirror: GitHubStage) -> None:
    mirror.github.repository("acme/other", ann="write")
    mirror.github.install(mirror.app, "acme", repositories=[PROJECT, "acme/other"])
    mirror.github.open_issue("ann", "acme/other")
    mirror.world.run("ann", "quiet", workItemRef={"type": "github-issue", "repository": "acme/other", "key": "1"})
    mirror.settle()
    assert mirror.github.labels("acme/other#1") == set()
    assert mirror.world.rows("SELECT count(*) FROM outbox WHERE kind = 'mirror'") == [(0,)]


def test_an_issue_that_is_gone_is_left_and_not_tried_for_ever(mirror: GitHubStage) -> None:
    mirror.world.run("ann", "quiet", workItemRef={"type": "github-issue", "key": "99"})
    mirror.settle()
    assert mirror.world.rows("SELECT count(*) FROM outbox WHERE kind = 'mirror'") == [(0,)]


def test_r10_what_could_not_be_shown_is_shown_once_github_is_back_as_it_is_then(stage: GitHubStage) -> None:
    stage.github.faults.append(server_error("GET */issues/1", times=None))
    run = stage.asks()
    stage.world.approves("bob", run)
    stage.settle()
    assert labels(stage) == []
    stage.github.comes_back()
    stage.later(minutes=1)
    stage.settle()
    assert labels(stage) == ["placet: running"]


def test_a_lost_answer_leaves_one_label(stage: GitHubStage) -> None:
    stage.github.faults.append(answer_lost("POST */labels"))
    stage.asks()
    stage.later(minutes=1)
    stage.settle()
    assert labels(stage) == ["placet: waiting"]


def callback(**more: Any) -> dict[str, Any] | None:
    given = {"type": "github", "github": {"repositoryIdentifier": PROJECT, "issueNumber": 1, **more}}
    return parse_callback(TaskCallbackDto.model_validate(given), lambda url: None, frozenset({"github"}))


def test_h10_a_callback_leads_only_to_where_its_project_is_at_home(stage: GitHubStage) -> None:
    places, ann = CallbackPlaces(database=stage.world.database), stage.world.caller("ann")
    told = callback(closeOnComplete=True)
    assert told == {"type": "github", "repositoryIdentifier": PROJECT, "issueNumber": 1, "closeOnComplete": True}
    assert places.checked(ann, told) == told
    project = stage.world.project()
    with stage.world.database.begin() as tx:
        for bound in tx.places.of_project(project.id):
            tx.places.unbind(bound)
    with pytest.raises(Invalid) as refused:
        places.checked(ann, told)
    assert refused.value.problems == (
        "acme/app is not at home on github, where the callback leads: `placet projects bind` says where it is.",)
    assert places.checked(stage.world.caller("eve"), told) == told  # who does not see the project learns nothing of it here


def test_a_flat_callback_of_a_request_is_taken_likewise() -> None:
    flat = CallbackConfigDto.model_validate({"type": "github", "repositoryIdentifier": PROJECT, "issueNumber": 7})
    assert parse_callback(flat, lambda url: None, frozenset({"github"})) == {
        "type": "github", "repositoryIdentifier": PROJECT, "issueNumber": 7}
    with pytest.raises(Invalid):
        parse_callback(flat, lambda url: None)
