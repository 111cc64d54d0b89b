"""Engines, people and machines killed and frozen at random, while the receiver has bad luck: nothing is lost, done twice or kept."""

import os
import time
from collections.abc import Callable
from random import Random

import pytest

from core.domain.approvals import Verdict
from core.domain.json import Json
from core.errors import CoreError
from tests.doubles.access_webhook import Fault, bad_luck
from tests.faults.checker import PIN
from tests.faults.crew import LEASE, Crew, Job, MortalWorld
from tests.faults.extent import KILLS
from tests.faults.fate import Fate
from tests.faults.jobs import answers, answers_everything, cancels, starts
from tests.faults.outside import Outside, outside_of
from tests.faults.processes import Process

pytestmark = pytest.mark.database

SEED = int(os.environ.get("PLACET_TEST_SEED", time.time()))


@pytest.fixture
def luck() -> Callable[[], Fault]:
    return bad_luck(SEED, hang=LEASE.total_seconds())


def test_killed_at_random_nothing_is_lost_done_twice_or_kept_and_each_end_is_told(crew: Crew) -> None:
    print(f"PLACET_TEST_SEED={SEED}")
    with outside_of(crew) as outside:
        kills_at_random(crew, outside, Random(SEED))


def kills_at_random(crew: Crew, outside: Outside, chance: Random) -> None:
    works = works_with(outside)
    engines = [crew.begin(works) for _ in range(2)]
    ended: dict[str, str] = {}
    while crew.kills < KILLS:
        fate = Fate(nth=chance.randint(1, 15)) if chance.random() < 0.4 else Fate()
        crew.child(somebody(crew, chance), fate)
        if chance.random() < 0.3:
            engines = [*engines[1:], replaced(crew, engines[0], works)]
        elif chance.random() < 0.1:
            engines[0].freeze(LEASE.total_seconds() * 1.3)
        if chance.random() < 0.1:
            ended = unchanged(ended, crew.does(ends))
            assert crew.does(answered_and_not_rung) == []
            assert crew.does(answered_and_not_to_be_told) == []
    for engine in engines:
        engine.kill()
        crew.ends(engine)

    for _ in range(3):
        crew.converge(outside=outside)
        crew.does(answers_everything)
    crew.does(cancels_everything)
    crew.converge(outside=outside)
    crew.does(outside.empty)
    unchanged(ended, crew.does(ends))
    crew.check()
    assert crew.does(lambda w: w.rows("SELECT COUNT(*) FROM executions WHERE settled_at IS NULL"))[0][0] == 0


def works_with(outside: Outside) -> Job:
    def works(w: MortalWorld) -> None:
        w.engine(slots=2, outside=outside)
        time.sleep(30)

    return works


def replaced(crew: Crew, engine: Process, works: Job) -> Process:
    engine.kill()
    crew.ends(engine)
    return crew.begin(works)


def somebody(crew: Crew, chance: Random) -> Job:
    """Start, answer or cancel something, whatever there is to be answered or cancelled then."""
    what, which = chance.random(), chance.random()
    if what < 0.5:
        flow = chance.choice(("hasty-access", "hasty-access", "kept-access", "team-access"))
        more: dict[str, Json] = {"pin": PIN} if flow != "team-access" else {}
        if flow == "hasty-access":
            more |= {"fail": chance.random() < 0.3, "open_ms": chance.choice((300, 60_000, 60_000))}
        return starts(crew, flow, hold_ms=chance.randint(0, 400), **more)
    verdict = Verdict.APPROVE if chance.random() < 0.8 else Verdict.REJECT

    def job(w: MortalWorld) -> None:
        try:
            if what < 0.9:
                asked = w.pending()
                if asked:
                    answers(crew, asked[int(which * len(asked))].approval.execution_id, verdict=verdict)(w)
            else:
                live = [row[0] for row in w.rows("SELECT id FROM executions WHERE outcome IS NULL ORDER BY id")]
                if live:
                    cancels(crew, live[int(which * len(live))])(w)
        except CoreError:
            return  # somebody else was first

    return job


def cancels_everything(w: MortalWorld) -> None:
    for (run,) in w.rows("SELECT id FROM executions WHERE outcome IS NULL"):
        w.cancels_id("ann", run)


def ends(w: MortalWorld) -> dict[str, str]:
    """Return how approvals and runs have ended so far."""
    return dict(w.rows("SELECT id, status FROM approvals WHERE status <> 'pending' UNION ALL "
                       "SELECT id, status FROM executions WHERE status IN ('completed', 'partial', 'failed', 'cancelled')"))


def answered_and_not_rung(w: MortalWorld) -> list[str]:
    """V10, S5: whoever sees an answer sees that it is its run's turn. One statement sees one moment."""
    return [row[0] for row in w.rows(
        "SELECT e.id FROM executions e JOIN steps s ON s.execution_id = e.id AND s.kind = 'approval' AND s.state = 'begun' "
        "JOIN approvals a ON a.execution_id = e.id AND a.gate = CAST(s.position AS TEXT) AND a.status <> 'pending' "
        "WHERE e.settled_at IS NULL AND NOT e.held AND e.due_at IS NULL")]


def answered_and_not_to_be_told(w: MortalWorld) -> list[str]:
    """V10: whoever sees an answer sees what is to be told of it, in the outbox or for the one who asked."""
    return [row[0] for row in w.rows(
        "SELECT a.id FROM approvals a WHERE a.status <> 'pending' "
        "AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.execution_id = a.execution_id AND o.kind = 'announce') "
        "AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.approval_id = a.id AND m.kind = 'answered')")]


def unchanged(before: dict[str, str], now: dict[str, str]) -> dict[str, str]:
    """V1, S8: what has ended stays as it ended."""
    assert {name: now.get(name) for name in before} == before
    return now
