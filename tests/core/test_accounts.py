"""Whoever an account is linked to that asked for something does not answer it, whenever it was linked."""

import pytest

from core.domain.identities import Identity
from core.errors import SelfApproval
from core.flows.context import FlowContext
from tests.core.stage import Nothing, teach
from tests.world import World

pytestmark = pytest.mark.database


def deploy(ctx: FlowContext, _: Nothing) -> None:
    ctx.approval("Deploy", excluding=["github:42"])


def link(world: World, who: str, id: str) -> None:
    with world.database.begin() as tx:
        tx.identities.link(Identity(provider="github", external_id=id, person_id=world.people[f"{who}@acme.org"].id, login=who,
                                    linked_at=tx.now()))


@pytest.mark.parametrize("linked", ["before", "after"])
def test_whoever_is_behind_the_account_does_not_answer(world: World, linked: str) -> None:
    teach(world, deploy)
    if linked == "before":
        link(world, "bob", "42")
    run = world.run("ann", "probe")
    world.work()
    if linked == "after":
        link(world, "bob", "42")
    with pytest.raises(SelfApproval):
        world.approves("bob", run)
    assert world.approves("cat", run).approval.status == "approved"


def test_an_account_of_the_same_id_elsewhere_is_somebody_else(world: World) -> None:
    teach(world, deploy)
    with world.database.begin() as tx:
        tx.identities.link(Identity(provider="slack", external_id="42", person_id=world.people["bob@acme.org"].id, login=None,
                                    linked_at=tx.now()))
    run = world.run("ann", "probe")
    world.work()
    assert world.approves("bob", run).approval.status == "approved"


def test_whoever_is_linked_to_it_only_after_their_yes_does_not_let_it_pass(world: World) -> None:
    teach(world, deploy)
    run = world.run("ann", "probe")
    world.work()
    world.approves("bob", run)
    link(world, "bob", "42")
    world.work()
    failed = world.see(run).execution
    assert (failed.status, failed.error) == ("failed", "bob@acme.org approved it and may not any more")
