"""What the audit says of runs of other engines and of pipelines: who told what, of which run."""

import json
from typing import Any

import pytest

from core.domain.executions import Mode
from tests.api.edge import Edge
from tests.rest.test_internal import add, child, metadata, registered, report, scheduled, taken, track

pytestmark = pytest.mark.database


def audit(edge: Edge, target: str) -> list[tuple[str, str, dict[str, Any]]]:
    rows = edge.world.rows("SELECT kind, actor, facts FROM audit WHERE execution_id = :id ORDER BY seq", id=target)
    return [(kind, actor, facts if isinstance(facts, dict) else json.loads(facts)) for kind, actor, facts in rows]


def test_a_registered_child_is_told_with_its_parent_and_who_told_it(same_edge: Edge) -> None:
    parent = add(same_edge)
    target = registered(child(same_edge, parent, hatchetRunId="audit-1"))
    ((kind, actor, facts),) = audit(same_edge, target)
    assert (kind, actor) == ("start", "app:ci")
    assert {name: facts[name] for name in ("flow", "taskType", "triggeredBy", "parent", "runId")} == {
        "flow": "build-workflow", "taskType": "build", "triggeredBy": "app:ci", "parent": parent, "runId": "audit-1"}


def test_a_scheduled_run_is_told_with_its_flow_and_keeps_what_it_repeats(same_edge: Edge) -> None:
    first = registered(scheduled(same_edge, "audit-2"))
    again = registered(scheduled(same_edge, "audit-3", rerunOfExecutionId=first))
    assert same_edge.world.see(again).execution.rerun_of == first
    ((kind, actor, facts),) = audit(same_edge, again)
    assert (kind, actor, facts["flow"], facts["taskType"], facts["parent"], facts["runId"]) == (
        "start", "app:ci", "nightly-workflow", "nightly", None, "audit-3")


def test_a_report_is_told_with_its_status_and_its_pipeline(same_edge: Edge) -> None:
    target = add(same_edge)
    assert taken(same_edge, target, "running", cicdRunId="run-7") == (True, "running")
    assert audit(same_edge, target) == [("report", "app:ci", {"status": "running", "cicdRunId": "run-7"})]


def test_a_result_and_a_lock_are_told(same_edge: Edge) -> None:
    target = add(same_edge, mode=Mode.REGISTERED)
    assert metadata(same_edge, target, {"version": "7"}).status_code in (200, 201)
    assert track(same_edge, resource="audited", ticketId="T-audit", hatchetRunId=target).status_code == 201
    assert audit(same_edge, target) == [
        ("metadata", "app:ci", {}), ("lock", "app:ci", {"resource": "audited", "ticket": "T-audit"})]


def test_a_run_of_placets_own_is_not_reported_on(edge: Edge) -> None:
    run = edge.world.asks_for_access("ann")
    refused = report(edge, run.id, "completed")
    assert refused.status_code == 409
    assert "the run is one of Placet's own, which knows by itself how it goes" in refused.json()["message"]


def test_a_run_that_is_no_run_of_the_project_cannot_be_repeated(same_edge: Edge) -> None:
    refused = scheduled(same_edge, "audit-9", rerunOfExecutionId="00000000-0000-7000-8000-000000000000")
    assert refused.status_code == 400
    assert refused.json()["message"] == ["rerunOfExecutionId must name a run of this project."]
