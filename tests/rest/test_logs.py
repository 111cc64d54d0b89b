"""The log of a run over REST."""

import re
from typing import Any

import pytest

from core.domain.executions import Mode
from integrations.database.tables import executions, log_lines
from tests.api.edge import Edge
from tests.rest.talk import approve, asks_for_access, run, said
from tests.rest.test_listing import NOON, keep
from tests.rest.test_looking import children

pytestmark = pytest.mark.database

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (INFO|WARNING|ERROR) .*\n")


def stream(edge: Edge, target: str, offset: str | None = None) -> dict[str, Any]:
    answer = edge.get(f"/{target}/logs/stream", "bob", params={} if offset is None else {"logOffset": offset})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def messages(part: dict[str, Any]) -> list[str]:
    return [line["message"] for line in part["lines"]]


def test_a_log_is_told_as_lines_and_as_text(same_edge: Edge) -> None:
    target = run(same_edge, "chatty", lines=3)
    log = same_edge.get(f"/{target}/logs", "bob").json()
    assert (log["id"], log["children"], "truncated" in log) == (target, [], False)
    assert messages(log)[:3] == ["line 0", "line 1", "line 2"]
    assert log["logs"] == "".join(f"{each['timestamp']} {each['level']} {each['message']}\n" for each in log["lines"])
    assert LINE.sub("", log["logs"]) == ""


def test_the_log_tells_the_story_of_an_approval(edge: Edge) -> None:
    target = asks_for_access(edge)
    approve(edge, "bob", target)
    edge.world.work()
    edge.world.later(hours=1, seconds=1)
    edge.world.work()
    told = "\n".join(messages(edge.get(f"/{target}/logs", "bob").json()))
    for part in ("ann@acme.org needs Admin on payments-prod for 1 hour", "asked for approval", "approved by bob@acme.org", "granted Admin",
                 "took Admin on payments-prod back"):
        assert told.count(part) == 1, part


def test_the_logs_of_children_are_below_it(edge: Edge) -> None:
    target = run(edge, "team")
    log = edge.get(f"/{target}/logs", "bob").json()
    assert [(c["id"], c["taskType"], c["status"]) for c in log["children"]] == [
        (each, "two-gates", "suspended") for each in children(edge, target)]
    assert "asked for approval" in log["children"][0]["logs"]
    assert "asked for approval" not in log["logs"]


def test_a_stream_goes_on_from_where_it_was(edge: Edge) -> None:
    target = asks_for_access(edge)
    first = stream(edge, target)
    assert (first["running"], first["completed"], first["status"]) == (True, False, "suspended")
    assert first["newLogs"].count("\n") == len(first["lines"]) > 0
    assert stream(edge, target, "0") == stream(edge, target, "") == first
    nothing = stream(edge, target, first["logOffset"])
    assert (nothing["lines"], nothing["newLogs"], nothing["logOffset"]) == ([], "", first["logOffset"])
    approve(edge, "bob", target)
    edge.world.work()
    more = stream(edge, target, first["logOffset"])
    assert "approved by bob@acme.org" in messages(more)[0]
    assert messages(stream(edge, target)) == messages(first) + messages(more)
    assert int(more["logOffset"]) > int(first["logOffset"])


def test_a_long_log_comes_in_parts_of_a_thousand_and_none_is_lost(edge: Edge) -> None:
    """A log longer than what is shown at once: the whole of it by the stream, its last 10,000 lines at once."""
    target = run(edge, "chatty", lines=10)
    write(edge, target, 10_495)
    seen: list[str] = []
    offset, parts = None, 0
    while True:
        part = stream(edge, target, offset)
        assert len(part["lines"]) <= 1_000
        if not part["lines"]:
            break
        seen, offset, parts = seen + messages(part), part["logOffset"], parts + 1
    assert parts == 11
    assert (len(seen), len(set(seen))) == (10_505, 10_505)
    log = edge.get(f"/{target}/logs", "bob").json()
    assert (len(log["lines"]), log["truncated"]) == (10_000, True)
    assert messages(log) == seen[-10_000:]


def write(edge: Edge, target: str, lines: int) -> None:
    """Let a run have written so many lines more."""
    with edge.world.database.begin() as tx:
        now, end = tx.now(), tx.logs.end(target)
        tx.connection.execute(log_lines.insert(), [
            {"execution_id": target, "seq": end + n, "position": 9, "attempt": 1, "line": n, "at": now, "level": "INFO",
             "message": f"more {n}"} for n in range(1, lines + 1)])
        tx.connection.execute(executions.update().where(executions.c.id == target).values(log_end=end + lines))


@pytest.mark.parametrize("offset", ["999999999999999999", "4711"])
def test_an_offset_past_the_end_gives_nothing_and_the_true_end(same_edge: Edge, offset: str) -> None:
    target = run(same_edge, "chatty", lines=2)
    past = stream(same_edge, target, offset)
    assert (past["lines"], past["newLogs"], past["logOffset"]) == ([], "", stream(same_edge, target)["logOffset"])


@pytest.mark.parametrize("offset", ["-1", "1e30", "abc", "1.0", "+1", " 1", "0x10", "\u0661", "1000000000000000000", "9" * 400, "1\n"])
def test_i06_an_offset_that_is_none_is_refused(same_edge: Edge, offset: str) -> None:
    target = run(same_edge, "chatty")
    refused = same_edge.get(f"/{target}/logs/stream", "bob", params={"logOffset": offset})
    assert (refused.status_code, said(refused)[:9]) == (400, "logOffset")


def test_an_offset_that_comes_twice_is_refused(same_edge: Edge) -> None:
    assert same_edge.get(f"/{run(same_edge, 'chatty')}/logs/stream?logOffset=1&logOffset=2", "bob").status_code == 400


def test_i08_a_pipeline_has_its_log_elsewhere(same_edge: Edge) -> None:
    target = keep(same_edge, "build", NOON, project="acme/app", mode=Mode.CICD)
    for path in ("logs", "logs/stream"):
        refused = same_edge.get(f"/{target}/{path}", "bob")
        assert (refused.status_code, said(refused)[:41]) == (400, "Logs are there for flow executions only: ")


def test_i03_the_log_of_another_project_is_not_there(same_edge: Edge) -> None:
    target = asks_for_access(same_edge)
    for path in ("logs", "logs/stream"):
        assert same_edge.get(f"/{target}/{path}", "eve").status_code == 404
