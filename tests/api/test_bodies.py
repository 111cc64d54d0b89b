"""What may be sent, and in which order it is looked at."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.edge import ACCESS, PREFIX, REQUEST, Edge, edge_on
from tests.databases import SqliteTemplate
from tests.world import World

MIB = 1_048_576
JSON = {"Content-Type": "application/json"}


def raw(edge: Edge, request: bytes, wait: float = 5) -> bytes:
    """Send bytes as they are; return what comes until the server closes, or for that long."""
    with socket.create_connection((edge.http.base_url.host, edge.http.base_url.port or 0), wait) as connection:
        connection.sendall(request)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
        return answer


def head(edge: Edge, path: str, *more: str, who: str | None = "ann") -> bytes:
    lines = [f"POST {PREFIX}{path} HTTP/1.1", "Host: x", "Content-Type: application/json", *more]
    return "\r\n".join([*lines, *([f"Authorization: Bearer {edge.token(who)}"] if who else []), "", ""]).encode()


def runs(edge: Edge) -> int:
    return int(edge.world.rows("SELECT count(*) FROM executions")[0][0])


def test_j07_a_body_of_more_than_a_mebibyte_is_refused_before_the_token_is_looked_at(same_edge: Edge) -> None:
    answer = raw(same_edge, head(same_edge, "/run", f"Content-Length: {MIB + 1}", who=None))
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in answer.lower()
    assert b"The body is larger than 1 MiB" in answer


def test_j07_a_body_of_a_mebibyte_is_read(same_edge: Edge) -> None:
    body = b'{"payload": {"id": "' + b"x" * (MIB - 23) + b'"}}'
    assert len(body) == MIB
    answer = same_edge.post("/run", content=body, headers=JSON)
    assert answer.status_code == 400
    assert answer.json()["message"][0].startswith("There is no flow type xxx")


def test_j07_a_streamed_body_is_counted_while_it_is_read(same_edge: Edge) -> None:
    def parts() -> Iterator[bytes]:
        yield b'{"payload": {"id": "'
        for _ in range(20):
            yield b"x" * 65_536

    assert same_edge.post("/run", None, content=parts(), headers=JSON).status_code == 401
    assert same_edge.post("/run", content=parts(), headers=JSON).status_code == 413


def test_j07_a_slow_body_is_given_up(sqlite: SqliteTemplate, tmp_path: Path) -> None:
    world = World(sqlite.copy(tmp_path)).company()
    with edge_on(world, tmp_path, body_seconds=0.3) as edge:
        request, began = head(edge, "/run", "Content-Length: 100"), time.monotonic()
        answer = raw(edge, request + b'{"payload"')
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert b"connection: close" in answer.lower()
        assert b"The body did not arrive within 0.3 seconds." in answer
        assert 0.3 <= time.monotonic() - began < 3
    world.close()


def test_the_token_is_looked_at_before_the_body(same_edge: Edge) -> None:
    assert same_edge.post("/run", None, content=b"{", headers=JSON).status_code == 401


def test_the_role_is_looked_at_before_the_body(same_edge: Edge) -> None:
    assert same_edge.post("/approvals/x/approve", "app:ci", content=b"{", headers=JSON).status_code == 403


@pytest.mark.parametrize("kind", [
    None, "text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json+x", "application/vnd.api+json",
    "application/json; charset=latin-1", "application/json; charset=utf-16", "multipart/form-data; boundary=x", "json"])
def test_b30_what_is_not_json_in_utf_8_is_415(same_edge: Edge, kind: str | None) -> None:
    answer = same_edge.post("/approvals/x/approve", "bob", content=b'{"approver": "Bob"', headers={"Content-Type": kind} if kind else {})
    assert answer.status_code == 415
    assert answer.json()["message"] == "The body must be JSON in UTF-8: send it with Content-Type: application/json."


@pytest.mark.parametrize("kind", [
    "application/json", "Application/JSON", "application/json; charset=utf-8", 'application/json;charset="UTF-8"'])
def test_json_in_utf_8_is_taken(same_edge: Edge, kind: str) -> None:
    assert same_edge.post("/run", content=b"{}", headers={"Content-Type": kind}).json()["message"] == ["payload is missing."]


def test_a_packed_body_is_415(same_edge: Edge) -> None:
    assert same_edge.post("/run", content=b"{}", headers={**JSON, "Content-Encoding": "gzip"}).status_code == 415


@pytest.mark.parametrize(("body", "said"), [
    (b"{", "The body is no JSON: "), (b'{"a": NaN}', "The body holds NaN, which is no JSON."), (b"\xff", "The body is not UTF-8."),
    (b'{"a": 1, "a": 2}', "The body names a member of an object twice."), (b'{"a": 1e999}', "The body holds a number that is too large."),
    (b'{"a": ' + b"9" * 5_000 + b"}", "The body holds a whole number beyond 2^53"),
    (b'{"a": "\\u0000"}', "The body holds a NUL character"), (b'{"a": "\\ud800"}', "The body holds a NUL character"),
    (b"[" * 200_000, "The body is nested too deep: 64 levels at most."), (b"[]", "The body must be an object."),
    (b'"x"', "The body must be an object."), (b"null", "The body "), (b"", "The body is missing."),
])
def test_b30_bad_json_is_400_in_a_sentence(same_edge: Edge, body: bytes, said: str) -> None:
    for path, who in (("/run", "ann"), ("/approvals", "ann"), ("/approvals/x/approve", "bob"), ("/x/rerun", "ann")):
        answer = same_edge.post(path, who, content=body, headers=JSON)
        assert (answer.status_code, answer.json()["error"]) == (400, "Bad Request")
        assert answer.json()["message"][0].startswith(said)


@pytest.mark.parametrize(("body", "said"), [
    ({}, ["approver is missing.", "approverEmail is missing."]),
    ({"approver": "Bob"}, ["approverEmail is missing."]),
    ({"approver": None, "approverEmail": 5}, ["approver must be a text.", "approverEmail must be a text."]),
    ({"approver": ["Bob"], "approverEmail": {}}, ["approver must be a text.", "approverEmail must be a text."]),
    ({"approver": "", "approverEmail": "x" * 255},
     ["approver must be a text of at least 1 character.", "approverEmail must be a text of at most 254 characters."]),
    ({"approver": "x" * 201, "approverEmail": "b@c"}, ["approver must be a text of at most 200 characters."]),
    ({"approver": "Bob\n", "approverEmail": "b@c"}, ["approver must be one line, without control characters."]),
    ({"approver": "Bob", "approverEmail": "b@c", "digest": 1}, ["digest must be a text."]),
    ({"approver": "Bob", "approverEmail": "b@c", "digest": "xyzxyzxyz"}, ["digest has characters that do not fit there."]),
])
def test_b30_an_answer_of_the_wrong_shape_is_400(same_edge: Edge, body: dict[str, Any], said: list[str]) -> None:
    answer = same_edge.post("/approvals/x/approve", "bob", body)
    assert (answer.status_code, answer.json()["message"]) == (400, said)


def test_b32_a_reason_of_a_page_is_400(same_edge: Edge) -> None:
    given = {"rejector": "Bob", "rejectorEmail": "bob@acme.org"}
    for reason in ("x" * 2_001, "x" * 1_000_000):
        answer = same_edge.post("/approvals/x/reject", "bob", {**given, "reason": reason})
        assert (answer.status_code, answer.json()["message"]) == (400, ["reason must be a text of at most 2000 characters."])


def test_b32_a_reason_is_kept_as_it_was_written(edge: Edge) -> None:
    run, reason = edge.asks_for_access(), "no\x1b[31m <b>*not*</b> now\r\n" + "é" * 1_900
    body = {"rejector": "Bob", "rejectorEmail": "bob@acme.org", "reason": reason}
    assert edge.post(f"/approvals/{run}/reject", "bob", body).json()["context"]["reason"] == reason


def test_unknown_keys_are_left_aside_and_null_is_absent(edge: Edge) -> None:
    run = edge.asks_for_access()
    body = {"approver": "Bob", "approverEmail": "bob@acme.org", "digest": None, "isAdmin": True}
    assert edge.post(f"/approvals/{run}/approve", "bob", body).json()["status"] == "approved"


def test_a_refused_body_changes_nothing(same_edge: Edge) -> None:
    before = runs(same_edge)
    bodies: list[Any] = [{"payload": "x"}, {"payload": {}}, {"payload": {**ACCESS}, "callback": {"type": "mail"}}]
    for body in bodies:
        assert same_edge.post("/run", body=body).status_code == 400
    assert same_edge.post("/approvals", body={**REQUEST, "timeoutHours": 0}).status_code == 400
    assert runs(same_edge) == before


def test_what_needs_no_body_takes_none(edge: Edge) -> None:
    run = edge.asks_for_access()
    assert edge.post(f"/{run}/cancel", "ann", content=b"{not json", headers={"Content-Type": "text/plain"}).status_code == 200
