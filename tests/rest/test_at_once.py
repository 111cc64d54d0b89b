"""The same operations, called by many at the same moment."""

from collections.abc import Callable
from functools import partial

import pytest

from tests.api.edge import Edge
from tests.rest.talk import approval, approve, ask, asks_for_access, reject, request, run, said, shown
from tests.rest.test_looking import children
from tests.threats.at_once import at_once

pytestmark = pytest.mark.database

BODY = {"payload": {"id": "chatty", "repositoryIdentifier": "acme/app"}}


def test_one_idempotency_key_starts_one_run(same_edge: Edge) -> None:
    answers = at_once([partial(same_edge.post, "/run", "ann", BODY, headers={"Idempotency-Key": "at once"})] * 16)
    assert {answer.status_code for answer in answers} == {201}
    [run_id] = {answer.json()["id"] for answer in answers}
    assert same_edge.world.audit(run_id) == ["start"]


def test_one_event_key_opens_one_request(same_edge: Edge) -> None:
    answers = at_once([partial(request, same_edge, task=f"keyed-{n}", hatchetEventKey="one") for n in range(12)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert same_edge.world.rows("SELECT count(*) FROM approvals WHERE event_key = 'one'") == [(1,)]


def test_different_requests_of_one_task_open_one(same_edge: Edge) -> None:
    answers = at_once([partial(request, same_edge, task="contested", timeoutHours=n + 1) for n in range(12)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    won = next(answer.json() for answer in answers if answer.status_code == 201)
    assert approval(same_edge, won["id"]) == won
    assert same_edge.world.audit(won["id"]) == ["start", "ask"]


def test_a_cancel_and_a_yes_at_once_end_an_approval_once(edge: Edge) -> None:
    for _ in range(10):
        target = asks_for_access(edge, "app:ci", username="ann@acme.org")
        answers = at_once([partial(approve, edge, "bob", target), partial(edge.post, f"/{target}/cancel", "ann")] * 4)
        assert {answer.status_code for answer in answers} <= {200, 409}
        edge.world.work()
        ended, asked = shown(edge, target), approval(edge, target)
        assert ended["status"] == "Cancelled"
        assert asked["status"] in ("approved", "rejected")
        assert edge.world.audit(target).count("cancel") == 1
        assert edge.world.audit(target).count("decide") == (asked["status"] == "approved")
        assert edge.world.access.live() == []


def test_a_yes_and_a_stretch_at_once_lose_nothing(edge: Edge) -> None:
    for _ in range(10):
        target = asks_for_access(edge, "app:ci", username="ann@acme.org")
        calls: list[Callable[[], object]] = [partial(approve, edge, "bob", target), edge.world.work]
        at_once(calls * 3)
        edge.world.work()
        assert (approval(edge, target)["status"], shown(edge, target)["status"]) == ("approved", "Running")
        assert edge.world.access.granted.count(f"{target}:2") == 1


def test_the_answers_to_two_children_at_once_settle_their_parent_once(edge: Edge) -> None:
    for _ in range(5):
        target = run(edge, "team")
        answers = at_once([partial(reject, edge, "bob", child) for child in children(edge, target)])
        assert [answer.status_code for answer in answers] == [200, 200]
        edge.world.work()
        assert (shown(edge, target)["status"], shown(edge, target)["success"]) == ("Failed", False)
        assert edge.world.audit(target).count("settle") == 1


def test_a_yes_by_the_second_of_two_owners_counts_once_however_often_it_is_given(edge: Edge) -> None:
    target = run(edge, "deploy_by-two")
    answers = at_once([partial(approve, edge, "bob", target), partial(approve, edge, "cat", target)] * 6)
    assert {answer.status_code for answer in answers} == {200}
    assert approval(edge, target)["status"] == "approved"
    assert edge.world.audit(target).count("decide") == 2
    assert edge.world.wakes(target) == 1


def test_a_run_is_cancelled_once(edge: Edge) -> None:
    target = run(edge, "team")
    answers = at_once([partial(edge.post, f"/{target}/cancel", "ann")] * 10)
    assert sorted(answer.json()["cancelledChildren"] for answer in answers) == [0] * 9 + [2]
    assert edge.world.audit().count("cancel") == 3


def test_what_is_refused_at_once_is_refused_in_sentences(same_edge: Edge) -> None:
    asked = ask(same_edge, task="refused")
    answers = at_once([partial(approve, same_edge, "dan", asked["id"])] * 16)
    assert {(answer.status_code, said(answer)) for answer in answers} == {(403, "Only bob@acme.org and cat@acme.org can answer this one.")}
