"""What a project sets of a flow type: whether it may run, and what runs in its place."""

import json
from typing import Any

import pytest

from core.domain.people import Role
from tests.api.edge import ACCESS, Edge
from tests.rest.talk import asks_for_access, configure, run, runs, said, shown
from tests.world import PROJECT

pytestmark = pytest.mark.database


def start(edge: Edge, flow: str, who: str = "ann", **parameters: Any) -> Any:
    return edge.post("/run", who, {"payload": {"id": flow, "repositoryIdentifier": PROJECT, **parameters}})


def statuses(edge: Edge, project: str = PROJECT, who: str = "ann") -> dict[str, dict[str, Any]]:
    found = edge.get("/types/status", who, params={"repositoryIdentifier": project})
    assert found.status_code == 200, found.text
    return {each["id"]: each for each in found.json()["flowTypes"]}


def settings(edge: Edge) -> list[tuple[str, str, dict[str, Any]]]:
    rows = edge.world.rows(
        "SELECT kind, actor, facts FROM audit WHERE kind LIKE '%-flow' OR kind LIKE '%-override' ORDER BY project_id, seq")
    return [(kind, actor, json.loads(facts)) for kind, actor, facts in rows]


def test_every_type_is_enabled_until_somebody_disables_it(edge: Edge) -> None:
    before = statuses(edge)
    assert list(before) == sorted(edge.world.registry.flows)
    assert before["two-gates"] == {"id": "two-gates", "name": "Two gates", "enabled": True}
    done = configure(edge, "bob", "two-gates", "disable", project="ACME/App")
    assert (done.status_code, done.json()) == (
        200, {"success": True, "taskTypeId": "two-gates", "repositoryIdentifier": "acme/app", "enabled": False})
    assert statuses(edge)["two-gates"]["enabled"] is False
    assert statuses(edge, "other/app", "eve")["two-gates"]["enabled"] is True
    assert configure(edge, "app:ci", "two-gates", "enable").json()["enabled"] is True
    assert statuses(edge) == before


def test_what_is_so_already_is_no_event(edge: Edge) -> None:
    for flow in ("two-gates", "two-gates", "chatty"):
        assert configure(edge, "bob", flow, "disable").status_code == 200
    for _ in range(2):
        assert configure(edge, "app:ci", "chatty", "enable").status_code == 200
        assert configure(edge, "bob", "chatty", "override", overrideFlowTypeId="unasked").status_code == 200
    for _ in range(2):
        removed = configure(edge, "cat", "chatty", "override", "DELETE")
        assert (removed.status_code, removed.json()) == (200, {"success": True, "taskTypeId": "chatty", "repositoryIdentifier": "acme/app"})
    assert settings(edge) == [
        ("disable-flow", "bob@acme.org", {"flow": "two-gates"}), ("disable-flow", "bob@acme.org", {"flow": "chatty"}),
        ("enable-flow", "app:ci", {"flow": "chatty"}),
        ("override-flow", "bob@acme.org", {"flow": "chatty", "override": "unasked", "unguarded": False}),
        ("remove-override", "cat@acme.org", {"flow": "chatty", "override": None, "unguarded": False})]


@pytest.mark.parametrize(("who", "role", "project", "flow", "status", "sentence"), [
    ("bob", Role.OWNER, "no/such", "two-gates", 404, "There is no project of this id"),
    ("eve", Role.OWNER, PROJECT, "two-gates", 404, "There is no project of this id"),
    ("eve", Role.OWNER, PROJECT, "no-such", 404, "There is no project of this id"),
    ("bob", Role.OWNER, PROJECT, "no-such", 404, "There is no flow type of this id"),
    ("dan", Role.OWNER, PROJECT, "no-such", 404, "There is no flow type of this id"),
    ("dan", Role.OWNER, PROJECT, "two-gates", 403, "This needs the role owner."),
    ("bob", Role.MEMBER, PROJECT, "two-gates", 403, "This needs the role owner or application.")])
@pytest.mark.parametrize(("method", "what"), [("POST", "enable"), ("POST", "disable"), ("POST", "override"), ("DELETE", "override")])
def test_only_an_owner_of_a_project_that_is_there_sets_a_type_that_is_there(
        same_edge: Edge, method: str, what: str, who: str, role: Role, project: str, flow: str, status: int, sentence: str) -> None:
    body = {"repositoryIdentifier": project, "overrideFlowTypeId": "chatty"}
    answer = same_edge.call(method, f"/types/{flow}/{what}", who, role=role, json=body)
    assert (answer.status_code, said(answer)[:len(sentence)]) == (status, sentence)
    assert settings(same_edge) == []


@pytest.mark.parametrize("project", ["no/such", "other/app"])
def test_the_settings_of_a_project_that_one_does_not_see_are_not_told(same_edge: Edge, project: str) -> None:
    answer = same_edge.get("/types/status", "ann", params={"repositoryIdentifier": project})
    assert (answer.status_code, said(answer)[:30]) == (404, "There is no project of this id")
    assert same_edge.get("/types/status", "ann").status_code == 400


@pytest.mark.parametrize("body", [
    {}, {"repositoryIdentifier": 7}, {"repositoryIdentifier": ""}, {"repositoryIdentifier": PROJECT, "overrideFlowTypeId": None},
    {"repositoryIdentifier": PROJECT, "overrideFlowTypeId": ["chatty"]},
    {"repositoryIdentifier": PROJECT, "overrideFlowTypeId": "x" * 201}], ids=str)
def test_what_does_not_fit_is_no_override(same_edge: Edge, body: dict[str, Any]) -> None:
    assert same_edge.post("/types/two-gates/override", "bob", body).status_code == 400


