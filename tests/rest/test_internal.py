"""What runs of other engines, and pipelines, tell of themselves."""

import json
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from core.domain.executions import Execution, Mode, Status
from core.engine.track_lock import TrackLock
from tests.api.edge import Edge
from tests.rest.talk import approval, approve, ask, asks_for_access, run, runs, said, shown
from tests.world import PROJECT, new_id

pytestmark = pytest.mark.database


def child(edge: Edge, parent: str, who: str = "app:ci", **more: Any) -> Response:
    return edge.post("/internal/register-child", who, {
        "parentTaskExecutionId": parent, "taskType": "build", "flowPath": "build-workflow", "repositoryIdentifier": PROJECT, **more})


def scheduled(edge: Edge, run_id: str, **more: Any) -> Response:
    return edge.post("/internal/register-scheduled", "app:ci", {
        "hatchetRunId": run_id, "taskType": "nightly", "flowPath": "nightly-workflow", "repositoryIdentifier": PROJECT,
        "schedulePath": "every-night", **more})


def registered(answer: Response) -> str:
    assert answer.status_code == 201, answer.text
    return str(answer.json()["executionId"])


def report(edge: Edge, target: str, status: str, **more: Any) -> Response:
    return edge.post(f"/executions/{target}/status", "app:ci", {"status": status, **more})


