"""Who may call what, as the contract says it of each operation, and what those see who belong elsewhere."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from core.domain.people import Role
from integrations.database.tables import metadata
from tests.api.edge import PREFIX, Edge
from tests.contract.agreed import FACTS
from tests.contract.stage import WISHES, Stage
from tests.rest.talk import bearer

pytestmark = pytest.mark.database

OPERATIONS: Mapping[str, Mapping[str, Any]] = FACTS["operations"]
UNSEEN_PROJECT = 400  # a body that names a project which the caller does not see
ELSEWHERE = {
    **dict.fromkeys(("listFlowRuns", "listTaskTypes", "getTaskType", "listPendingApprovals", "listSchedules"), 200),
    **dict.fromkeys(("runTask", "createApproval", "registerChildFlow", "registerScheduledFlow"), UNSEEN_PROJECT)}
KEPT = [table.name for table in metadata.sorted_tables if table.name not in ("audit", "audit_heads", "marks")]


def token(edge: Edge, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {edge.token(who)}"}


def expired(edge: Edge) -> dict[str, str]:
    good = edge.remember("bob")
    old = replace(good, created_at=good.created_at - timedelta(hours=2), expires_at=good.created_at - timedelta(hours=1))
    return {"Authorization": f"Bearer {edge.issuer.mint(old)}"}


# each caller: as whom they write their requests, with which header, and what they are in the project of all things
CALLERS: Mapping[str, tuple[str, Callable[[Edge], dict[str, str]], str]] = {
    "nobody": ("bob", lambda edge: {}, "nobody"),
    "an expired token": ("bob", expired, "nobody"),
    "a member": ("dan", lambda edge: token(edge, "dan"), "member"),
    "an owner": ("bob", lambda edge: token(edge, "bob"), "owner"),
    "an owner's token for a member": ("bob", lambda edge: {"Authorization": f"Bearer {edge.token('bob', Role.MEMBER)}"}, "member"),
    "an application": ("app:ci", lambda edge: token(edge, "app:ci"), "application"),
    "another project's owner": ("eve", lambda edge: token(edge, "eve"), "owner elsewhere"),
    "another project's application": ("app:ci", lambda edge: bearer(edge, "app:ci", projects=("other/app",)), "application elsewhere"),
}


@pytest.fixture(scope="module")
def stage(same_edge: Edge) -> Stage:
    return Stage(same_edge)


@pytest.mark.parametrize("caller", CALLERS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_b34_every_operation_is_for_those_whom_the_contract_names(stage: Stage, operation: str, caller: str) -> None:
    facts, (who, header, role) = OPERATIONS[operation], CALLERS[caller]
    name = facts["id"].removeprefix("FlowsController_")
    status = expected(name, facts, role)
    method, path = operation.split(" ", 1)
    wish = WISHES[name](stage, who)
    headers = header(stage.edge)
    before = kept(stage.edge)
    answer = stage.edge.http.request(method, path.format(**wish.path), params=wish.query, headers=headers, json=wish.body)
    assert answer.status_code == status, answer.text
    if role not in facts["roles"].split(", "):
        assert kept(stage.edge) == before
        assert tells_nothing(stage, answer)


def expected(name: str, facts: Mapping[str, Any], role: str) -> int:
    if role == "nobody":
        return 401
    if role.partition(" ")[0] not in facts["roles"].split(", "):
        return 403
    if role.endswith(" elsewhere"):
        return ELSEWHERE.get(name, 404)
    [success] = facts["answers"]
    return int(success)


def kept(edge: Edge) -> dict[str, list[str]]:
    """All that is stored but for the audit, which tells of refusals, too."""
    return {name: sorted(map(repr, edge.world.rows(f"SELECT * FROM {name}"))) for name in KEPT}


def tells_nothing(stage: Stage, answer: Response) -> bool:
    known = (stage.ended, stage.parent, stage.waiting, stage.foreign, stage.request, "octodan", "dan@acme.org")
    return not any(each in answer.text for each in known)


def test_b34_every_operation_has_its_request() -> None:
    assert {facts["id"] for facts in OPERATIONS.values()} == {f"FlowsController_{name}" for name in WISHES}
    assert all(operation.split(" ")[1].startswith(PREFIX) for operation in OPERATIONS)