@pytest.mark.parametrize("how", ["disable", "disable the target"])
def test_a_disabled_type_is_not_run_and_not_run_again(edge: Edge, how: str) -> None:
    first = run(edge, "chatty", lines=1)
    configure(edge, "bob", "chatty", "override", overrideFlowTypeId="broken")
    configure(edge, "bob", "broken" if "target" in how else "chatty", "disable")
    name = "broken" if "target" in how else "chatty"
    for refused in (start(edge, "chatty"), edge.post(f"/{first}/rerun", "ann", {})):
        assert (refused.status_code, said(refused)) == (
            400, f"The flow type {name} is disabled in this project: an owner can enable it.")
    assert start(edge, "two-gates").status_code == 201
    configure(edge, "bob", name, "enable")
    assert edge.post(f"/{first}/rerun", "ann", {}).status_code == 201


def test_another_type_runs_in_the_place_of_one(edge: Edge) -> None:
    done = configure(edge, "bob", "two-gates", "override", overrideFlowTypeId="chatty")
    assert done.json() == {"success": True, "taskTypeId": "two-gates", "repositoryIdentifier": "acme/app", "overrideFlowTypeId": "chatty"}
    assert statuses(edge)["two-gates"] == {"id": "two-gates", "name": "Two gates", "enabled": True, "overrideFlowTypeId": "chatty"}
    started = start(edge, "two-gates", lines=2).json()
    assert started["taskType"] == "two-gates"
    edge.world.work()
    ended = shown(edge, started["id"])
    assert (ended["status"], ended["taskType"], ended["flowPath"], ended["category"]) == ("Completed", "two-gates", "chatty", "testing")
    assert [r["id"] for r in runs(edge, flowPath="hatt")["runs"]] == [started["id"]]
    assert [r["id"] for r in runs(edge, taskType="two-gates")["runs"]] == [started["id"]]
    assert runs(edge, flowPath="two-gates")["runs"] == runs(edge, taskType="chatty")["runs"] == []
    again = edge.post(f"/{started['id']}/rerun", "ann", {"payloadOverrides": {"lines": 1}}).json()
    assert again["taskType"] == "two-gates"
    assert shown(edge, again["id"])["flowPath"] == "chatty"
    configure(edge, "bob", "two-gates", "override", "DELETE")
    direct = start(edge, "two-gates").json()["id"]
    assert shown(edge, direct)["flowPath"] == "two-gates"


def test_what_is_asked_for_has_to_fit_what_runs(edge: Edge) -> None:
    configure(edge, "bob", "chatty", "override", overrideFlowTypeId="unasked")
    first = start(edge, "chatty", lines=1)
    assert (first.status_code, "lines is no parameter" in said(first), "username is missing" in said(first)) == (400, True, True)
    assert start(edge, "chatty", **{k: v for k, v in ACCESS.items() if k not in ("id", "repositoryIdentifier")}).status_code == 201


def test_what_was_asked_for_before_an_override_has_to_fit_it_when_it_is_run_again(edge: Edge) -> None:
    first = run(edge, "chatty", lines=1)
    configure(edge, "bob", "chatty", "override", overrideFlowTypeId="my-own-say")
    refused = edge.post(f"/{first}/rerun", "ann", {})
    assert (refused.status_code, "is no parameter" in said(refused)) == (400, True)


def test_an_override_leads_one_type_further_and_no_more(edge: Edge) -> None:
    configure(edge, "bob", "two-gates", "override", overrideFlowTypeId="chatty")
    configure(edge, "bob", "chatty", "override", overrideFlowTypeId="broken")
    assert shown(edge, start(edge, "two-gates").json()["id"])["flowPath"] == "chatty"
    assert shown(edge, start(edge, "chatty").json()["id"])["flowPath"] == "broken"


def test_a_target_that_is_gone_stops_the_run_and_says_why(edge: Edge) -> None:
    project = edge.world.project().id
    with edge.world.database.begin() as tx:
        tx.connection.exec_driver_sql(f"INSERT INTO flow_settings VALUES ('{project}', 'chatty', true, 'gone')")
    refused = start(edge, "chatty")
    assert (refused.status_code, said(refused)) == (
        400, "chatty is overridden by gone, which is not there any more: an owner can remove the override.")
    assert configure(edge, "bob", "chatty", "override", "DELETE").status_code == 200
    assert start(edge, "chatty").status_code == 201


def test_a_repeat_answers_with_its_first_run_whatever_was_set_since(edge: Edge) -> None:
    body, key = {"payload": {"id": "chatty", "repositoryIdentifier": PROJECT}}, {"Idempotency-Key": "once"}
    first = edge.post("/run", "ann", body, headers=key)
    configure(edge, "bob", "chatty", "disable")
    assert edge.post("/run", "ann", body, headers=key).json() == first.json()
    assert edge.post("/run", "ann", body, headers={"Idempotency-Key": "other"}).status_code == 400


def test_a_question_of_a_run_that_was_routed_names_the_type_that_was_asked_for(edge: Edge) -> None:
    configure(edge, "bob", "unasked", "override", overrideFlowTypeId="request-elevated-privileges")
    target = run(edge, "unasked", **{k: v for k, v in ACCESS.items() if k not in ("id", "repositoryIdentifier")})
    asked = edge.get(f"/approvals/{target}", "bob").json()
    assert (asked["status"], asked["context"]["taskType"]) == ("pending", "unasked")
    direct = edge.get(f"/approvals/{asks_for_access(edge)}", "bob").json()
    assert direct["context"]["taskType"] == "request-elevated-privileges"
