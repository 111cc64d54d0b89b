"""In which order a request is looked at."""

import pytest

from core.domain.people import Role
from tests.api.edge import ACCESS, Edge
from tests.rest.talk import approve, ask, asks_for_access, run, said

pytestmark = pytest.mark.database

UNKNOWN = "01a20d5e-0000-7000-8000-000000000000"
TOO_LARGE = b"{" + b" " * 1_048_576
TEXT, JSON = {"Content-Type": "text/plain"}, {"Content-Type": "application/json"}


def test_size_is_first(same_edge: Edge) -> None:
    assert same_edge.post(f"/approvals/{UNKNOWN}/approve", None, content=TOO_LARGE, headers=TEXT).status_code == 413


def test_then_the_token(same_edge: Edge) -> None:
    for content, headers in ((b"{", JSON), (b"x", TEXT), (b"", {})):
        assert same_edge.post(f"/approvals/{UNKNOWN}/approve", None, content=content, headers=headers).status_code == 401


def test_then_the_role(same_edge: Edge) -> None:
    for content, headers in ((b"{", JSON), (b"x", TEXT), (b"", {})):
        assert same_edge.post(f"/approvals/{UNKNOWN}/approve", "app:ci", content=content, headers=headers).status_code == 403


def test_then_the_kind_and_then_the_shape(same_edge: Edge) -> None:
    assert same_edge.post(f"/approvals/{UNKNOWN}/approve", "bob", content=b"{", headers=TEXT).status_code == 415
    assert same_edge.post(f"/approvals/{UNKNOWN}/approve", "bob", content=b"{", headers=JSON).status_code == 400
    assert same_edge.post(f"/approvals/{UNKNOWN}/approve", "bob", {}).status_code == 400


def test_then_whether_it_is_there(same_edge: Edge) -> None:
    assert approve(same_edge, "bob", UNKNOWN, approverEmail="cat@acme.org").status_code == 404
    assert approve(same_edge, "eve", asks_for_access(same_edge), approverEmail="cat@acme.org").status_code == 404


def test_then_who_and_then_the_state(same_edge: Edge) -> None:
    target = ask(same_edge, task="order")["id"]
    approve(same_edge, "bob", target)
    assert approve(same_edge, "cat", target, approverEmail="bob@acme.org").status_code == 403
    assert approve(same_edge, "cat", target).status_code == 409


def test_a_stranger_to_an_ended_approval_is_told_that_they_may_not(same_edge: Edge) -> None:
    """403 comes before the state: who may not answer learns nothing of how it ended."""
    target = ask(same_edge, task="order-stranger")["id"]
    approve(same_edge, "bob", target)
    refused = approve(same_edge, "dan", target)
    assert (refused.status_code, "approved" in said(refused)) == (403, False)


def test_too_many_open_requests_come_before_the_state(edge: Edge) -> None:
    first = run(edge, "chatty")
    waiting = run(edge, "two-gates")
    for _ in range(19):
        run(edge, "two-gates")
    for target in (first, waiting):
        assert edge.post(f"/{target}/rerun", "ann", {}).status_code == 429
    assert edge.post(f"/{UNKNOWN}/rerun", "ann", {}).status_code == 404


def test_a_rerun_of_what_is_not_there_is_404_whatever_it_wants(same_edge: Edge) -> None:
    for overrides in ({"skipApproval": True}, {"nonsense": 1}, {}):
        assert same_edge.post(f"/{UNKNOWN}/rerun", "bob", {"payloadOverrides": overrides}).status_code == 404


def test_a_member_token_of_an_owner_starts_and_cancels(same_edge: Edge) -> None:
    started = same_edge.post("/run", "bob", {"payload": {**ACCESS}}, role=Role.MEMBER)
    assert started.status_code == 201
    assert same_edge.post(f"/{started.json()['id']}/cancel", "dan").status_code == 200
