"""The main job: ask, park, decide, go on, take back, finish."""

import pytest

from core.errors import NotAnApprover, SelfApproval
from tests.world import World

pytestmark = pytest.mark.database


def test_access_is_asked_for_granted_and_taken_back(world: World) -> None:
    run = world.asks_for_access("ann")
    assert world.see(run).execution.status == "suspended"
    assert world.access.calls == []

    world.approves("bob", run)
    world.work()
    assert world.see(run).execution.status == "running"
    assert world.access.live() == [f"{run.id}:2"]

    world.later(minutes=59)
    world.work()
    assert world.access.live() == [f"{run.id}:2"]

    world.later(minutes=2)
    world.work()
    assert world.access.live() == []
    assert world.access.calls == [f"grant {run.id}:2", f"revoke {run.id}:2"]
    done = world.see(run).execution
    assert (done.status, done.success, done.outcome) == ("completed", True, "completed")
    assert done.settled_at is not None


def test_whoever_asks_does_not_decide(world: World) -> None:
    run = world.asks_for_access("ann")
    with pytest.raises(NotAnApprover):
        world.approves("dan", run)
    with pytest.raises(SelfApproval):
        world.approves("ann", run)
    assert world.approval(run).approval.status == "pending"
