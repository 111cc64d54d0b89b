"""What is told of the operations is what they do."""

import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from api.app import OPERATIONS
from api.openapi import document
from api.schemas.approvals import PendingApprovalResponseDto, PendingApprovalsDto
from api.schemas.executions import CancelledDto, ChildExecutionsDto, ExecutionDto, FlowRunsListResponseDto
from api.schemas.flow_types import TaskTypeInfoDto, TaskTypesListResponseDto
from api.schemas.logs import FlowLogsDto, LogUpdateDto
from api.schemas.refusals import RefusalDto
from api.schemas.runs import RerunResponseDto, TaskRunResponseDto
from tests.api.edge import ACCESS, PREFIX, REQUEST, Edge, edge_on
from tests.world import World

DOCUMENT = document(OPERATIONS)
DESCRIBED = [(method.upper(), path, operation) for path, methods in DOCUMENT["paths"].items() for method, operation in methods.items()]


def test_no_operation_tells_of_422() -> None:
    assert "422" not in {status for _, _, operation in DESCRIBED for status in operation["responses"]}
    assert not {name for name in DOCUMENT["components"]["schemas"] if "ValidationError" in name}


def test_every_answer_has_its_schema_and_every_refusal_the_same() -> None:
    for _, _, operation in DESCRIBED:
        for status, answer in operation["responses"].items():
            [(kind, content)] = answer["content"].items()
            if kind != "application/json":
                assert (operation["operationId"], kind, content) == (
                    "FlowsController_downloadFlowLogs", "application/zip", {"schema": {"type": "string", "format": "binary"}})
                continue
            [name] = re.findall(r"schemas/(\w+)", str(content["schema"]))
            assert (name == "RefusalDto") is (status > "3")


def test_a_token_is_asked_for() -> None:
    assert DOCUMENT["security"] == [{"access-token": []}]
    assert DOCUMENT["components"]["securitySchemes"]["access-token"]["scheme"] == "bearer"


def test_nothing_in_an_answer_may_be_null_but_success() -> None:
    nullable = {(name, field) for name, schema in DOCUMENT["components"]["schemas"].items() if schema.get("type") == "object"
                and name in answers() for field, of_field in schema["properties"].items() if "null" in str(of_field)}
    assert {field for _, field in nullable} == {"success"}


def answers() -> set[str]:
    """The schemas that answers are made of."""
    found: set[str] = set()
    waiting = re.findall(r"schemas/(\w+)", str([operation["responses"] for _, _, operation in DESCRIBED]))
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r"schemas/(\w+)", str(DOCUMENT["components"]["schemas"][name]))
    return found


def fits(schema: Any, answer: Any) -> None:
    """Raise unless an answer is as its schema says, with nothing beyond it."""
    value = answer.json()
    assert TypeAdapter(schema).validate_python(value, strict=True) == value


def test_answers_are_as_the_document_says(edge: Edge) -> None:
    bob = {"approver": "Bob", "approverEmail": "bob@acme.org"}
    started = edge.post("/run", body={"payload": {**ACCESS, "workItemRef": {"type": "github-pr", "key": "7", "url": "https://github.com/a"}}})
    fits(TaskRunResponseDto, started)
    run = started.json()["id"]
    edge.world.work()
    fits(ExecutionDto, edge.get(f"/{run}"))
    fits(PendingApprovalResponseDto, edge.get(f"/approvals/{run}"))
    fits(PendingApprovalsDto, edge.get("/approvals/pending"))
    fits(PendingApprovalResponseDto, edge.post(f"/approvals/{run}/approve", "bob", bob))
    edge.world.work()
    fits(FlowLogsDto, edge.get(f"/{run}/logs"))
    fits(LogUpdateDto, edge.get(f"/{run}/logs/stream"))
    fits(ChildExecutionsDto, edge.get(f"/{run}/children"))
    fits(CancelledDto, edge.post(f"/{run}/cancel"))
    edge.world.work()
    fits(RerunResponseDto, edge.post(f"/{run}/rerun", "ann", {}))
    fits(FlowRunsListResponseDto, edge.get("/runs?repositoryIdentifier=acme/app"))
    fits(ExecutionDto, edge.get(f"/{run}"))
    fits(TaskTypesListResponseDto, edge.get("/types"))
    fits(TaskTypeInfoDto, edge.get("/types/request-elevated-privileges"))
    fits(PendingApprovalResponseDto, edge.post("/approvals", body={**REQUEST}))
    for refused in (edge.get("/x"), edge.get("/runs"), edge.get("/runs", None), edge.post("/run", content=b"x"), edge.get("/runs/")):
        fits(RefusalDto, refused)


def test_the_document_and_its_page_are_served_to_anybody(same_edge: Edge) -> None:
    assert same_edge.http.get("/openapi.json").json() == DOCUMENT
    page = same_edge.http.get("/docs")
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    for method, path, _ in DESCRIBED:
        assert f"<code>{method} {path}</code>" in page.text
    assert PREFIX in page.text


def test_the_page_needs_nothing_from_elsewhere_and_no_script(same_edge: Edge) -> None:
    page = same_edge.http.get("/docs")
    assert not re.search(r"<script|<img|<link|<iframe|https?://|javascript:|style=| on\w+=", page.text)
    policy = page.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy


@pytest.mark.parametrize(("shown", "near", "passed_on"), [("loopback", 200, 404), ("off", 404, 404), ("open", 200, 200)])
def test_j03_the_description_is_shown_to_whom_the_operator_shows_it(world: World, tmp_path: Path, shown: str, near: int,
                                                                    passed_on: int) -> None:
    with edge_on(world, tmp_path, docs=shown) as edge:
        for path in ("/docs", "/openapi.json"):
            assert edge.http.get(path).status_code == near
            assert edge.http.get(path, headers={"X-Forwarded-For": "203.0.113.9"}).status_code == passed_on
