"""What somebody with a token of the outside issuer, or with two kinds of tokens, cannot do to an approval."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from tests.api.edge import ACCESS, REQUEST
from tests.api.outside import Outside, outside_on


@pytest.fixture
def outside(database_url: str, tmp_path: Path) -> Iterator[Outside]:
    with outside_on(database_url, tmp_path) as outside:
        yield outside


def token(outside: Outside, who: str, roles: Any = "admins", **more: Any) -> str:
    return outside.issuer.token(sub=f"u-{who}", roles=roles, **more)


def asks(outside: Outside, token: str) -> str:
    started = outside.call(token, "/run", "POST", json={"payload": {**ACCESS}})
    assert started.status_code == 201, started.text
    outside.edge.world.work()
    return str(started.json()["id"])


def approve(outside: Outside, token: str, run: str, email: str) -> Response:
    return outside.call(token, f"/approvals/{run}/approve", "POST", json={"approver": "X", "approverEmail": email})


def status(outside: Outside, run: str) -> str:
    return str(outside.edge.get(f"/approvals/{run}", "bob").json()["status"])


def test_b04_an_approver_answers_with_a_token_of_the_outside_issuer(outside: Outside) -> None:
    run = asks(outside, token(outside, "ann"))
    answer = approve(outside, token(outside, "bob"), run, "bob@acme.org")
    assert (answer.status_code, answer.json()["resolvedBy"]) == (200, "bob@acme.org")
    assert outside.edge.get(f"/{run}", "bob").json()["triggeredBy"] == "ann@acme.org"


def test_b01_an_application_does_not_answer(outside: Outside) -> None:
    run = asks(outside, token(outside, "ann"))
    assert approve(outside, outside.issuer.token(sub="ci", roles="machines"), run, "bob@acme.org").status_code == 403
    assert status(outside, run) == "pending"


def test_b02_nobody_answers_as_somebody_else_not_even_with_the_claims_of_a_bridge(outside: Outside) -> None:
    run = asks(outside, token(outside, "ann"))
    bridge = token(outside, "bob", act_for=True, break_glass=True)
    assert approve(outside, bridge, run, "cat@acme.org").status_code == 403
    assert status(outside, run) == "pending"


def test_b06_who_asked_with_one_kind_of_token_does_not_answer_with_the_other(outside: Outside) -> None:
    for asker, answerer in ((token(outside, "bob"), outside.edge.token("bob")), (outside.edge.token("bob"), token(outside, "bob"))):
        run = asks(outside, asker)
        assert approve(outside, answerer, run, "bob@acme.org").status_code == 403
        assert status(outside, run) == "pending"


def test_c02_approval_is_not_skipped_by_a_claim_of_the_outside_issuer(outside: Outside) -> None:
    payload = {**ACCESS, "skipApproval": True, "skipReason": "it burns"}
    answer = outside.call(token(outside, "bob", break_glass=True), "/run", "POST", json={"payload": payload})
    assert answer.status_code == 403


def test_who_repeats_a_request_under_the_name_of_an_application_of_ours_does_not_get_its_answer(outside: Outside) -> None:
    body = {**REQUEST, "requestedBy": "ci-bot"}
    key = {"Idempotency-Key": "k-1"}
    first = outside.edge.post("/approvals", "app:ci", body, headers=key)
    assert first.status_code == 201, first.text
    foreign = outside.issuer.token(sub="ci", roles="machines")
    other = outside.edge.call("POST", "/approvals", None, json={**body, "taskId": "job-2"},
                              headers={"Authorization": f"Bearer {foreign}", **key})
    assert other.status_code == 201
    assert other.json()["ref"] != first.json()["ref"]


def test_a_person_who_is_disabled_between_the_yes_and_the_gate_takes_it_back(outside: Outside) -> None:
    run = asks(outside, token(outside, "ann"))
    assert approve(outside, token(outside, "bob"), run, "bob@acme.org").status_code == 200
    outside.edge.world.disable("bob")
    outside.edge.world.work()
    assert outside.edge.world.access.granted == []
