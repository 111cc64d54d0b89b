"""People decide, and the process that writes it down dies (K9, K10), or its database does."""

import time

import psycopg
import pytest

from core.errors import Unavailable
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.fate import Fate, Unanswered
from tests.faults.jobs import answers, asks, status

pytestmark = pytest.mark.database


def test_r23_a_decision_killed_anywhere_counts_whole_or_not_at_all(crew: Crew) -> None:
    runs = asks(crew, 20)
    for run, ended in zip(runs, crew.kills_everywhere(answers(crew, run) for run in runs), strict=False):
        there = crew.does(status(run))
        assert there in ("pending", "approved")
        assert ended.killed or there == "approved"
        assert crew.does(answers(crew, run)) == "approved"

    crew.converge()
    crew.check()
    assert crew.kills >= 6
    assert [entry.deed for entry in crew.ledger()].count("granted") == crew.kills + 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)  # SQLite dies with its process
def test_r23_a_decision_whose_database_dies_within_it_counts_whole_or_not_at_all(crew: Crew) -> None:
    for n, run in enumerate(asks(crew, 8), 1):

        def disturbed(w: MortalWorld, run: str = run) -> str:
            try:
                return str(w.approves("bob", run).approval.status)
            except Unavailable:
                return "unavailable"

        assert crew.child(disturbed, Fate(nth=n, happens=lambda: disconnect(crew.url))).value in ("unavailable", "approved")
        assert crew.does(answers(crew, run)) == "approved"

    crew.converge()
    crew.check()


def disconnect(url: str) -> None:
    """End every connection of this process's service, as a failover does."""
    ours = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(f"SELECT pg_terminate_backend(pid) FROM ({ours}) AS ours")


def test_r23_a_decision_whose_commit_is_not_answered_is_the_same_when_repeated(crew: Crew) -> None:
    [run] = asks(crew, 1)

    def unanswered(w: MortalWorld) -> None:
        w.database = Unanswered(w.database)
        with pytest.raises(Unavailable):
            w.approves("bob", run)

    crew.does(unanswered)
    assert crew.does(answers(crew, run)) == "approved"
    crew.converge()
    crew.check()


def test_r26_a_run_goes_on_though_whoever_decided_died_before_the_nudge(crew: Crew) -> None:
    [run] = asks(crew, 1, hold_ms=0)
    idle = crew.begin(works_until_settled(run))

    assert crew.child(answers(crew, run), Fate("nudge", 1)).killed
    died = time.monotonic()
    crew.ends(idle)
    assert time.monotonic() - died <= 10
    crew.check()


def works_until_settled(run: str) -> Job:
    def job(w: MortalWorld) -> None:
        engine = w.engine()
        while not w.rows("SELECT 1 FROM executions WHERE id = :id AND settled_at IS NOT NULL", id=run):
            time.sleep(0.05)
        engine.stop()

    return job
