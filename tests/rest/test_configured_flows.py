"""Flow types by configuration, as people and programs meet them over REST."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.domain.approvals import Risk
from core.domain.parameters import Parameter
from core.flows.configured import Rules, configured_flow
from core.flows.request_elevated_privileges import request_elevated_privileges
from tests.api.edge import Edge
from tests.rest.talk import approval, approve, ask, described_edge, reject, run, said, shown
from tests.world import PROJECT

pytestmark = pytest.mark.database

CHANGE = configured_flow(
    id="change", description="Changes the house.", category="environment", rules=Rules(name="Change", risk=Risk.HIGH), parameters=(
        Parameter(name="where", title="Where", type="string", required=True, choices=("lab", "prod"), description="As on the plan."),
        Parameter(name="times", title="Times", type="integer", required=False, default=2, least=1, most=9),
        Parameter(name="token", title="Token", type="string", required=False, secret=True),
        Parameter(name="for_whom", title="For whom", type="string", required=False, subject=True)))


@pytest.fixture
def edge(database_url: str, tmp_path: Path) -> Iterator[Edge]:
    with described_edge(database_url, tmp_path, [CHANGE]) as edge:
        yield edge


def start(edge: Edge, **parameters: Any) -> Any:
    return edge.post("/run", "ann", {"payload": {"id": "change", "repositoryIdentifier": PROJECT, **parameters}})


def test_it_is_listed_like_any_other(edge: Edge) -> None:
    assert edge.get("/types/change", "ann").json() == {
        "id": "change", "name": "Change", "description": "Changes the house.", "category": "environment", "executionMode": "flow",
        "parameters": [
            {"name": "where", "description": "Where. As on the plan. (one of lab, prod)", "type": "string", "required": True},
            {"name": "times", "description": "Times", "type": "integer", "required": False, "default": 2},
            {"name": "token", "description": "Token", "type": "string", "required": False},
            {"name": "for_whom", "description": "For whom", "type": "string", "required": False}]}
    assert "change" in [each["id"] for each in edge.get("/types", "ann").json()["taskTypes"]]
    assert "change" in [each["id"] for each in edge.get(
        "/types/status", "ann", params={"repositoryIdentifier": PROJECT}).json()["flowTypes"]]


def test_what_does_not_fit_is_refused_in_the_words_of_any_other(edge: Edge) -> None:
    refused = start(edge, where="moon", times="2", token=7, zeal=1)
    assert (refused.status_code, refused.json()["message"]) == (400, [
        "where must be one of lab, prod, got 'moon'.", "times must be a whole number, got '2'.", "token must be a text.",
        "zeal is no parameter of this flow."])


def test_it_runs_and_a_pipeline_can_wait_for_it(edge: Edge) -> None:
    target = run(edge, "change", where="prod", token="s3cr3t-of-ann")
    asked = approval(edge, target)
    assert (asked["risk"], asked["question"]) == ("high", 'Change: where = "prod", times = 2, token = (not shown)')
    assert asked["context"] == {"taskType": "change", "where": "prod", "times": 2, "for_whom": None}
    assert approve(edge, "bob", target, digest=asked["digest"][:8]).json()["status"] == "approved"
    edge.world.work()
    done = shown(edge, target)
    assert (done["status"], done["success"], done["result"]) == ("Completed", True, {"approved": True, "by": ["bob@acme.org"]})
    assert "s3cr3t" not in edge.get(f"/{target}/logs", "ann").text + str(done)


def test_a_yes_of_high_risk_without_the_digest_is_409_and_the_answer_does_not_name_it(edge: Edge) -> None:
    target = run(edge, "change", where="prod")
    digest = approval(edge, target)["digest"]
    for more in ({}, {"digest": "0" * 8}, {"digest": None}):
        refused = approve(edge, "bob", target, **more)
        assert refused.status_code == 409
        assert "of high risk" in said(refused)
        assert digest[:8] not in refused.text
    assert approval(edge, target)["status"] == "pending"
    assert reject(edge, "bob", target).json()["status"] == "rejected"


def test_who_may_not_answer_is_told_that_first(edge: Edge) -> None:
    target = run(edge, "change", where="prod", for_whom="cat@acme.org")
    for who in ("ann", "cat", "dan"):
        assert approve(edge, who, target).status_code == 403


def test_a_request_of_normal_risk_says_nothing_of_it(edge: Edge) -> None:
    assert "risk" not in ask(edge)


def test_a_name_of_the_envelope_is_none_of_its_parameters(edge: Edge) -> None:
    """`skipApproval` stays break-glass only, which a type has to allow."""
    refused = start(edge, where="prod", skipApproval=True, skipReason="in a hurry")
    assert refused.status_code == 403


def test_a_repeated_yes_of_high_risk_is_answered_as_before(edge: Edge) -> None:
    target = run(edge, "change", where="prod")
    first = approve(edge, "bob", target, digest=approval(edge, target)["digest"])
    again = approve(edge, "bob", target)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["resolvedAt"] == first.json()["resolvedAt"]


def test_a_flow_in_code_takes_the_rules_of_the_file(database_url: str, tmp_path: Path) -> None:
    strict = replace(Rules(required=2, approvers=("bob@acme.org", "cat@acme.org")).applied(request_elevated_privileges), id="strict")
    with described_edge(database_url, tmp_path, [strict]) as edge:
        target = run(edge, "strict", username="ann@acme.org", targetOrg="prod", accessLevel="Admin")
        assert (approval(edge, target)["required"], approval(edge, target)["approvers"]) == (2, ["bob@acme.org", "cat@acme.org"])
        assert approve(edge, "bob", target).json()["status"] == "pending"
        assert approve(edge, "dan", target).status_code == 403
        assert approve(edge, "cat", target).json()["status"] == "approved"
