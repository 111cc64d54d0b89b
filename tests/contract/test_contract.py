"""The served document against the contract: every fact of it, and nothing beyond what the README says."""

import json
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from api.app import OPERATIONS
from api.openapi import document
from tests.contract.agreed import DEVIATIONS, FACTS, agreed, differences
from tests.contract.facts import facts_of

PREFIX = "/sfp/api/flows"
CONTRACT = os.environ.get("PLACET_TEST_CONTRACT")
README = Path(__file__).parents[2] / "README.md"
Document = dict[str, Any]


def test_the_served_document_is_the_contract_but_for_what_is_listed() -> None:
    assert len(FACTS["operations"]) == 35
    assert list(differences(agreed(), facts_of(document(OPERATIONS)))) == []


def test_what_differs_from_the_contract_stands_in_the_readme() -> None:
    told = README.read_text()
    for deviation in DEVIATIONS:
        assert f"\n- {deviation['because']}" in told


def test_each_deviation_is_one() -> None:
    """What the contract itself says by now is taken out of the list."""
    for deviation in DEVIATIONS:
        for operation, statuses in deviation.get("refusals", {}).items():
            assert not {*statuses.split()} & {*FACTS["operations"][operation]["refusals"].split()}
        for kind in ("operations", "shapes"):
            for name, change in deviation.get(kind, {}).items():
                assert not change.items() & FACTS[kind].get(name, {}).items()


@pytest.mark.skipif(CONTRACT is None, reason="PLACET_TEST_CONTRACT names no file with the published contract")
def test_the_facts_are_those_of_the_published_contract() -> None:
    assert facts_of(json.loads(Path(str(CONTRACT)).read_text())) == FACTS


# -- the check itself: whatever is changed in the document, it is told --------------------------------------------------------------


def operation(served: Document, method: str, path: str) -> Document:
    found: Document = served["paths"][PREFIX + path][method]
    return found


def shape(served: Document, name: str) -> Document:
    found: Document = served["components"]["schemas"][name]
    return found


def no_parameter(served: Document) -> None:
    operation(served, "get", "/runs")["parameters"].pop()


def required_parameter(served: Document) -> None:
    operation(served, "get", "/{id}/logs/stream")["parameters"][-1]["required"] = True


def parameter_elsewhere(served: Document) -> None:
    operation(served, "get", "/schedules")["parameters"][0]["in"] = "header"


def other_default(served: Document) -> None:
    next(p for p in operation(served, "get", "/runs")["parameters"] if p["name"] == "limit")["schema"]["default"] = 20


def other_bound(served: Document) -> None:
    next(p for p in operation(served, "get", "/runs")["parameters"] if p["name"] == "limit")["schema"]["maximum"] = 500


def other_type(served: Document) -> None:
    shape(served, "WorkItemRefDto")["properties"]["key"]["type"] = "integer"


def other_items(served: Document) -> None:
    shape(served, "PendingApprovalResponseDto")["properties"]["approvers"]["items"]["type"] = "object"


def other_word(served: Document) -> None:
    shape(served, "FlowRunSummaryDto")["properties"]["status"]["enum"].append("Lost")


def no_word(served: Document) -> None:
    shape(served, "UpdateExecutionStatusDto")["properties"]["status"]["enum"].remove("partial")


def null(served: Document) -> None:
    shape(served, "FlowRunSummaryDto")["properties"]["triggeredBy"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}


def no_property(served: Document) -> None:
    del shape(served, "TaskTypeInfoDto")["properties"]["parameters"]


def one_property_more(served: Document) -> None:
    shape(served, "TaskRunResponseDto")["properties"]["payload"] = {"type": "object"}


def required_property(served: Document) -> None:
    shape(served, "CreateApprovalDto")["required"].append("approvers")


def optional_property(served: Document) -> None:
    shape(served, "FlowRunsListResponseDto")["required"].remove("totalCount")


def status_more(served: Document) -> None:
    operation(served, "post", "/run")["responses"]["422"] = {"description": "x"}


def second_success(served: Document) -> None:
    operation(served, "post", "/{id}/rerun")["responses"]["202"] = {"description": "x"}


def status_less(served: Document) -> None:
    del operation(served, "get", "/{id}")["responses"]["404"]


def other_answer(served: Document) -> None:
    operation(served, "get", "/types")["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] += "x"
    served["components"]["schemas"]["TaskTypesListResponseDtox"] = shape(served, "TaskTypesListResponseDto")


def other_media(served: Document) -> None:
    content = operation(served, "get", "/runs")["responses"]["200"]["content"]
    content["text/plain"] = content.pop("application/json")


def other_id(served: Document) -> None:
    operation(served, "get", "/{id}")["operationId"] = "FlowsController_getflow"


def other_role(served: Document) -> None:
    operation(served, "post", "/approvals/{id}/approve")["responses"]["403"]["description"] += ", application"


def no_token(served: Document) -> None:
    operation(served, "get", "/approvals/pending")["security"] = []


def perhaps_no_token(served: Document) -> None:
    served["security"].append({})


def body_needed(served: Document) -> None:
    operation(served, "post", "/internal/track-lock-run")["requestBody"]["required"] = True


def no_body(served: Document) -> None:
    del operation(served, "post", "/types/{taskTypeId}/enable")["requestBody"]


def no_operation(served: Document) -> None:
    del served["paths"][PREFIX + "/{id}/cancel"]


def one_operation_more(served: Document) -> None:
    served["paths"][PREFIX + "/{id}/delete"] = served["paths"][PREFIX + "/{id}/cancel"]


@pytest.mark.parametrize("change", [
    no_parameter, required_parameter, parameter_elsewhere, other_default, other_bound, other_type, other_items, other_word, no_word, null,
    no_property, one_property_more, required_property, optional_property, status_more, second_success, status_less, other_answer,
    other_media, other_id, other_role, no_token, perhaps_no_token, body_needed, no_body, no_operation, one_operation_more])
def test_a_document_that_was_changed_is_told_apart(change: Callable[[Document], None]) -> None:
    served = deepcopy(document(OPERATIONS))
    change(served)
    assert list(differences(agreed(), facts_of(served)))
