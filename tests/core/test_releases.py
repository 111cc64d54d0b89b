"""A release to several environments: asked for one by one, and deployed one at a time in each."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.domain.executions import Execution
from core.engine.deploy_release import DeployRelease
from core.engine.find_executions import ExecutionView
from core.errors import Invalid, SelfApproval
from core.flows.execute_release import execute_release
from core.flows.registry import Registry
from core.flows.request_a_release_to_release_envs import request_a_release_to_release_envs
from tests.fakes.release import FakeRelease
from tests.world import World

pytestmark = pytest.mark.database


@pytest.fixture
def releases() -> FakeRelease:
    return FakeRelease()


@pytest.fixture
def world(database_url: str, releases: FakeRelease) -> Iterator[World]:
    world = World(database_url, flows=[request_a_release_to_release_envs, execute_release]).company()
    does = DeployRelease(database=world.database, provider=releases)
    world.deploy(Registry(world.registry.flows, {**world.registry.effects, "release.deploy": does.deploy, "release.stop": does.stop}))
    yield world
    world.close()


def asks_for_a_release(world: World, *environments: str) -> Execution:
    run = world.run(flow="request-a-release-to-release-envs", release="v7", environments=list(environments or ("qa", "prod")))
    go_on(world)
    return run


def go_on(world: World) -> None:
    """Run and ring until nothing is due."""
    while world.work() + world.deliver():
        pass


def children(world: World, run: Execution) -> dict[str, ExecutionView]:
    return {str(child.execution.payload["environment"]): child for child in world.see(run).children}


def test_each_environment_is_asked_for_by_itself(world: World, releases: FakeRelease) -> None:
    run = asks_for_a_release(world)
    below = children(world, run)
    assert world.see(run).execution.status == "running"
    questions = {name: child.approval.question for name, child in below.items() if child.approval}
    assert questions == {"qa": "Release v7 to qa", "prod": "Release v7 to prod"}

    world.approves("bob", below["qa"].execution)
    go_on(world)
    assert releases.calls == ["deploy v7 to qa of acme/app"]
    assert {name: child.execution.status for name, child in children(world, run).items()} == {"qa": "completed", "prod": "suspended"}

    world.approves("cat", below["prod"].execution)
    go_on(world)
    done = world.see(run).execution
    assert (done.status, done.success) == ("completed", True)
    assert done.result == {"release": "v7", "environments": {"qa": "completed", "prod": "completed"}}
    assert children(world, run)["prod"].execution.result == {"release": "v7", "environment": "prod", "url": "https://deploy.example/prod"}


def test_a_release_of_which_some_fail_is_partial(world: World, releases: FakeRelease) -> None:
    run = asks_for_a_release(world)
    below = children(world, run)
    world.rejects("bob", below["qa"].execution)
    world.approves("bob", below["prod"].execution)
    go_on(world)
    done = world.see(run).execution
    assert (done.status, done.success, done.settled_at is None) == ("partial", False, False)
    assert done.result == {"release": "v7", "environments": {"qa": "failed", "prod": "completed"}}
    assert releases.deployed == ["v7 to prod"]


def test_a_release_of_which_all_fail_has_failed(world: World, releases: FakeRelease) -> None:
    releases.refuses = ("qa",)
    run = asks_for_a_release(world, "qa")
    world.approves("bob", children(world, run)["qa"].execution)
    go_on(world)
    assert world.see(run).execution.status == "failed"
    (child,) = children(world, run).values()
    assert child.execution.error == "deploy failed: no"


def test_whoever_asks_for_a_release_approves_none_of_it(world: World) -> None:
    run = world.run("bob", flow="request-a-release-to-release-envs", release="v7", environments=["qa"])
    go_on(world)
    (child,) = children(world, run).values()
    with pytest.raises(SelfApproval):
        world.approves("bob", child.execution)


def test_two_releases_to_one_environment_are_deployed_one_after_the_other(world: World, releases: FakeRelease) -> None:
    releases.under_way = 2
    first, second = asks_for_a_release(world, "qa"), asks_for_a_release(world, "qa")
    for run in (first, second):
        world.approves("bob", children(world, run)["qa"].execution)
        go_on(world)
    waits = children(world, second)["qa"].execution
    assert world.log(waits)[-1] == "waits for the lock on environment qa"
    assert len(releases.calls) == 1

    world.later(seconds=2)
    go_on(world)
    assert (len(releases.calls), releases.deployed) == (2, [])
    world.later(seconds=4)
    go_on(world)
    assert releases.deployed == ["v7 to qa", "v7 to qa"]
    assert [world.see(run).execution.status for run in (first, second)] == ["completed", "completed"]


def test_a_deployment_that_is_under_way_is_asked_for_again_under_the_same_key(world: World, releases: FakeRelease) -> None:
    releases.under_way = 1
    run = asks_for_a_release(world, "qa")
    world.approves("bob", children(world, run)["qa"].execution)
    go_on(world)
    (child,) = children(world, run).values()
    assert world.log(child.execution)[-1] == "deploy#1 is under way: half of it is there; again in 2 s"
    world.later(seconds=2)
    go_on(world)
    assert releases.deployed == ["v7 to qa"]


def test_a_cancelled_deployment_is_stopped_before_the_next_may_begin(world: World, releases: FakeRelease) -> None:
    releases.under_way = 1
    first, second = asks_for_a_release(world, "qa"), asks_for_a_release(world, "qa")
    for run in (first, second):
        world.approves("bob", children(world, run)["qa"].execution)
        go_on(world)
    world.cancels("bob", first)
    go_on(world)
    assert releases.calls == ["deploy v7 to qa of acme/app", "stop v7 to qa", "deploy v7 to qa of acme/app"]
    assert releases.deployed == ["v7 to qa"]


@pytest.mark.parametrize(("environments", "sentence"), [
    ([], "environments must be a list of 1 to 50 texts, got []."),
    ("qa", "environments must be a list of 1 to 50 texts, got 'qa'."),
    (["qa", "qa"], "environments must be a list without anything twice, got ['qa', 'qa']."),
    (["qa", 7], "environments must be a list of printable texts of 1 to 200 characters, got ['qa', 7]."),
    (None, "environments is missing: Where it goes, each asked for by itself."),
])
def test_environments_are_named(world: World, environments: list[str], sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        world.run(flow="request-a-release-to-release-envs", release="v7", environments=environments)
    assert refused.value.problems == (sentence,)


def test_a_flow_that_lacks_its_provider_here_says_what_to_set_up_and_its_runs_wait(world: World) -> None:
    run = asks_for_a_release(world, "qa")
    world.approves("bob", children(world, run)["qa"].execution)
    known = world.registry
    lacking = {name: replace(each, missing="Set up releases first.") for name, each in known.flows.items() if each.category == "release"}
    world.deploy(Registry({**known.flows, **lacking}, known.effects))
    for flow in lacking:
        with pytest.raises(Invalid) as refused:
            world.run(flow=flow, release="v7", environment="qa", environments=["qa"])
        assert refused.value.problems == ("Set up releases first.",)
    go_on(world)
    assert children(world, run)["qa"].execution.status == "running"

    world.deploy(known)
    go_on(world)
    assert world.see(run).execution.status == "completed"
