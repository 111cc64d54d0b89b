"""Paths that are not what they seem."""

import pytest

from tests.api.edge import PREFIX, Edge
from tests.api.test_bodies import raw

STRANGE = [
    "%00", "%0a", "%0d%0a", "x%0aX-Injected:1", "..%2fpending", "%2e%2e%2fpending", "..%5cpending", "x" * 10_000, "x" * 201, "%ff",
    "%ed%a0%80", "approvals%2Fpending", "approvals%2fpending", "pending%2F", "pending%0a", "pending%00", "%252F", "x%2Fapprove",
    "' OR 1=1 --", "%7f", "*",
    "\u0430pprovals", "01a20d5e-0000-7000-8000-00000000000"]


@pytest.mark.parametrize("strange", STRANGE)
def test_b25_a_strange_id_is_404_wherever_it_stands(same_edge: Edge, strange: str) -> None:
    paths = ["/{}", "/{}/children", "/{}/logs", "/{}/logs/stream", "/approvals/{}", "/types/{}"]
    for path in paths:
        answer = same_edge.get(path.format(strange), "bob")
        assert (answer.status_code, answer.json()["error"]) == (404, "Not Found"), path
        assert "approvals" not in answer.json()
    body = {"approver": "Bob", "approverEmail": "bob@acme.org"}
    assert same_edge.post(f"/approvals/{strange}/approve", "bob", body).status_code == 404
    assert same_edge.post(f"/{strange}/cancel", "bob").status_code == 404
    assert same_edge.post(f"/{strange}/rerun", "bob", {}).status_code == 404


@pytest.mark.parametrize("path", ["approvals%2Fpending", "approvals/pending%0a", "approvals/pending%0D%0A", "run%73/"])
def test_b25_a_hidden_slash_or_line_never_reaches_another_operation(same_edge: Edge, path: str) -> None:
    lines = [f"GET {PREFIX}/{path} HTTP/1.1", "Host: x", "Connection: close", f"Authorization: Bearer {same_edge.token('bob')}", "", ""]
    answer = raw(same_edge, "\r\n".join(lines).encode())
    assert answer.startswith(b"HTTP/1.1 404 ")


def test_an_escaped_letter_is_that_letter(same_edge: Edge) -> None:
    assert same_edge.get("/approvals/%70ending", "bob").json() == {"approvals": [], "count": 0}


@pytest.mark.parametrize("path", ["/runs/", "/approvals/pending/", "/types/", "/", ""])
def test_a_slash_at_the_end_is_another_address(same_edge: Edge, path: str) -> None:
    answer = same_edge.get(path, "bob")
    assert (answer.status_code, answer.json()) == (404, {
        "statusCode": 404, "message": "There is nothing at this address. /docs lists what there is.", "error": "Not Found"})


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("DELETE", "/run", "POST"), ("PUT", "/runs", "GET"), ("POST", "/approvals/pending", "GET"), ("GET", "/x/cancel", "POST"),
    ("OPTIONS", "/runs", "GET")])
def test_another_method_is_405(same_edge: Edge, method: str, path: str, allowed: str) -> None:
    answer = same_edge.call(method, path, "bob")
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert answer.json() == {"statusCode": 405, "message": f"This address takes {allowed}.", "error": "Method Not Allowed"}
