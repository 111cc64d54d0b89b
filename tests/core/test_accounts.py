"""Whoever an account is linked to that asked for something does not answer it, whenever it was linked."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from core.domain.identities import Identity
from core.domain.parameters import Account
from core.errors import SelfApproval
from core.flows.context import FlowContext
from tests.core.stage import teach
from tests.world import World

pytestmark = pytest.mark.database


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    actor: Annotated[str, Account("github")]


def deploy(ctx: FlowContext, request: Deployment) -> None:
    ctx.approval("Deploy")


def link(world: World, who: str, id: str) -> None:
    with world.database.begin() as tx:
        tx.identities.link(Identity(provider="github", external_id=id, person_id=world.people[f"{who}@acme.org"].id, login=who,
                                    linked_at=tx.now()))


@pytest.mark.parametrize("linked", ["before", "after"])
def test_whoever_is_behind_the_account_does_not_answer(world: World, linked: str) -> None:
    teach(world, deploy, parameters=Deployment)
    if linked == "before":
        link(world, "bob", "42")
    run = world.run("ann", "probe", actor="42")
    world.work()
    if linked == "after":
        link(world, "bob", "42")
    with pytest.raises(SelfApproval):
        world.approves("bob", run)
    assert world.approves("cat", run).approval.status == "approved"


def test_an_account_of_the_same_id_elsewhere_is_somebody_else(world: World) -> None:
    teach(world, deploy, parameters=Deployment)
    with world.database.begin() as tx:
        tx.identities.link(Identity(provider="slack", external_id="42", person_id=world.people["bob@acme.org"].id, login=None,
                                    linked_at=tx.now()))
    run = world.run("ann", "probe", actor="42")
    world.work()
    assert world.approves("bob", run).approval.status == "approved"


def test_whoever_is_linked_to_it_only_after_their_yes_does_not_let_it_pass(world: World) -> None:
    teach(world, deploy, parameters=Deployment)
    run = world.run("ann", "probe", actor="42")
    world.work()
    world.approves("bob", run)
    link(world, "bob", "42")
    world.work()
    failed = world.see(run).execution
    assert (failed.status, failed.error) == ("failed", "bob@acme.org approved it and may not any more")
