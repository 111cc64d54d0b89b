"""A deployment that waits where it runs: allowed after a yes of somebody else than who started it, and refused however else it ends."""

import pytest

from core.domain.executions import Execution
from core.domain.identities import Identity
from core.engine.answer_deployment import AnswerDeployment
from core.errors import SelfApproval
from core.flows.approve_deployment import approve_deployment
from core.flows.registry import Registry
from tests.fakes.deployments import FakeDeployments
from tests.world import World

pytestmark = pytest.mark.database


@pytest.fixture
def waiting(world: World) -> FakeDeployments:
    """One that account 7 has started."""
    there = FakeDeployments(starters=["7", "8"])
    answer = AnswerDeployment(database=world.database, provider=there, page=lambda run: f"https://placet.example.com/requests/{run}")
    known = world.registry
    world.deploy(Registry({**known.flows, approve_deployment.id: approve_deployment}, {
        **known.effects, "deployment.see": answer.see, "deployment.allow": answer.allow, "deployment.refuse": answer.refuse}))
    return there


def asks(world: World) -> Execution:
    run = world.run("ann", "approve-deployment", repository="acme/app", environment="production", pipelineRun=11, ref="main",
                    commit="9f3c21ab77")
    world.work()
    return run


def said(waiting: FakeDeployments, run: Execution) -> list[tuple[str, str]]:
    """Return the answers, without the address of the page, which each of them bears."""
    address = f" (https://placet.example.com/requests/{run.id})"
    assert all(comment.endswith(address) for _, comment in waiting.answers)
    return [(what, comment.removesuffix(address)) for what, comment in waiting.answers]


def test_it_goes_on_after_a_yes(world: World, waiting: FakeDeployments) -> None:
    run = asks(world)
    assert world.see(run.id).execution.status == "suspended"
    assert world.rows("SELECT question FROM approvals") == [("Deploy main (9f3c21ab) to production",)]
    assert waiting.answers == []
    world.approves("bob", run)
    world.work()
    assert world.see(run.id).execution.status == "completed"
    [(what, comment)] = said(waiting, run)
    assert (what, comment.startswith("Placet: approved by bob@acme.org")) == ("allow production", True)


def test_it_is_refused_after_a_no_with_its_reason(world: World, waiting: FakeDeployments) -> None:
    run = asks(world)
    world.rejects("bob", run, reason="it is Friday")
    world.work()
    assert said(waiting, run) == [("refuse production", "Placet: rejected by bob@acme.org: it is Friday")]


def test_it_is_refused_when_nobody_answers_in_time(world: World, waiting: FakeDeployments) -> None:
    run = asks(world)
    world.later(hours=25)
    world.work()
    [(what, comment)] = said(waiting, run)
    assert (what, "nobody answered" in comment) == ("refuse production", True)


def test_it_is_refused_when_the_request_is_cancelled(world: World, waiting: FakeDeployments) -> None:
    run = asks(world)
    world.cancels("ann", run)
    world.work()
    assert [what for what, _ in waiting.answers] == ["refuse production"]


@pytest.mark.parametrize("account", ["7", "8"])
def test_nobody_in_whose_name_it_runs_allows_it(world: World, waiting: FakeDeployments, account: str) -> None:
    with world.database.begin() as tx:
        tx.identities.link(Identity(provider="github", external_id=account, person_id=world.people["bob@acme.org"].id, login="bob",
                                    linked_at=tx.now()))
    run = asks(world)
    with pytest.raises(SelfApproval):
        world.approves("bob", run)


def test_nothing_is_asked_while_it_cannot_be_read_who_started_it(world: World, waiting: FakeDeployments) -> None:
    waiting.away = 1
    run = asks(world)
    assert world.rows("SELECT count(*) FROM approvals") == [(0,)]
    world.later(seconds=30)
    world.work()
    assert world.see(run.id).execution.status == "suspended"


def test_it_is_refused_if_it_never_can_be_read_who_started_it(world: World, waiting: FakeDeployments) -> None:
    waiting.away = 180
    run = asks(world)
    for _ in range(400):
        if waiting.answers:
            break
        world.later(minutes=2)
        world.work()
    assert [what for what, _ in said(waiting, run)] == ["refuse production"]
    assert world.rows("SELECT count(*) FROM approvals") == [(0,)]


def test_a_yes_to_what_waits_no_more_ends_as_failed_and_asks_nobody_again(world: World, waiting: FakeDeployments) -> None:
    run = asks(world)
    waiting.gone = True
    world.approves("bob", run)
    world.work()
    execution = world.see(run.id).execution
    assert execution.status == "failed"
    assert "nothing waits there any more" in str(execution.error)
    assert execution.settled_at is not None
