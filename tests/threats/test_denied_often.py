"""Asking again and again until somebody is tired of saying no."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from bot.replies import clock
from core.domain.json import parse_timestamp
from core.engine.asking_limits import AskingLimits
from tests.api.edge import ACCESS, Edge, edge_on
from tests.rest.talk import bearer, reject, said
from tests.world import World

pytestmark = pytest.mark.database
SENTENCE = "Several requests of yours were rejected shortly one after the other. You can ask again from "
REST = " on; until then, talk to those who rejected them."


@pytest.fixture
def edge(world: World, tmp_path: Path) -> Iterator[Edge]:
    world.limits = AskingLimits()
    with edge_on(world, tmp_path) as edge:
        yield edge


def start(edge: Edge, who: str = "ann") -> Response:
    return edge.post("/run", who, {"payload": ACCESS})


def ask(edge: Edge, who: str = "ann", **more: Any) -> Response:
    body = {"taskId": "job", "requestedBy": edge.world.caller(who).subject if who != "app:ci" else "ann@acme.org",
            "callback": {"type": "none", "repositoryIdentifier": "acme/app"}, "context": {"taskType": "deploy"}, **more}
    return edge.post("/approvals", who, body)


def denied(edge: Edge, times: int, *, minutes: float = 0, who: str = "ann") -> None:
    for _ in range(times):
        run = start(edge, who).json()["id"]
        edge.world.work()
        assert reject(edge, "bob", run).status_code == 200
        edge.world.later(minutes=minutes)


def test_j08_whoever_was_denied_three_times_in_ten_minutes_asks_nothing_for_ten(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    denied(edge, 2)
    assert "denied-often" not in edge.world.audit()
    with caplog.at_level(logging.INFO, "placet.notices"):
        denied(edge, 1)
    assert edge.world.audit().count("denied-often") == 1
    assert [(record.levelname, record.__dict__["kind"]) for record in caplog.records if record.name == "placet.notices"] == [
        ("WARNING", "denied-often")]
    facts = json.loads(edge.world.rows("SELECT CAST(facts AS TEXT) FROM audit WHERE kind = 'denied-often'")[0][0])
    assert (facts["requestedBy"], facts["severity"]) == ("ann@acme.org", "high")
    [(earlier,)] = edge.world.rows("SELECT CAST(id AS TEXT) FROM executions ORDER BY id LIMIT 1")
    before = edge.world.rows("SELECT count(*) FROM executions")
    for refused in (start(edge), ask(edge), edge.post(f"/{earlier}/rerun", "ann", {})):
        assert (refused.status_code, said(refused)) == (429, f"{SENTENCE}{clock(parse_timestamp(facts['until']))}{REST}")
    assert edge.world.rows("SELECT count(*) FROM executions") == before
    edge.world.later(minutes=10)
    assert start(edge).status_code == 201


def test_j08_other_people_and_applications_go_on_asking(edge: Edge) -> None:
    denied(edge, 3)
    assert start(edge).status_code == 429
    assert start(edge, "dan").status_code == 201
    assert edge.post("/run", "app:ci", {"payload": ACCESS}).status_code == 201
    assert ask(edge, "app:ci").status_code == 201


def test_j08_three_denials_that_are_further_apart_pause_nobody(edge: Edge) -> None:
    denied(edge, 4, minutes=5.1)
    assert start(edge).status_code == 201
    assert "denied-often" not in edge.world.audit()


def test_j08_the_pause_counts_from_the_last_denial_and_a_narrower_token_does_not_end_it(edge: Edge) -> None:
    narrow = bearer(edge, "ann", projects=("acme/app",))
    denied(edge, 3, minutes=4)
    assert edge.post("/run", None, {"payload": ACCESS}, headers=narrow).status_code == 429
    edge.world.later(minutes=5.9)
    assert edge.post("/run", None, {"payload": ACCESS}, headers=narrow).status_code == 429
    edge.world.later(minutes=0.2)
    assert edge.post("/run", None, {"payload": ACCESS}, headers=narrow).status_code == 201


def test_a_cancel_denies_nothing(edge: Edge) -> None:
    for _ in range(4):
        started = start(edge)
        assert started.status_code == 201
        edge.world.work()
        assert edge.post(f"/{started.json()['id']}/cancel", "ann").status_code == 200
