"""What a run below another has of it, and what of its own."""

import json
from dataclasses import dataclass
from typing import Annotated

import pytest

from core.domain.parameters import Secret
from core.domain.work_items import WorkItem
from core.flows.context import FlowContext
from tests.core.stage import Nothing, teach
from tests.world import World

pytestmark = pytest.mark.database
KEPT = "hunter2-and-more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    user: str
    password: Annotated[str, Secret()]


def test_a_child_belongs_to_whom_and_to_what_its_parent_does_and_has_parameters_of_its_own(world: World) -> None:
    def leaf(ctx: FlowContext, login: Login) -> str:
        return login.user

    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.spawn("leaf", Login(user="deployer", password=KEPT))
        ctx.children()

    teach(world, leaf, id="leaf", parameters=Login, version=7)
    teach(world, probe)
    run = world.run("ann", flow="probe", workItemRef={"type": "github-issue", "key": "7"})
    world.work()
    with world.database.read() as tx:
        parent, (outline,) = tx.runs.get(run.id), tx.family.children(run.id)
        child = tx.runs.get(outline.id)
    assert parent is not None
    assert child is not None
    assert (child.parent_id, child.project_id, child.work_item) == (parent.id, parent.project_id, WorkItem(type="github-issue", key="7"))
    assert (child.triggered_by, child.triggered_by_id, child.initiators, child.scheduled) == (
        "ann@acme.org", world.people["ann@acme.org"].id, parent.initiators, False)
    assert (child.flow, child.task_type, child.flow_version, child.category) == ("leaf", "leaf", 7, "other")
    assert (child.payload, world.vault.open(child.secrets)) == ({"user": "deployer"}, {"password": KEPT})
    assert (child.status, child.result) == ("completed", {"value": "deployer"})
    assert world.audit(child.id) == ["start", "return", "settle"]
    ((actor, facts),) = world.rows("SELECT actor, facts FROM audit WHERE execution_id = :id AND kind = 'start'", id=child.id)
    assert (actor, facts if isinstance(facts, dict) else json.loads(facts)) == (
        "placet", {"flow": "leaf", "taskType": "leaf", "triggeredBy": "ann@acme.org", "parent": parent.id})


def test_what_a_parent_spawns_without_parameters_has_those_that_are_declared(world: World) -> None:
    def leaf(ctx: FlowContext, _: Nothing) -> str:
        return "leaf"

    def probe(ctx: FlowContext, _: Nothing) -> list[str]:
        ctx.spawn("leaf", None)
        return [f"{child.flow} {child.status} {child.result}" for child in ctx.children()]

    teach(world, leaf, id="leaf")
    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    assert world.see(run).execution.result == {"value": ["leaf completed {'value': 'leaf'}"]}
