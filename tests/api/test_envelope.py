"""What surrounds every request."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import StringIO
from typing import Any, NoReturn

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.logs import JsonFormatter, request_id
from core.errors import Unavailable
from tests.api.edge import ACCESS, PREFIX, Edge

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Frame-Options": "DENY"}


@contextmanager
def logged() -> Iterator[list[dict[str, Any]]]:
    """What is logged meanwhile, as it would be written."""
    stream, lines = StringIO(), list[dict[str, Any]]()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger("placet")
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield lines
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        lines += [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("path", [f"{PREFIX}/types", f"{PREFIX}/runs", "/nothing", "/livez", "/readyz", "/openapi.json"])
def test_every_answer_has_the_security_headers(same_edge: Edge, path: str) -> None:
    for who in ("bob", None):
        headers = {"Authorization": f"Bearer {same_edge.token(who)}"} if who else {}
        answer = same_edge.http.get(path, headers={"Origin": "https://evil.example", **headers})
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_j04_no_origin_is_let_in(same_edge: Edge) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = same_edge.http.options(f"{PREFIX}/run", headers=asked)
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_every_request_has_an_id_of_its_own(same_edge: Edge) -> None:
    ids = {same_edge.get("/types", headers={"X-Request-Id": "mine"}).headers["X-Request-Id"] for _ in range(3)}
    assert len(ids) == 3
    assert "mine" not in ids


def test_a_request_is_one_line_with_what_it_was_about(edge: Edge) -> None:
    with logged() as lines:
        answer = edge.post("/run", "ann", {"payload": {**ACCESS, "reason": "hunter2"}}, params={"token": "hunter2"})
    [line] = [each for each in lines if each["event"] == "request"]
    assert line | {"time": "", "ms": 0} == {
        "time": "", "level": "INFO", "logger": "placet.requests", "event": "request", "request_id": answer.headers["X-Request-Id"],
        "method": "POST", "route": f"{PREFIX}/run", "status": 201, "ms": 0, "subject": "ann@acme.org", "execution_id": answer.json()["id"]}
    assert "hunter2" not in str(lines)


def test_a_decision_is_an_event(edge: Edge) -> None:
    run = edge.asks_for_access()
    with logged() as lines:
        answer = edge.post(f"/approvals/{run}/approve", "bob", {"approver": "Bob", "approverEmail": "bob@acme.org"})
    [event] = [each for each in lines if each["event"] == "approval.answered"]
    assert (event["execution_id"], event["status"], event["request_id"]) == (run, "approved", answer.headers["X-Request-Id"])


def test_no_token_is_logged(same_edge: Edge) -> None:
    token = same_edge.token("bob")
    with logged() as lines:
        same_edge.get("/types", "bob")
        same_edge.get("/types", None, headers={"Authorization": f"Bearer {token}x"})
        same_edge.http.get(f"/nothing/{token}?access_token={token}")
    assert len(lines) >= 4
    assert token not in str(lines)
    assert "unauthorized" in {line["event"] for line in lines}


def test_j02_a_fault_of_ours_is_told_to_the_log_and_not_to_the_caller(edge: Edge) -> None:
    def fault(request: Request) -> Response:
        raise RuntimeError("the vault is under the stairs")

    edge.app.router.routes.append(Route("/fault", fault))
    with logged() as lines:
        answer = edge.http.get("/fault")
    assert answer.status_code == 500
    number = answer.headers["X-Request-Id"]
    assert answer.json() == {
        "statusCode": 500, "message": f"Something went wrong here. Whoever runs Placet finds it in the log under {number}.",
        "error": "Internal Server Error"}
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    [line] = [each for each in lines if each["event"] == "fault"]
    assert line["request_id"] == number
    assert "the vault is under the stairs" in line["traceback"]
    assert [each["status"] for each in lines if each["event"] == "request"] == [500]


@dataclass
class Away:
    """A database that does not answer."""

    because: Exception
    asked: list[str] = field(default_factory=list)

    def begin(self) -> NoReturn:
        self.read()

    def read(self) -> NoReturn:
        self.asked.append("read")
        raise Unavailable("database") from self.because


def test_a_database_that_is_away_is_503_and_a_time_to_come_back(edge: Edge) -> None:
    because = OSError("connection refused\nSELECT hunter2")
    away = Away(because)
    edge.app.state.use_cases = replace(
        edge.service.use_cases, find_executions=replace(edge.service.use_cases.find_executions, database=away))
    with logged() as lines:
        answer = edge.get("/runs?repositoryIdentifier=acme/app")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert answer.json() == {
        "statusCode": 503, "error": "Service Unavailable",
        "message": "The database does not answer right now. Nothing was changed; try again in a few seconds."}
    assert "connection refused" in str(lines)
    assert "hunter2" not in str(lines)


def test_a_database_that_is_away_lets_nobody_in(edge: Edge) -> None:
    away = replace(edge.service.edge.authenticate.__self__, database=Away(OSError("away")))  # type: ignore[attr-defined]
    edge.app.state.edge = replace(edge.service.edge, authenticate=away.caller)
    assert edge.get("/types").status_code == 503


def test_i07_a_line_is_a_line_whatever_stands_in_it() -> None:
    record = logging.makeLogRecord({"msg": "a\r\nb\x1b[31m", "who": 'x\n{"event": "forged"}', "levelname": "INFO", "n": 5, "none": None})
    request_id.set("r1")
    written = JsonFormatter().format(record)
    assert "\n" not in written
    assert "\x1b" not in written
    assert json.loads(written) | {"time": ""} == {
        "time": "", "level": "INFO", "logger": None, "event": "a\r\nb\x1b[31m", "request_id": "r1", "who": 'x\n{"event": "forged"}', "n": 5,
        "none": None}


def test_what_looks_like_a_secret_does_not_reach_the_log() -> None:
    record = logging.makeLogRecord({"msg": "ghp_" + "x" * 36, "header": "whsec_" + "x" * 32})
    assert JsonFormatter().format(record).count("[redacted]") == 2
