"""Runs that GitHub Actions does: started once, found again, looked at, cancelled, with the logs of what failed."""

from datetime import timedelta
from typing import Any

import pytest

from core.domain.executions import Execution
from core.domain.flow_types import Dispatch
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.follow_pipelines import FollowPipelines
from core.engine.relay import Relay
from core.engine.report_execution import ReportExecution
from core.flows.configured import Rules, configured_flow
from core.flows.registry import Registry
from core.ports.dispatch import Errand, TryLater
from integrations.github.actions import ActionsDispatcher, target_of
from integrations.github.connection import GitHub as Hub
from integrations.github.credentials import Pat
from tests.doubles.github.faults import answer_lost, server_error
from tests.doubles.github.state import Run
from tests.github.stage import GitHubStage
from tests.world import PROJECT

pytestmark = pytest.mark.database

TARGET = {"repository": PROJECT, "workflow": "deploy.yml", "ref": "main"}
NAMED = "Deploy [placet:{placet_execution}]"


class Pipelines:
    """The stage with a workflow, and a type of flow that it does."""

    def __init__(self, stage: GitHubStage):
        self.stage, self.world = stage, stage.world
        stage.github.workflow(PROJECT, "deploy.yml", inputs={"placet_execution": True, "release": False}, run_name=NAMED)
        self.actions = ActionsDispatcher(hub=stage.hub)
        flow = configured_flow(id="deploy", description="", category="release", parameters=(), rules=Rules(),
                               dispatch=Dispatch(provider="github-actions", target=TARGET, timeout=timedelta(hours=1)))
        known = self.world.registry
        self.world.deploy(Registry({**known.flows, flow.id: flow}, known.effects))
        given: dict[str, Any] = {"database": self.world.database, "registry": self.world.registry, "vault": self.world.vault}
        self.relay = Relay(database=self.world.database, gate=DispatchGate(**given),
                           pipelines=DispatchFlow(**given, dispatchers={"github-actions": self.actions}))
        self.follow = FollowPipelines(database=self.world.database, registry=self.world.registry, report=ReportExecution(**given),
                                      watched={"github-actions": self.actions})
        stage.receive = type(stage.receive)(database=self.world.database, homes=stage.receive.homes, handle=stage.handle,
                                            look=self.follow.look)

    def starts(self) -> Execution:
        run = self.world.run("ann", "deploy")
        self.carries()
        return run

    def carries(self) -> None:
        self.relay.deliver()
        self.relay.carry()
        self.stage.github.hooks.settle()

    def tells(self) -> None:
        """Let what GitHub has delivered be handled."""
        self.stage.github.hooks.settle()
        self.stage.receive.work()

    def seen(self, run: Execution) -> Execution:
        return self.world.see(run.id).execution

    @property
    def there(self) -> list[Run]:
        return list(self.stage.github.runs(PROJECT))

    def errand(self, run: Execution) -> Errand:
        return Errand(execution_id=run.id, flow="deploy", task_type="deploy", project=PROJECT, triggered_by="ann@acme.org", target=TARGET,
                      within=timedelta(hours=1))


@pytest.fixture
def pipelines(stage: GitHubStage) -> Pipelines:
    return Pipelines(stage)


def test_a_run_is_started_and_known_by_its_own_number(pipelines: Pipelines) -> None:
    run = pipelines.starts()
    [there] = pipelines.there
    assert (there.inputs["placet_execution"], pipelines.seen(run).cicd_run_id) == (run.id, str(there.id))


@pytest.mark.parametrize(("conclusion", "status"), [("success", "completed"), ("failure", "failed"), ("cancelled", "cancelled"),
                                                    ("timed_out", "failed")])
def test_it_ends_as_it_did_there(pipelines: Pipelines, conclusion: str, status: str) -> None:
    run = pipelines.starts()
    pipelines.stage.github.run_finishes(pipelines.there[0], conclusion)
    pipelines.tells()
    assert pipelines.seen(run).status == status


def test_the_logs_of_what_failed_are_linked(pipelines: Pipelines) -> None:
    run = pipelines.starts()
    pipelines.stage.github.run_finishes(pipelines.there[0], "failure", failed=["build"])
    pipelines.tells()
    result = pipelines.seen(run).result or {}
    jobs: Any = result["failedJobs"]
    assert [job["name"] for job in jobs] == ["build"]
    assert all(job["url"].startswith("https://") for job in jobs)


