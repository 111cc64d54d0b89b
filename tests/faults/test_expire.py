"""A question's time is over: whoever notices first says so, once, whatever dies or comes at the same moment (K15)."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

import pytest
from sqlalchemy import update

from core.engine.expire_approvals import ExpireApprovals
from core.errors import AlreadyDecided
from integrations.database.tables import approvals
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.extent import SOAK
from tests.faults.jobs import asks, made, status, works_on

pytestmark = pytest.mark.database


def overdue(w: MortalWorld) -> str:
    return w.asks("hasty-access", open_ms=0)


def sweeps(w: MortalWorld) -> int:
    return w.sweep()


def test_k15_a_sweeper_killed_anywhere_ends_a_question_once(crew: Crew) -> None:
    def jobs() -> Iterator[Job]:
        for _ in made(crew, overdue, at_once=1):
            yield sweeps

    for _ in crew.kills_everywhere(jobs()):
        pass
    assert crew.kills >= 6
    crew.converge()
    crew.check()
    assert crew.does(statuses) == ["expired"]


def test_k15_a_stretch_killed_anywhere_while_it_expires_its_own_question_ends_it_once(crew: Crew) -> None:
    for _ in crew.kills_everywhere(map(works_on, made(crew, overdue))):
        pass
    assert crew.kills >= 10
    crew.converge()
    crew.check()
    assert crew.does(statuses) == ["expired"]


def statuses(w: MortalWorld) -> list[str]:
    return sorted({row[0] for row in w.rows("SELECT status FROM approvals")})


def test_r37_an_expiry_and_a_yes_at_the_same_moment_make_one_end_by_the_time_of_the_database(crew: Crew) -> None:
    runs = asks(crew, 1000 if SOAK else 50, hold_ms=0)
    both_ready = get_context("fork").Barrier(2)
    sweeper, person = crew.begin(races(runs, both_ready, expire)), crew.begin(races(runs, both_ready, approve, ending=True))
    expired, approved = set(crew.ends(sweeper).value), set(crew.ends(person).value)

    ends = crew.does(lambda w: dict(w.rows("SELECT execution_id, status FROM approvals")))
    assert approved == {run for run, end in ends.items() if end == "approved"}
    assert expired <= {run for run, end in ends.items() if end == "expired"}
    assert approved
    assert expired
    crew.converge()
    crew.check()


SHIFTS = (-80, -40, -20, -10, -5, -2, 0, 1, 2)  # milliseconds from the end: a busy machine is slow


def races(runs: list[str], both_ready: Barrier, act: Callable[[MortalWorld, str], bool], *, ending: bool = False) -> Job:
    """Do something to each run at about the moment at which its question's time is over; return those to which it was done."""

    def job(w: MortalWorld) -> list[str]:
        done = []
        for n, run in enumerate(runs):
            if ending:
                with w.sql.writer.begin() as connection:
                    soon = datetime.now(UTC) + timedelta(milliseconds=100)
                    connection.execute(update(approvals).where(approvals.c.execution_id == run).values(expires_at=soon))
            both_ready.wait(30)
            moment = w.approval(run).approval.expires_at + timedelta(milliseconds=SHIFTS[n % len(SHIFTS)])
            time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
            if act(w, run):
                done.append(run)
        return done

    return job


def expire(w: MortalWorld, run: str) -> bool:
    return ExpireApprovals(database=w.database).expire(run)


def approve(w: MortalWorld, run: str) -> bool:
    try:
        w.approves("bob", run)
    except AlreadyDecided:
        return False
    return True


def test_r38_while_no_sweeper_works_a_late_yes_is_refused_all_the_same(crew: Crew) -> None:
    [run] = asks(crew, 1, open_ms=0)

    assert crew.does(lambda w: approve(w, run)) is False
    assert crew.does(status(run)) == "pending", "nobody has written it down yet"
    assert crew.does(lambda w: str(w.approval(run).approval.status)) == "expired"
    crew.converge()
    crew.check()


def test_r39_two_sweepers_at_once_end_each_question_once(crew: Crew) -> None:
    asks(crew, 200 if SOAK else 20, open_ms=0)
    sweepers = [crew.begin(sweeps) for _ in range(2)]

    assert sum(crew.ends(sweeper).value for sweeper in sweepers) == (200 if SOAK else 20)
    crew.converge()
    crew.check()
    assert crew.does(statuses) == ["expired"]
