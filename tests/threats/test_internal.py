"""What runs of other engines tell of themselves, as a way round an approval."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from core.domain.people import Role
from core.flows.context import FlowContext
from tests.api.edge import Edge
from tests.core.stage import Nothing, teach
from tests.rest.talk import approval, approve, ask, asks_for_access, reject, request, run, said, shown
from tests.rest.test_internal import add, child, metadata, owners, registered, report, scheduled, taken, track
from tests.threats.at_once import at_once
from tests.threats.effects import no_effect
from tests.world import new_id

pytestmark = pytest.mark.database


def test_b08_whoever_started_the_parent_cannot_approve_what_its_child_asks(same_edge: Edge) -> None:
    parent = run(same_edge, "team", "bob", children=0, wait=False)
    below = registered(child(same_edge, parent))
    lowest = registered(child(same_edge, below))
    for target in (below, lowest):
        asked = ask(same_edge, task=target, approvers=["bob@acme.org", "cat@acme.org"])
        with no_effect(same_edge, by="bob@acme.org", refusal="SelfApproval"):
            assert approve(same_edge, "bob", asked["id"]).status_code == 403
        assert approve(same_edge, "cat", asked["id"]).json()["status"] == "approved"
    alone = request(same_edge, task=registered(child(same_edge, parent)), approvers=["bob@acme.org"])
    assert alone.status_code == 400


def test_b08_nor_what_was_asked_before_the_child_came(same_edge: Edge) -> None:
    parent = run(same_edge, "team", "bob", children=0, wait=False)
    asked = ask(same_edge, task="early-1", approvers=["bob@acme.org", "cat@acme.org"])
    below = registered(child(same_edge, asked["id"]))
    lower = ask(same_edge, task=below, approvers=["bob@acme.org", "cat@acme.org"])
    assert registered(child(same_edge, parent, hatchetRunId="early-1")) == asked["id"]
    assert shown(same_edge, below)["triggeredBy"] == "bob@acme.org"
    for target in (asked["id"], lower["id"]):
        with no_effect(same_edge, by="bob@acme.org", refusal="SelfApproval", times=2):
            assert approve(same_edge, "bob", target).status_code == 403
            assert reject(same_edge, "bob", target).status_code == 403
        assert approve(same_edge, "cat", target).json()["status"] == "approved"


def test_b08_whoever_asked_for_a_child_before_it_came_cannot_approve_it_later(same_edge: Edge) -> None:
    asked = ask(same_edge, "bob", "early-2")
    assert approve(same_edge, "cat", asked["id"]).status_code == 200
    target = registered(child(same_edge, run(same_edge, "team", children=0, wait=False), hatchetRunId="early-2"))
    ask(same_edge, task=target, hatchetEventKey="second")
    assert approve(same_edge, "bob", target).status_code == 403
    assert approve(same_edge, "cat", target, digest=approval(same_edge, target)["digest"]).status_code == 200


def test_b24_a_run_id_that_is_an_executions_id_is_refused(same_edge: Edge) -> None:
    victim = asks_for_access(same_edge)
    parent = add(same_edge)
    for refused in (child(same_edge, parent, hatchetRunId=victim), child(same_edge, parent, hatchetRunId=parent),
                    scheduled(same_edge, victim)):
        assert (refused.status_code, said(refused)) == (400, "hatchetRunId is the id of another execution.")
    assert approve(same_edge, "bob", victim).json()["id"] == victim


def test_b24_a_run_id_is_one_runs_also_across_projects(edge: Edge) -> None:
    target = registered(child(edge, add(edge), hatchetRunId="mine-1"))
    assert scheduled(edge, "mine-1", repositoryIdentifier="other/app").status_code == 409
    assert shown(edge, "mine-1")["id"] == target


def named_so(edge: Edge, ref: str) -> str:
    return registered(child(edge, add(edge), hatchetRunId=ref))


def asked_so(edge: Edge, ref: str) -> str:
    return str(ask(edge, task=ref)["id"])


@pytest.mark.parametrize("twin", [named_so, asked_so])
def test_b24_a_ref_that_is_another_runs_own_name_as_well_means_neither(edge: Edge, twin: Callable[[Edge, str], str]) -> None:
    victim = asks_for_access(edge)
    ref = edge.world.approval(victim).approval.ref
    assert approval(edge, ref)["id"] == victim
    other = twin(edge, ref)
    with no_effect(edge, by="bob@acme.org", refusal="NotFound", times=2):
        assert approve(edge, "bob", ref).status_code == 404
        assert reject(edge, "bob", ref).status_code == 404
    assert edge.get(f"/approvals/{ref}", "bob").status_code == 404
    assert shown(edge, other)["id"] == other
    assert approve(edge, "bob", victim).json()["id"] == victim


def test_b24_a_run_whose_own_name_is_the_ref_of_its_own_request_is_meant(edge: Edge) -> None:
    asked = ask(edge, task="one-of-a-kind")
    ref = edge.world.approval(asked["id"]).approval.ref
    with edge.world.database.writer.begin() as connection:
        connection.exec_driver_sql(f"UPDATE executions SET task_id = '{ref}' WHERE id = '{asked['id']}'")
    assert approve(edge, "bob", ref).json()["id"] == asked["id"]


def test_b24_twins_that_register_at_the_same_moment_are_one_run(edge: Edge) -> None:
    parent = add(edge)
    asked = ask(edge, task="twin-2")["id"]
    for run_id in ("twin-1", "twin-2"):
        answers = at_once([partial(child, edge, parent, hatchetRunId=run_id)] * 4)
        assert {answer.status_code for answer in answers} == {201}
        assert len({registered(answer) for answer in answers}) == 1
    assert registered(answers[0]) == asked
    answers = at_once([partial(child, edge, each, hatchetRunId="twin-3") for each in (parent, add(edge), add(edge))])
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409]


def test_c15_of_two_runs_that_say_they_have_a_lock_at_the_same_moment_one_has_it(edge: Edge) -> None:
    for n in range(3):
        resources = (f"prod-{n}", f"prod-{n}", f"qa-{n}")
        answers = at_once([partial(track, edge, resource=each, ticketId=f"T{n}", hatchetRunId=add(edge)) for each in resources])
        assert sorted(answer.status_code for answer in answers) == [201, 409, 409]
    assert len(owners(edge)) == 3


def test_a_token_for_one_run_takes_over_no_row_of_another(same_edge: Edge) -> None:
    own, other = add(same_edge), ask(same_edge, task="not-yours-1")
    bound = {"Authorization": f"Bearer {same_edge.issuer.mint(same_edge.remember('app:ci', execution=own))}"}
    body = {"parentTaskExecutionId": own, "taskType": "build", "flowPath": "b", "repositoryIdentifier": "acme/app"}
    path = "/internal/register-child"
    assert same_edge.post(path, None, {**body, "hatchetRunId": "not-yours-1"}, headers=bound).status_code == 409
    assert same_edge.post(path, None, {**body, "hatchetRunId": "yours-1"}, headers=bound).status_code == 201
    assert same_edge.post(path, None, {**body, "parentTaskExecutionId": add(same_edge)}, headers=bound).status_code == 400
    assert same_edge.post(f"/executions/{other['id']}/status", None, {"status": "failed"}, headers=bound).status_code == 404
    assert approval(same_edge, other["id"])["status"] == "pending"


@pytest.mark.parametrize("status", ["running", "completed", "partial", "failed", "cancelled"])
def test_c07_a_report_moves_no_flow_of_ours(same_edge: Edge, status: str) -> None:
    target = asks_for_access(same_edge)
    with no_effect(same_edge, by="app:ci", refusal="NotReportable"):
        assert report(same_edge, target, status, result={"granted": True}).status_code == 409
    assert same_edge.world.work() == 0
    assert (shown(same_edge, target)["status"], "result" in shown(same_edge, target)) == ("Suspended", False)


@pytest.mark.parametrize("status", ["completed", "partial"])
def test_c07_a_run_that_waits_for_a_yes_has_not_done_what_it_asks(same_edge: Edge, status: str) -> None:
    target = ask(same_edge, task=f"c07-{status}")["id"]
    with no_effect(same_edge, by="app:ci", refusal="NotReportable"):
        assert report(same_edge, target, status, result={"done": True}).status_code == 409
    approve(same_edge, "bob", target)
    assert taken(same_edge, target, status) == (True, status)


def test_c08_an_end_is_an_end(same_edge: Edge) -> None:
    target = add(same_edge)
    taken(same_edge, target, "completed", result={"a": 1})
    with no_effect(same_edge, by=None):
        assert taken(same_edge, target, "running", result={"a": 2}) == (False, "completed")
    assert shown(same_edge, target)["result"] == {"a": 1}
    assert report(same_edge, new_id(), "running").status_code == 404


@pytest.mark.parametrize(("who", "role"), [("bob", Role.OWNER), ("dan", Role.MEMBER), ("eve", Role.OWNER)])
def test_c10_no_person_tells_what_runs_tell(same_edge: Edge, who: str, role: Role) -> None:
    target = ask(same_edge, task=f"c10-{who}")["id"]
    body: dict[str, Any] = {"taskType": "x", "flowPath": "x", "repositoryIdentifier": "acme/app"}
    for method, path, content in (
            ("POST", f"/executions/{target}/status", {"status": "cancelled"}),
            ("PATCH", f"/internal/{target}/metadata", {"result": {"a": 1}}),
            ("POST", "/internal/register-child", {**body, "parentTaskExecutionId": target}),
            ("POST", "/internal/register-scheduled", {**body, "hatchetRunId": "c10", "schedulePath": "x"}),
            ("POST", "/internal/track-lock-run", {"repository": "acme/app", "resource": "x", "ticketId": "x", "hatchetRunId": target})):
        before = same_edge.world.rows("SELECT id, status, result FROM executions ORDER BY id")
        assert same_edge.call(method, path, who, role=role, json=content).status_code == 403, path
        assert same_edge.world.rows("SELECT id, status, result FROM executions ORDER BY id") == before
    assert approval(same_edge, target)["status"] == "pending"


def test_c11_a_child_is_no_way_into_another_project_or_name(same_edge: Edge) -> None:
    elsewhere = registered(scheduled(same_edge, "c11-1", repositoryIdentifier="other/app"))
    with no_effect(same_edge, by=None):
        assert child(same_edge, elsewhere).status_code == 400
        assert child(same_edge, elsewhere, repositoryIdentifier="acme/app").status_code == 400
    parent = run(same_edge, "team", children=0, wait=False)
    for claimed in ("bob@acme.org", "app:ci", "cron", ""):
        assert shown(same_edge, registered(child(same_edge, parent, triggeredBy=claimed)))["triggeredBy"] == "ann@acme.org"
    narrow = {"Authorization": f"Bearer {same_edge.issuer.mint(same_edge.remember('app:ci', projects=('other/app',)))}"}
    body = {"parentTaskExecutionId": parent, "taskType": "x", "flowPath": "x", "repositoryIdentifier": "acme/app"}
    assert same_edge.post("/internal/register-child", None, body, headers=narrow).status_code == 400
    assert metadata(same_edge, parent, {}).status_code == 200
    assert same_edge.call("PATCH", f"/internal/{parent}/metadata", None, json={"result": {}}, headers=narrow).status_code == 404


def test_c15_somebody_elses_lock_and_run_are_left_alone(edge: Edge) -> None:
    first, second = add(edge), add(edge)
    elsewhere = registered(scheduled(edge, "c15-1", repositoryIdentifier="other/app"))
    assert track(edge, resource="prod", ticketId="T1", hatchetRunId=first).status_code == 201
    with no_effect(edge, by="app:ci", refusal="LockTaken", times=3):
        assert track(edge, resource="prod", ticketId="T2", hatchetRunId=second).status_code == 409
        assert track(edge, resource="qa", ticketId="T1", hatchetRunId=second).status_code == 409
        assert track(edge, repository="other/app", resource="prod", ticketId="T1", hatchetRunId=elsewhere).status_code == 409
    assert track(edge, resource="qa", ticketId="T3", hatchetRunId=new_id()).status_code == 404
    assert track(edge, resource="qa", ticketId="T3", hatchetRunId=elsewhere).status_code == 400
    assert owners(edge) == {"prod": first}


def test_c15_a_lock_that_a_flow_of_ours_has_is_not_taken_from_it(edge: Edge) -> None:
    def holder(ctx: FlowContext, _: Nothing) -> None:
        ctx.lock("prod")
        ctx.sleep(timedelta(hours=1))

    teach(edge.world, holder)
    ours = edge.world.run(flow="probe").id
    edge.world.work()
    assert track(edge, resource="prod", ticketId="T1", hatchetRunId=add(edge)).status_code == 409
    assert track(edge, resource="prod", ticketId="T1", hatchetRunId=ours).status_code == 201
    assert track(edge, resource="qa", ticketId="T1", hatchetRunId=ours).status_code == 201
    assert owners(edge) == {"prod": ours, "qa": ours}
    edge.world.later(hours=1)
    edge.world.work()
    assert owners(edge) == {}
