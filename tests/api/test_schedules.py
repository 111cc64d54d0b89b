"""Schedules over REST."""

import pytest

from core.domain.people import Role
from core.domain.schedules import Entry
from core.engine.load_schedules import LoadSchedules
from tests.api.edge import ACCESS, Edge
from tests.world import PROJECT

INPUT = {name: value for name, value in ACCESS.items() if name not in ("id", "repositoryIdentifier")}
NIGHTLY = {"name": "nightly/access", "workflowName": "request-elevated-privileges", "expression": "0 4 * * *", "enabled": True,
           "repositoryIdentifier": PROJECT, "input": {**INPUT, "reason": ""}}
NEW = {"workflowName": "request-elevated-privileges", "expression": "30 5 * * mon"}


@pytest.fixture
def edge(edge: Edge) -> Edge:
    world = edge.world
    LoadSchedules(database=world.database, registry=world.registry, vault=world.vault).load([
        Entry(name=name, flow="request-elevated-privileges", project=project, expression="0 4 * * *", input=INPUT)
        for name, project in (("nightly/access", PROJECT), ("elsewhere", "other/app"))])
    return edge


def test_schedules_are_listed_by_name_with_their_next_time(edge: Edge) -> None:
    body = edge.get("/schedules").json()
    (shown,) = body["schedules"]
    assert (body["count"], shown.pop("nextRunAt")[10:]) == (1, "T04:00:00.000Z")
    assert shown == NIGHTLY
    assert edge.get("/schedules?repositoryIdentifier=ACME/app").json()["count"] == 1
    assert edge.get("/schedules?repositoryIdentifier=other/app").json() == {"schedules": [], "count": 0}
    assert edge.get("/schedules?repositoryIdentifier=no/app").json() == {"schedules": [], "count": 0}


@pytest.mark.parametrize("name", ["nightly/access", "nightly%2Faccess", "nightly%2faccess"])
def test_a_name_with_a_slash_is_written_either_way(edge: Edge, name: str) -> None:
    assert edge.post(f"/schedules/{name}/pause", "bob").json() == {**NIGHTLY, "enabled": False}
    assert edge.post(f"/schedules/{name}/pause", "bob").json() == {**NIGHTLY, "enabled": False}
    assert edge.post(f"/schedules/{name}/resume", "bob").json().pop("nextRunAt")
    changed = edge.call("PATCH", f"/schedules/{name}", "bob", json=NEW)
    assert (changed.status_code, changed.json()["expression"]) == (200, "30 5 * * mon")
    assert edge.get("/schedules", "bob").json()["schedules"][0]["expression"] == "30 5 * * mon"


@pytest.mark.parametrize("name", ["elsewhere", "no-such", "%2e%2e%2f", "nightly", "nightly%2Faccess%2F", "x" * 201, "%00", "*"])
def test_b33_an_unseen_or_unknown_schedule_is_not_there(edge: Edge, name: str) -> None:
    answers = [edge.post(f"/schedules/{name}/pause", "bob"), edge.post(f"/schedules/{name}/resume", "bob"),
               edge.call("PATCH", f"/schedules/{name}", "bob", json=NEW)]
    assert [each.status_code for each in answers] == [404, 404, 404]


def test_b33_a_slash_that_is_hidden_reaches_no_other_operation(edge: Edge) -> None:
    assert edge.post("/schedules/nightly/access%2Fpause", "bob").status_code in (404, 405)
    assert edge.post("/schedules%2Fnightly/access/pause", "bob").status_code in (404, 405)
    assert edge.get("/schedules").json()["schedules"][0]["enabled"] is True


@pytest.mark.parametrize(("who", "role"), [("ann", Role.OWNER), ("bob", Role.MEMBER), ("app:bot", Role.APPLICATION)])
def test_b33_only_an_owner_changes_a_schedule(edge: Edge, who: str, role: Role) -> None:
    answers = [edge.post("/schedules/nightly/access/pause", who, role=role), edge.post("/schedules/nightly/access/resume", who, role=role),
               edge.call("PATCH", "/schedules/nightly/access", who, role=role, json=NEW)]
    assert [each.status_code for each in answers] == [403, 403, 403]
    assert answers[0].json()["message"].startswith("This needs the role owner.")


def test_an_application_lists_no_schedules(edge: Edge) -> None:
    assert edge.get("/schedules", "app:bot").status_code == 403


@pytest.mark.parametrize("expression", [
    "* * * * * *", "0 * * * * * *", "@daily", "L * * * *", "0 0 30 2 *", "0 0 * * 5#2", "", " ", 5, None])
def test_b33_what_is_no_expression_is_400(edge: Edge, expression: object) -> None:
    answer = edge.call("PATCH", "/schedules/nightly/access", "bob", json={**NEW, "expression": expression})
    assert answer.status_code == 400
    assert "expression" in answer.json()["message"][0]


def test_an_expression_is_checked_before_the_name_is_looked_up(edge: Edge) -> None:
    assert edge.call("PATCH", "/schedules/no-such", "bob", json={**NEW, "expression": "@daily"}).status_code == 400


def test_a_schedule_of_another_workflow_is_not_there(edge: Edge) -> None:
    answer = edge.call("PATCH", "/schedules/nightly/access", "bob", json={**NEW, "workflowName": "execute-release"})
    assert (answer.status_code, answer.json()["message"]) == (
        404, "There is no schedule of this id that you can see. Check the id, and that the project is one of yours.")
    assert edge.call("PATCH", "/schedules/nightly/access", "bob", json={"expression": "* * * * *"}).status_code == 400