def taken(edge: Edge, target: str, status: str, **more: Any) -> tuple[bool, str]:
    answer = report(edge, target, status, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()["acknowledged"], answer.json()["status"]


def metadata(edge: Edge, target: str, result: Any) -> Response:
    return edge.call("PATCH", f"/internal/{target}/metadata", "app:ci", json={"result": result})


def track(edge: Edge, **lock: Any) -> Response:
    return edge.post("/internal/track-lock-run", "app:ci", {"repository": PROJECT, **lock})


def add(edge: Edge, **more: Any) -> str:
    """Write a run down that does not run here."""
    with edge.world.database.begin() as tx:
        project = tx.projects.find(PROJECT)
        assert project is not None
        given: dict[str, Any] = {"mode": Mode.CICD, "flow": "build", "task_type": "build", "category": "build", "payload": {},
                                 "triggered_by": "app:ci", "initiators": ("app:ci",), "created_at": tx.now(),
                                 "dispatched_at": tx.now(), "report_by": tx.now() + timedelta(hours=1)}
        made = Execution(id=new_id(), project_id=project.id, **given | more)
        tx.executions.add(made, due_at=None)
    return made.id


def owners(edge: Edge) -> dict[str, str]:
    return {resource: owner for resource, owner in edge.world.rows("SELECT resource, execution_id FROM locks") if owner is not None}


# -- register-child ---------------------------------------------------------------------------------------------------------------


def test_a_child_is_its_parents_and_runs(same_edge: Edge) -> None:
    parent = run(same_edge, "team", children=0, wait=False)
    told = shown(same_edge, registered(child(
        same_edge, parent, hatchetRunId="hatchet-1", payload={"a": 1}, rerunPayload={"b": {"c": 2}}, triggeredBy="bob@acme.org")))
    assert (told["status"], told["triggeredBy"], told["parentExecutionId"]) == ("Running", "ann@acme.org", parent)
    assert (told["taskType"], told["flowPath"], told["hatchetRunId"], told["success"]) == ("build", "build-workflow", "hatchet-1", None)
    assert told["payload"] == {"a": 1, "b": {"c": 2}}
    assert "startedAt" in told
    assert shown(same_edge, "hatchet-1")["id"] == told["id"]
    listed = runs(same_edge, executionMode="flow")["runs"]
    assert told["id"] in [each["id"] for each in listed]
    assert told["id"] not in [each["id"] for each in runs(same_edge, executionMode="cicd")["runs"]]


def test_a_childs_category_is_its_types_or_its_parents(same_edge: Edge) -> None:
    parent = add(same_edge, category="release")
    assert shown(same_edge, registered(child(same_edge, parent)))["category"] == "release"
    assert shown(same_edge, registered(child(same_edge, parent, taskType="chatty")))["category"] == "testing"


def test_a_child_without_a_run_id_is_always_new_and_one_with_it_is_one(same_edge: Edge) -> None:
    parent = add(same_edge)
    assert registered(child(same_edge, parent)) != registered(child(same_edge, parent))
    first = registered(child(same_edge, parent, hatchetRunId="same-1", payload={"a": 1}))
    assert registered(child(same_edge, parent, hatchetRunId="same-1", payload={"a": 1})) == first
    report(same_edge, first, "completed")
    assert registered(child(same_edge, parent, hatchetRunId="same-1", payload={"a": 1})) == first
    other = add(same_edge)
    for changed in (child(same_edge, parent, hatchetRunId="same-1", payload={"a": 2}), child(same_edge, other, hatchetRunId="same-1"),
                    child(same_edge, parent, hatchetRunId="same-1", payload={"a": 1}, taskType="other"),
                    scheduled(same_edge, "same-1")):
        assert changed.status_code == 409, changed.text
    assert said(changed) == "This run cannot be registered: its run id stands for another run already."


def test_what_is_for_the_run_alone_is_stored_nowhere(same_edge: Edge) -> None:
    secret = {"applicationToken": "tell-nobody", "sfpServerUrl": "https://inside.example"}
    registered(child(same_edge, add(same_edge), payload={**secret, "input": {**secret, "list": [secret]}}, rerunPayload=secret))
    registered(scheduled(same_edge, "secret-1", payload=secret))
    assert not [row for row in same_edge.world.rows("SELECT payload, secrets FROM executions") if "tell-nobody" in str(row)
                or "inside.example" in str(row)]


def test_what_its_type_marks_as_secret_is_sealed(same_edge: Edge) -> None:
    parent = add(same_edge)
    own: dict[str, Any] = {"taskType": "chatty", "hatchetRunId": "sealed-1"}
    target = registered(child(same_edge, parent, **own, payload={"version": "2", "password": "hunter22"}))
    assert shown(same_edge, target)["payload"] == {"version": "2"}
    assert registered(child(same_edge, parent, **own, payload={"version": "2", "password": "hunter22"})) == target
    assert child(same_edge, parent, **own, payload={"version": "2", "password": "another"}).status_code == 409
    assert metadata(same_edge, target, {"said": "hunter22 it was"}).json()["result"]["said"] != "hunter22 it was"


def test_a_parent_that_is_unknown_elsewhere_or_cancelled_has_no_child(same_edge: Edge) -> None:
    parent = add(same_edge)
    for wrong in (child(same_edge, new_id()), child(same_edge, parent, repositoryIdentifier="other/app"),
                  child(same_edge, parent, repositoryIdentifier="no/such"), child(same_edge, parent, rerunOfExecutionId=new_id())):
        assert wrong.status_code == 400, wrong.text
    assert same_edge.post(f"/{parent}/cancel", "bob").status_code == 200
    refused = child(same_edge, parent)
    assert (refused.status_code, said(refused)) == (409, "This run cannot be registered: its parent was cancelled.")


def test_what_was_asked_before_a_run_registered_is_its_own(same_edge: Edge) -> None:
    asked = ask(same_edge, task="before-1", hatchetRunId="before-run")
    assert asked["id"] not in [each["id"] for each in runs(same_edge)["runs"]]
    parent = add(same_edge, triggered_by="cat@acme.org", callback={"type": "slack", "channel": "C7", "threadTs": "7.7"})
    assert registered(child(same_edge, parent, hatchetRunId="before-1", payload={"a": 1})) == asked["id"]
    told = shown(same_edge, "before-1")
    assert (told["status"], told["taskType"], told["payload"], told["parentExecutionId"]) == ("Suspended", "build", {"a": 1}, parent)
    assert (told["triggeredBy"], told["approval"]["status"], told["hatchetRunId"]) == ("cat@acme.org", "pending", "before-run")
    assert asked["id"] in [each["id"] for each in runs(same_edge)["runs"]]
    assert same_edge.get("/approvals/by-slack/C7/7.7", "bob").json()["id"] == asked["id"]
    assert registered(child(same_edge, parent, hatchetRunId="before-1", payload={"a": 1})) == asked["id"]
    assert ask(same_edge, task="before-1", hatchetRunId="before-run")["ref"] == asked["ref"]
    assert approve(same_edge, "bob", asked["id"]).json()["status"] == "approved"
    assert shown(same_edge, asked["id"])["status"] == "Running"


def test_a_placeholder_that_has_ended_is_nobodys_any_more(same_edge: Edge) -> None:
    asked = ask(same_edge, task="ended-1")
    same_edge.post(f"/{asked['id']}/cancel", "bob")
    refused = child(same_edge, add(same_edge), hatchetRunId="ended-1")
    assert (refused.status_code, said(refused)) == (409, "This run cannot be registered: it has ended already (cancelled).")


def test_no_run_is_its_own_ancestor(same_edge: Edge) -> None:
    top = ask(same_edge, task="ring-1")["id"]
    below = registered(child(same_edge, top))
    lowest = registered(child(same_edge, below))
    for parent in (top, below, lowest):
        assert child(same_edge, parent, hatchetRunId="ring-1").status_code == 409


def test_a_waiting_rerun_becomes_the_run_that_registers_for_it(same_edge: Edge) -> None:
    parent = add(same_edge)
    first = registered(child(same_edge, parent, hatchetRunId="again-1", payload={"a": 1}))
    waiting = add(same_edge, mode=Mode.REGISTERED, rerun_of=first, parent_id=parent, payload={"a": 2}, triggered_by="dan@acme.org",
                  initiators=("dan@acme.org",))
    body = {"hatchetRunId": "again-2", "rerunOfExecutionId": first}
    assert registered(child(same_edge, parent, **body)) == waiting
    assert registered(child(same_edge, parent, **body)) == waiting
    told = shown(same_edge, waiting)
    assert (told["status"], told["payload"], told["triggeredBy"]) == ("Running", {"a": 2}, "dan@acme.org")
    assert told["rerunOfExecutionId"] == first
    third = registered(child(same_edge, parent, hatchetRunId="again-3", rerunOfExecutionId=first, payload={"a": 3}))
    assert third not in (first, waiting)


def test_a_flow_of_ours_that_waits_is_not_taken_over(same_edge: Edge) -> None:
    """A rerun of ours is pending until a worker has it."""
    first = asks_for_access(same_edge)
    same_edge.post(f"/{first}/cancel", "ann")
    same_edge.world.work()
    ours = same_edge.post(f"/{first}/rerun", "ann", {}).json()["id"]
    theirs = registered(child(same_edge, add(same_edge), hatchetRunId="ours-1", rerunOfExecutionId=first))
    assert theirs != ours
    assert shown(same_edge, ours)["taskType"] == "request-elevated-privileges"
    same_edge.world.work()


# -- register-scheduled -----------------------------------------------------------------------------------------------------------


def test_a_scheduled_run_tells_its_schedule_and_is_listed_when_asked_for(same_edge: Edge) -> None:
    target = registered(scheduled(same_edge, "night-1", payload={"depth": 3}))
    assert registered(scheduled(same_edge, "night-1", payload={"depth": 3})) == target
    assert scheduled(same_edge, "night-1", payload={"depth": 4}).status_code == 409
    told = shown(same_edge, target)
    assert (told["schedulePath"], told["triggeredBy"], told["status"]) == ("every-night", "cron", "Running")
    assert target not in [each["id"] for each in runs(same_edge)["runs"]]
    assert target in [each["id"] for each in runs(same_edge, includeScheduled="true", category="scheduled")["runs"]]
    below = registered(child(same_edge, target, hatchetRunId="night-child"))
    assert below not in [each["id"] for each in runs(same_edge)["runs"]]
    again = registered(scheduled(same_edge, "night-2", rerunOfExecutionId=target))
    assert again in [each["id"] for each in runs(same_edge)["runs"]]


def test_a_scheduled_runs_category_is_told_or_its_types(same_edge: Edge) -> None:
    assert shown(same_edge, registered(scheduled(same_edge, "cat-1", category="pool", taskType="chatty")))["category"] == "pool"
    assert shown(same_edge, registered(scheduled(same_edge, "cat-2", taskType="chatty")))["category"] == "testing"
    assert scheduled(same_edge, "cat-3", category="others").status_code == 400
    assert scheduled(same_edge, "cat-4", repositoryIdentifier="no/such").status_code == 400


# -- metadata ---------------------------------------------------------------------------------------------------------------------


def test_metadata_is_merged_name_by_name_whatever_the_state(same_edge: Edge) -> None:
    target = registered(child(same_edge, add(same_edge)))
    assert metadata(same_edge, target, {"a": {"x": 1}, "b": 1}).json() == {"id": target, "result": {"a": {"x": 1}, "b": 1}}
    report(same_edge, target, "failed")
    assert metadata(same_edge, target, {"a": {"y": 2}, "b": None}).json()["result"] == {"a": {"y": 2}, "b": None}
    assert shown(same_edge, target)["result"] == {"a": {"y": 2}, "b": None}
    for no_object in ("[]", '"x"', "null", "7"):
        assert metadata(same_edge, target, json.loads(no_object)).status_code == 400
    assert metadata(same_edge, new_id(), {}).status_code == 404


def test_a_result_grows_to_1_mib_and_no_further(same_edge: Edge) -> None:
    target = add(same_edge)
    room = 1024 * 1024 - len('{"x":"","y":""}')
    assert metadata(same_edge, target, {"x": "x" * (room // 2)}).status_code == 200
    assert metadata(same_edge, target, {"y": "y" * (room - room // 2 + 1)}).status_code == 400
    assert report(same_edge, target, "running", result={"y": "y" * (room - room // 2 + 1)}).status_code == 400
    assert metadata(same_edge, target, {"y": "y" * (room - room // 2)}).status_code == 200


def test_a_flow_of_ours_keeps_what_was_told_of_it_beside_what_it_returns(edge: Edge) -> None:
    target = run(edge, "deploy_by-two")
    metadata(edge, target, {"commit": "c0ffee", "version": "of old"})
    approve(edge, "bob", target)
    approve(edge, "cat", target)
    edge.world.work()
    assert shown(edge, target)["result"] == {"commit": "c0ffee", "version": "1"}


# -- status -----------------------------------------------------------------------------------------------------------------------


def test_a_pipeline_reports_from_its_beginning_to_its_end(edge: Edge) -> None:
    target = add(edge)
    own = {"cicdRunId": "77", "cicdRunUrl": "https://ci.example/77"}
    assert taken(edge, target, "running", **own, result={"a": 1}) == (True, "running")
    began = shown(edge, target)
    assert (began["status"], began["cicdRunUrl"], "startedAt" in began) == ("Running", "https://ci.example/77", True)
    edge.world.later(seconds=30)
    assert report(edge, target, "running", cicdRunId="78").status_code == 409
    assert taken(edge, target, "completed", cicdRunId="77", result={"b": 2}) == (True, "completed")
    ended = shown(edge, target)
    assert (ended["status"], ended["success"], ended["result"]) == ("Completed", True, {"a": 1, "b": 2})
    assert ended["startedAt"] == began["startedAt"]
    assert 30_000 <= ended["durationMs"] < 60_000
    assert edge.world.sweep() == 1
    assert shown(edge, target)["status"] == "Completed"
    assert edge.world.audit(target) == ["report", "security", "report", "settle"]


@pytest.mark.parametrize("url", ["ftp://ci.example", "javascript:alert(1)", "https://" + "x" * 1_993, "https://ci.example/a b", "//ci", ""])
def test_a_pipelines_address_is_one_of_the_web_and_not_too_long(same_edge: Edge, url: str) -> None:
    assert report(same_edge, add(same_edge), "running", cicdRunUrl=url).status_code == 400


def test_an_address_has_2000_characters_at_most(same_edge: Edge) -> None:
    assert taken(same_edge, add(same_edge), "running", cicdRunUrl="http://" + "x" * 1_993) == (True, "running")


def test_an_end_is_repeated_and_not_changed(same_edge: Edge) -> None:
    target = add(same_edge)
    assert taken(same_edge, target, "failed", result={"why": "no disk"}, cicdRunId="1") == (True, "failed")
    assert taken(same_edge, target, "failed") == (True, "failed")
    assert taken(same_edge, target, "failed", result={"why": "no disk"}, cicdRunId="1") == (True, "failed")
    for status, more in (("completed", {}), ("running", {}), ("failed", {"result": {"why": "other"}}), ("failed", {"cicdRunId": "2"}),
                         ("cancelled", {"result": {"new": 1}})):
        assert taken(same_edge, target, status, **more) == (False, "failed")
    assert shown(same_edge, target)["result"] == {"why": "no disk"}


@pytest.mark.parametrize(("status", "end"), [("failed", "stale"), ("cancelled", "cancelled")])
def test_what_a_run_asked_ends_with_it(same_edge: Edge, status: str, end: str) -> None:
    target = ask(same_edge, task=f"{status}-1")["id"]
    assert taken(same_edge, target, "running") == (True, "suspended")
    assert taken(same_edge, target, status) == (True, status)
    ended = approval(same_edge, target)
    assert (ended["status"], "resolvedAt" in ended) == (end, True)
    assert shown(same_edge, target)["status"] == status.title()
    assert approve(same_edge, "bob", target).status_code == 409


def test_a_run_whose_question_lapsed_goes_on(edge: Edge) -> None:
    target = ask(edge, task="lapsed-1", timeoutHours=1)["id"]
    edge.world.later(hours=1, seconds=1)
    assert taken(edge, target, "running") == (True, "running")
    assert approval(edge, target)["status"] == "expired"
    assert taken(edge, target, "completed") == (True, "completed")


def test_a_run_with_children_ends_when_they_have_and_as_they_did(edge: Edge) -> None:
    top = add(edge)
    parent = registered(child(edge, top))
    good, bad = registered(child(edge, parent)), registered(child(edge, parent))
    assert taken(edge, parent, "completed") == (True, "running")
    assert taken(edge, parent, "completed") == (True, "running")
    taken(edge, good, "completed")
    edge.world.sweep()
    assert shown(edge, parent)["status"] == "Running"
    taken(edge, bad, "failed")
    assert taken(edge, top, "completed") == (True, "running")
    while edge.world.sweep():
        pass
    for each in (parent, top):
        told = shown(edge, each)
        assert (told["status"], told["success"]) == ("Completed", False)
    assert [status for status, in edge.world.rows("SELECT status FROM executions WHERE id IN (:a, :b)", a=parent, b=top)] == ["partial"] * 2


def test_an_end_stays_whatever_child_comes_after_it(edge: Edge) -> None:
    parent = add(edge)
    taken(edge, parent, "completed")
    late = registered(child(edge, parent))
    taken(edge, late, "failed")
    while edge.world.sweep():
        pass
    assert edge.world.see(parent).execution.status is Status.COMPLETED
    assert edge.world.see(parent).execution.settled_at is not None


def test_a_flow_of_ours_waits_for_the_children_that_register_with_it(edge: Edge) -> None:
    parent = run(edge, "team")
    edge.post(f"/{parent}/cancel-children", "bob")
    foreign = registered(child(edge, parent))
    edge.world.work()
    assert shown(edge, parent)["status"] == "Running"
    taken(edge, foreign, "completed")
    edge.world.sweep()
    edge.world.work()
    assert shown(edge, parent)["result"] == {"ended": ["cancelled", "cancelled", "completed"]}


# -- track-lock-run ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [None, {}, {"resource": None}])
def test_without_a_lock_nothing_is_tracked(same_edge: Edge, body: Any) -> None:
    answer = same_edge.post("/internal/track-lock-run", "app:ci", body)
    assert (answer.status_code, answer.json()) == (201, {"tracked": False})


def test_null_is_no_lock_either(same_edge: Edge) -> None:
    answer = same_edge.post("/internal/track-lock-run", "app:ci", content=b"null", headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()) == (201, {"tracked": False})


def test_half_a_lock_is_refused(same_edge: Edge) -> None:
    refused = track(same_edge, resource="prod", ticketId="T")
    assert (refused.status_code, said(refused)[:60]) == (400, "repository, resource, ticketId and hatchetRunId go together:"[:60])


def test_a_lock_is_tracked_by_its_ticket_and_freed_when_its_run_ends(edge: Edge) -> None:
    first = registered(child(edge, add(edge), hatchetRunId="lock-1"))
    second = registered(child(edge, add(edge)))
    own = {"resource": "prod", "ticketId": "T1", "hatchetRunId": "lock-1"}
    for _ in range(2):
        answer = track(edge, **own)
        assert (answer.status_code, answer.json()) == (201, {"tracked": True, "ticketId": "T1", "hatchetRunId": "lock-1"})
    assert owners(edge) == {"prod": first}
    assert track(edge, **own | {"resource": "qa"}).status_code == 201
    assert owners(edge) == {"qa": first}
    taken(edge, first, "completed")
    edge.world.sweep()
    assert owners(edge) == {}
    assert track(edge, **own | {"hatchetRunId": second}).status_code == 201
    assert owners(edge) == {"prod": second}


def test_a_lock_that_is_told_of_after_its_run_was_over_is_freed_by_the_sweeper(edge: Edge) -> None:
    over, other = add(edge), add(edge)
    taken(edge, over, "cancelled")
    edge.world.sweep()
    assert track(edge, resource="prod", ticketId="T1", hatchetRunId=over).status_code == 201
    chore = TrackLock(database=edge.world.database)
    assert (owners(edge), chore.sweep(), owners(edge), chore.sweep()) == ({"prod": over}, 1, {}, 0)
    assert track(edge, resource="prod", ticketId="T1", hatchetRunId=over).status_code == 201
    assert track(edge, resource="prod", ticketId="T2", hatchetRunId=other).status_code == 201
    assert (chore.sweep(), owners(edge)) == (0, {"prod": other})
