"""Flow types by configuration: they ask, and whatever changes in the file while they wait, they go on as they were asked for."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.approvals import Risk
from core.domain.executions import Mode
from core.domain.flow_types import Dispatch, FlowType
from core.domain.json import Json
from core.domain.parameters import Parameter
from core.engine.run_flow import RunFlow, RunOrder
from core.errors import BreakGlassOnly, HighRisk, Invalid, NotAnApprover, SelfApproval
from core.flows.configured import Rules, configured_flow
from core.flows.registry import Registry
from core.flows.request_elevated_privileges import request_elevated_privileges
from tests.core.stage import unlearn
from tests.databases import SqliteTemplate
from tests.world import PROJECT, World, new_id

WHERE = Parameter(name="environment", title="Where", type="string", required=True, choices=("lab", "prod"))
VERSION = Parameter(name="version", title="Which", type="string", required=True, most=20)
TOKEN = Parameter(name="token", title="Token", type="string", required=False, secret=True)


@pytest.fixture
def world(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[World]:
    world = World(sqlite.copy(tmp_path)).company()
    yield world
    world.close()


def described(world: World, *parameters: Parameter, **rules: Any) -> FlowType:
    """Let the workers of a world know the flow type as it is configured now."""
    made = configured_flow(id="change", description="", category="other", parameters=parameters or (WHERE, VERSION, TOKEN),
                           rules=Rules(**{"name": "Change the house"} | rules))
    world.deploy(Registry({**world.registry.flows, made.id: made}, world.registry.effects))
    return made


def asked(world: World, **given: Any) -> str:
    run = world.run("ann", "change", **{"environment": "prod", "version": "v7"} | given)
    world.work()
    assert world.see(run).execution.status == "suspended"
    return run.id


def ended(world: World, run: str) -> tuple[str, Any, str | None]:
    execution = world.see(run).execution
    return str(execution.status), execution.result, execution.error


def test_it_asks_with_all_that_was_given_and_its_result_says_who_agreed(world: World) -> None:
    described(world, required=2)
    run = asked(world, token="s3cr3t-of-ann")
    assert world.approval(run).approval.question == (
        'Change the house: environment = "prod", version = "v7", token = (not shown)')
    world.approves("bob", run)
    assert world.work() == 0
    world.approves("cat", run)
    world.work()
    assert ended(world, run) == ("completed", {"approved": True, "by": ["bob@acme.org", "cat@acme.org"]}, None)
    assert "s3cr3t" not in repr(world.rows("SELECT * FROM executions") + world.rows("SELECT * FROM approvals"))


def test_a_no_fails_it_so_that_nobody_who_waits_for_completed_goes_on(world: World) -> None:
    described(world)
    run = asked(world)
    world.rejects("bob", run, reason="not today")
    world.work()
    assert ended(world, run) == ("failed", None, "rejected by bob@acme.org: not today")


def test_its_own_time_passes(world: World) -> None:
    described(world, timeout=timedelta(hours=2))
    run = asked(world)
    world.later(hours=1, minutes=59)
    world.sweep()
    world.work()
    assert world.approval(run).approval.status == "pending"
    world.later(minutes=2)
    world.sweep()
    world.work()
    assert ended(world, run)[0] == "failed"


CHANGES: list[tuple[tuple[Parameter, ...], dict[str, Any]]] = [
    ((), {"name": "Change something else"}),
    ((), {"approvers": ("dan@acme.org",)}),
    ((), {"required": 2}),
    ((), {"timeout": timedelta(minutes=1)}),
    ((), {"risk": Risk.HIGH}),
    ((), {"self_approval": True}),
    ((VERSION, WHERE), {}),
    ((replace(WHERE, choices=("lab",)), replace(VERSION, most=1)), {}),
    ((Parameter(name="other", title="Other", type="integer", required=True),), {}),
    ((replace(WHERE, secret=True), replace(VERSION, subject=True)), {}),
]


@pytest.mark.parametrize(("parameters", "rules"), CHANGES, ids=str)
def test_a_changed_configuration_does_not_touch_what_waits(world: World, parameters: tuple[Parameter, ...], rules: dict[str, Any]) -> None:
    described(world)
    run = asked(world)
    before = world.approval(run).approval
    described(world, *parameters, **rules)
    assert world.approval(run).approval == before
    with pytest.raises(NotAnApprover):
        world.approves("dan", run)
    world.later(minutes=5)
    world.approves("bob", run)
    world.work()
    assert ended(world, run) == ("completed", {"approved": True, "by": ["bob@acme.org"]}, None)


@pytest.mark.parametrize(("parameters", "rules"), CHANGES, ids=str)
def test_nor_what_has_been_decided_and_not_gone_on_yet(world: World, parameters: tuple[Parameter, ...], rules: dict[str, Any]) -> None:
    described(world)
    run = asked(world)
    world.approves("bob", run)
    described(world, *parameters, **rules)
    world.work()
    assert ended(world, run) == ("completed", {"approved": True, "by": ["bob@acme.org"]}, None)


@pytest.mark.parametrize(("parameters", "rules"), CHANGES, ids=str)
def test_what_has_not_been_asked_yet_is_asked_as_the_file_says_by_then(
        world: World, parameters: tuple[Parameter, ...], rules: dict[str, Any]) -> None:
    described(world)
    run = world.run("ann", "change", environment="prod", version="v7", token="s3cr3t-of-ann")
    described(world, *parameters, **rules)
    world.work()
    if rules.get("approvers"):
        assert world.approval(run).approval.approvers == ("dan@acme.org",)
    assert world.see(run).execution.status == "suspended"
    assert "s3cr3t" not in world.approval(run).approval.question


def test_more_approvers_than_before_do_not_open_what_was_asked_of_fewer(world: World) -> None:
    """Dan was not asked; that he is named by now gives him no voice, and that the quorum is lower makes no yes of one voice."""
    described(world, required=2)
    run = asked(world)
    described(world, required=1, approvers=("dan@acme.org",), self_approval=True)
    world.approves("bob", run)
    assert world.work() == 0
    for who, refusal in (("dan", NotAnApprover), ("ann", SelfApproval)):
        with pytest.raises(refusal):
            world.approves(who, run)
    assert world.approval(run).approval.status == "pending"


def test_a_type_that_is_not_in_the_file_any_more_leaves_its_runs_waiting(world: World) -> None:
    made = described(world)
    run = asked(world)
    unlearn(world, "change")
    world.approves("bob", run)
    world.later(minutes=11)
    assert world.work() == 0
    assert world.see(run).execution.outcome is None
    with world.database.read() as tx:
        assert [flow for _, flow in tx.leases.unclaimed({}, timedelta(minutes=10), 10)] == ["change"]
    with pytest.raises(Invalid):
        world.run("ann", "change", environment="prod", version="v7")
    world.deploy(Registry({**world.registry.flows, made.id: made}, world.registry.effects))
    world.work()
    assert ended(world, run)[0] == "completed"


@pytest.mark.parametrize("missing", [None, "Something has to be set first."])
def test_a_run_that_was_only_asked_for_is_not_handed_to_a_pipeline_that_its_type_has_by_now(world: World, missing: str | None) -> None:
    made = described(world)
    run = asked(world)
    pipeline = Dispatch(provider="webhook", target={"url": "https://ci.example.com"}, timeout=timedelta(hours=1))
    world.deploy(Registry({made.id: replace(made, dispatch=pipeline, missing=missing)}, world.registry.effects))
    world.approves("bob", run)
    world.work()
    world.deliver()
    assert ended(world, run) == ("completed", {"approved": True, "by": ["bob@acme.org"]}, None)
    assert world.see(run).execution.mode is Mode.FLOW


def test_break_glass_is_no_yes_of_anybody(world: World) -> None:
    described(world, break_glass=True)
    payload: dict[str, Json] = {"id": "change", "repositoryIdentifier": PROJECT, "environment": "prod", "version": "v7",
               "skipApproval": True, "skipReason": "the house burns"}
    start = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id)
    with pytest.raises(BreakGlassOnly):
        start.run(world.caller("bob"), RunOrder(payload=payload))
    run = start.run(replace(world.caller("bob"), break_glass=True), RunOrder(payload=payload))
    world.work()
    assert ended(world, run.id) == ("completed", {"approved": True, "by": [], "skipped": True}, None)


def test_break_glass_that_is_turned_off_lets_nobody_through_who_has_not_passed(world: World) -> None:
    described(world, break_glass=True)
    payload: dict[str, Json] = {"id": "change", "repositoryIdentifier": PROJECT, "environment": "prod", "version": "v7",
               "skipApproval": True, "skipReason": "the house burns"}
    start = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id)
    owner = replace(world.caller("bob"), break_glass=True)
    passed = start.run(owner, RunOrder(payload=payload))
    world.work()
    waits = start.run(owner, RunOrder(payload=payload))
    described(world)
    world.work()
    assert ended(world, passed.id)[0] == "completed"
    assert ended(world, waits.id) == ("failed", None, "the approval of change may not be skipped any more")


def test_a_run_of_a_type_that_is_gone_can_be_cancelled(world: World) -> None:
    described(world)
    run = asked(world)
    unlearn(world, "change")
    world.cancels("ann", run)
    world.work()
    world.sweep()
    assert world.see(run).execution.settled_at is not None
    assert world.approval(run).approval.status == "rejected"


def test_high_risk_wants_the_digest_of_what_was_read(world: World) -> None:
    described(world, risk=Risk.HIGH)
    run = asked(world)
    approval = world.approval(run).approval
    for digest in (None, "", "0", approval.digest[:7], "f" * 8 if approval.digest[:8] != "f" * 8 else "0" * 8):
        with pytest.raises(HighRisk):
            world.approves("bob", run, digest=digest)
    assert world.rows("SELECT count(*) FROM answers") == [(0,)]
    world.approves("bob", run, digest=approval.digest[:8].upper())
    world.approves("bob", run)
    world.work()
    assert ended(world, run)[0] == "completed"


def test_a_no_needs_no_digest(world: World) -> None:
    described(world, risk=Risk.HIGH)
    run = asked(world)
    world.rejects("bob", run)
    world.work()
    assert ended(world, run)[0] == "failed"


def test_somebody_elses_run_of_that_type_is_asked_for_as_strictly(world: World) -> None:
    described(world, risk=Risk.HIGH, required=2)
    view = world.requests("ann", context={"taskType": "change"})
    assert (view.approval.risk, view.approval.required) == (Risk.HIGH, 2)
    with pytest.raises(HighRisk):
        world.approves("bob", view.approval.execution_id)


def test_rules_are_set_of_a_flow_in_code_too(world: World) -> None:
    strict = Rules(approvers=("bob@acme.org", "cat@acme.org"), required=2, timeout=timedelta(hours=1), risk=Risk.HIGH)
    world.deploy(Registry({request_elevated_privileges.id: strict.applied(request_elevated_privileges)}, world.registry.effects))
    run = world.asks_for_access()
    approval = world.approval(run).approval
    assert (approval.approvers, approval.required, approval.risk, approval.expires_at - approval.requested_at) == (
        ("bob@acme.org", "cat@acme.org"), 2, Risk.HIGH, timedelta(hours=1))
    world.deploy(Registry({request_elevated_privileges.id: request_elevated_privileges}, world.registry.effects))
    world.approves("bob", run, digest=approval.digest)
    world.approves("cat", run, digest=approval.digest)
    world.work()
    assert any(line.startswith("granted Admin") for line in world.log(run))


def test_what_was_a_secret_stays_one_when_it_is_run_again(world: World) -> None:
    described(world)
    run = asked(world, token="s3cr3t-of-ann")
    world.rejects("bob", run)
    world.work()
    described(world, WHERE, VERSION, replace(TOKEN, secret=False))
    again = world.reruns("bob", world.see(run).execution)
    assert again.payload == {"environment": "prod", "version": "v7"}
    world.work()
    assert "s3cr3t" not in repr(world.rows("SELECT * FROM executions") + world.rows("SELECT * FROM approvals"))
    shown = world.reruns("bob", world.see(run).execution, token="not-one-any-more")
    assert shown.payload["token"] == "not-one-any-more"