def test_a_delivery_that_is_lost_is_made_up_by_looking(pipelines: Pipelines) -> None:
    run = pipelines.starts()
    pipelines.tells()
    pipelines.stage.github.hooks.lose(5, event="workflow_run")
    pipelines.stage.github.run_finishes(pipelines.there[0], "success")
    pipelines.tells()
    assert pipelines.seen(run).status != "completed"
    pipelines.follow.sweep()
    assert pipelines.seen(run).status == "completed"


def test_an_answer_that_is_lost_starts_nothing_twice(pipelines: Pipelines) -> None:
    pipelines.stage.github.runs_appear_after = 20
    pipelines.stage.github.faults.append(answer_lost("POST */dispatches"))
    run = pipelines.starts()
    assert pipelines.seen(run).cicd_run_id is None
    pipelines.world.later(seconds=30)
    pipelines.carries()
    assert len(pipelines.there) == 1
    pipelines.world.later(seconds=60)
    pipelines.carries()
    assert (len(pipelines.there), pipelines.seen(run).cicd_run_id) == (1, str(pipelines.there[0].id))


def test_a_server_that_does_not_say_which_run_it_is_has_it_found_by_its_name(pipelines: Pipelines) -> None:
    pipelines.stage.github.tells_runs = False
    runs = [pipelines.starts() for _ in range(10)]
    pipelines.follow.sweep()
    assert {pipelines.seen(run).cicd_run_id for run in runs} == {str(there.id) for there in pipelines.there}
    for run in runs:
        [mine] = [there for there in pipelines.there if there.inputs["placet_execution"] == run.id]
        assert pipelines.seen(run).cicd_run_id == str(mine.id)


def test_a_run_that_somebody_named_likewise_by_hand_is_not_taken_for_ours(pipelines: Pipelines) -> None:
    pipelines.stage.github.tells_runs = False
    run = pipelines.world.run("ann", "deploy")
    person = pipelines.stage.github.personal_token("bob")
    by_hand = Hub(Pat(token=person), pipelines.stage.github.url)
    ActionsDispatcher(hub=by_hand).dispatch(pipelines.errand(run), {}, 5)
    pipelines.carries()
    assert len(pipelines.there) == 2
    [ours] = [there for there in pipelines.there if there.actor.login == "placet[bot]"]
    pipelines.follow.sweep()
    assert pipelines.seen(run).cicd_run_id == str(ours.id)


def test_a_cancel_is_passed_on(pipelines: Pipelines) -> None:
    run = pipelines.starts()
    pipelines.world.cancels("ann", run)
    pipelines.carries()
    assert [there.conclusion for there in pipelines.there] == ["cancelled"]


def test_a_cancel_of_what_has_ended_there_is_done(pipelines: Pipelines) -> None:
    run = pipelines.starts()
    pipelines.stage.github.run_finishes(pipelines.there[0], "success")
    pipelines.actions.cancel(pipelines.errand(run), 5)
    assert [there.conclusion for there in pipelines.there] == ["success"]


def test_a_workflow_that_is_not_there_fails_the_run_with_githubs_reason(pipelines: Pipelines) -> None:
    pipelines.stage.github.faults.append(server_error("GET */workflows/*", status=404))
    run = pipelines.starts()
    failed = pipelines.seen(run)
    assert (failed.status, "404" in str(failed.error)) == ("failed", True)


def test_while_github_is_down_nothing_is_lost_and_nothing_is_reported(pipelines: Pipelines) -> None:
    pipelines.stage.github.goes_down()
    run = pipelines.starts()
    with pytest.raises(TryLater):
        pipelines.actions.progress(pipelines.errand(run), None, 5)
    pipelines.stage.github.comes_back()
    pipelines.world.later(minutes=6)
    pipelines.carries()
    assert len(pipelines.there) == 1


@pytest.mark.parametrize("wrong", [
    {"repository": "acme/../x"}, {"workflow": "../deploy.yml"}, {"workflow": "deploy"}, {"ref": "a b"}, {"ref": ""}])
def test_what_is_no_workflow_is_asked_for_nowhere(wrong: dict[str, str]) -> None:
    assert target_of(TARGET | wrong) is None
