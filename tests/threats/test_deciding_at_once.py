"""Many people answer at the same moment, while what they may do changes."""

import asyncio
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from httpx import ASGITransport, AsyncClient, Response

from core.domain.audit import BEGINNING, Event, chain
from core.domain.people import Role
from integrations.database.types import Timestamp
from tests.api.edge import PREFIX, Edge
from tests.rest.talk import approval, approve, ask
from tests.threats.effects import no_effect, told

pytestmark = pytest.mark.database

ROUNDS = 1_000 if os.environ.get("PLACET_TEST_SOAK") else 10  # tests/core/test_at_once.py does the same without HTTP, 50 times
DECIDERS, EACH = 8, 8
ENDS = {"approve": "approved", "reject": "rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    who: str
    verb: str
    answer: Response


async def storm(edge: Edge, client: AsyncClient, target: str, people: Sequence[str]) -> list[Tried]:
    """Let everybody say yes and no several times, all at once."""

    async def call(who: str, verb: str) -> Tried:
        said = {"approver": who, "approverEmail": who, "rejector": who, "rejectorEmail": who}
        answer = await client.post(f"{PREFIX}/approvals/{target}/{verb}", json=said, headers={"Authorization": f"Bearer {edge.token(who)}"})
        return Tried(who=who, verb=verb, answer=answer)

    return list(await asyncio.gather(*(call(who, "approve" if n % 2 else "reject") for n in range(EACH) for who in people)))


def test_b18_of_64_answers_at_once_one_decides(edge: Edge) -> None:
    people = [f"decider-{n}@acme.org" for n in range(DECIDERS)]
    for who in people:
        edge.world.person(who)
        edge.token(who)

    async def rounds() -> None:
        async with AsyncClient(transport=ASGITransport(edge.app), base_url="http://placet", timeout=60) as client:
            for n in range(ROUNDS):
                target = ask(edge, task=f"storm-{n}", approvers=people)["id"]
                one_won(edge, target, await storm(edge, client, target, people[n % DECIDERS:] + people[:n % DECIDERS]))

    asyncio.run(rounds())
    assert edge.world.rows("SELECT count(*) FROM audit WHERE kind = 'decide'") == [(ROUNDS,)]
    assert whole(edge)


def one_won(edge: Edge, target: str, tried: Sequence[Tried]) -> None:
    world, decided = edge.world, approval(edge, target)
    assert decided["status"] in ("approved", "rejected")
    won = [t for t in tried if t.answer.status_code == 200]
    assert {(t.who, ENDS[t.verb]) for t in won} == {(decided["resolvedBy"], decided["status"])}
    assert len(won) == EACH // 2
    assert all(t.answer.json() == decided for t in won)
    assert {t.answer.status_code for t in tried if t not in won} == {409}
    assert world.wakes(target) == 1
    assert world.audit(target).count("decide") == 1
    assert world.audit(target).count("security") == len(tried) - len(won)
    answers = "SELECT count(*) FROM answers a JOIN approvals p ON p.id = a.approval_id WHERE p.execution_id = :id"
    assert world.rows(answers, id=target) == [(1,)]


def whole(edge: Edge) -> bool:
    """Whether each row of the audit vouches for the one before."""
    return all(stored == computed for stored, computed in _hashes(edge))


def _hashes(edge: Edge) -> Iterator[tuple[str, str]]:
    previous: dict[str, str] = {}
    dialect = edge.world.database.writer.dialect
    for project, seq, at, kind, actor, execution, about, facts, stored in edge.world.rows(
            "SELECT project_id, seq, at, kind, actor, execution_id, approval_id, facts, hash FROM audit ORDER BY project_id, seq"):
        event = Event(kind=kind, actor=actor, project_id=project, execution_id=execution, approval_id=about, facts=json.loads(facts))
        when = Timestamp().process_result_value(at, dialect)
        assert when is not None
        yield stored, chain(previous.get(project, BEGINNING), seq, when, event)
        previous[project] = stored


def test_b14_who_is_removed_while_their_answer_waits_cannot_answer(edge: Edge) -> None:
    """The answer has been let in and waits for the run's lock; whoever holds that takes the role away and lets go."""
    world = edge.world
    target = ask(edge, approvers=["dan@acme.org", "bob@acme.org"])["id"]
    edge.token("dan")
    refusal, status = ("NotAnApprover", 403) if world.database.postgres else ("NotFound", 404)
    with no_effect(edge, by="dan@acme.org", refusal=refusal), ThreadPoolExecutor(1) as pool:
        with world.database.begin() as tx:
            tx.executions.lock(target)
            waiting = pool.submit(approve, edge, "dan", target)
            wait_for_a_lock(edge)
            person, place = tx.people.find("dan@acme.org"), tx.projects.find("acme/app")
            assert person is not None
            assert place is not None
            tx.project_register.admit(place.id, person.id, None)
        assert waiting.result().status_code == status
    assert approval(edge, target)["status"] == "pending"


def test_b14_a_yes_that_waits_does_not_count_one_that_lapses_meanwhile(edge: Edge) -> None:
    """Bob's yes is there, Cat's waits for the lock, and Bob stops being an owner before she gets it."""
    world = edge.world
    started = edge.post("/run", "ann", {"payload": {"id": "deploy_by-two", "repositoryIdentifier": "acme/app"}}).json()["id"]
    world.work()
    assert approve(edge, "bob", started).json()["status"] == "pending"
    edge.token("cat")
    with ThreadPoolExecutor(1) as pool:
        with world.database.begin() as tx:
            tx.executions.lock(started)
            waiting = pool.submit(approve, edge, "cat", started)
            wait_for_a_lock(edge)
            person, place = tx.people.find("bob@acme.org"), tx.projects.find("acme/app")
            assert person is not None
            assert place is not None
            tx.project_register.admit(place.id, person.id, Role.MEMBER)
        answered = waiting.result().json()
    assert (answered["status"], [a["email"] for a in answered["answers"]]) == ("pending", ["bob@acme.org", "cat@acme.org"])
    assert told(edge) == []


def wait_for_a_lock(edge: Edge) -> None:
    """Return when somebody waits for a lock; SQLite cannot be asked, but there whoever writes waits from the beginning."""
    if not edge.world.database.postgres:
        time.sleep(0.3)
        return
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    until = time.monotonic() + 10
    while edge.world.rows(waiting) == [(0,)]:
        assert time.monotonic() < until, "nobody waits for a lock"
        time.sleep(0.01)
