"""A run is cancelled, and the process that cancels it or takes things back dies (K16)."""

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from core.engine.cancel_flow import CancelFlow
from core.errors import AlreadyEnded
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.fate import Fate, die
from tests.faults.jobs import answers, answers_everything, asks, cancels, made, works_on
from tests.faults.runs import approved, approved_and_failing, approved_with_children, asked, granted, granted_with_children

pytestmark = pytest.mark.database


@pytest.mark.parametrize(("make", "points"), [(asked, 8), (granted, 6), (granted_with_children, 10)])
def test_r41_a_cancel_killed_anywhere_is_whole_or_nothing(crew: Crew, make: Callable[[MortalWorld], str], points: int) -> None:
    runs: list[str] = []

    def jobs() -> Iterator[Job]:
        for run in made(crew, make):
            runs.append(run)
            yield cancels(crew, run)

    for _ in crew.kills_everywhere(jobs()):
        outcome, open_questions = crew.does(state(runs[-1]))
        assert (outcome, open_questions) in ((None, make is asked), ("cancelled", False))
        crew.does(cancels(crew, runs[-1]))

    assert crew.kills >= points
    crew.converge()
    assert crew.does(statuses(runs)) == ["cancelled"]
    crew.check()


def state(run: str) -> Job:
    return lambda w: [w.rows("SELECT outcome FROM executions WHERE id = :id", id=run)[0][0],
                      w.rows("SELECT COUNT(*) FROM approvals WHERE execution_id = :id AND status = 'pending'", id=run)[0][0] > 0]


def statuses(runs: list[str]) -> Job:
    return lambda w: sorted({w.rows("SELECT status FROM executions WHERE id = :id", id=run)[0][0] for run in runs})


@pytest.mark.parametrize(("make", "points"), [(granted, 8), (granted_with_children, 8)])
def test_r41_a_worker_killed_anywhere_after_a_cancel_takes_all_back(crew: Crew, make: Callable[[MortalWorld], str], points: int) -> None:
    def jobs() -> Iterator[Job]:
        for run in made(crew, make):
            crew.does(cancels(crew, run))
            yield works_on(run)

    for _ in crew.kills_everywhere(jobs()):
        pass
    assert crew.kills >= points
    crew.converge()
    crew.check()


@pytest.mark.parametrize("point", ["before grant", "after grant"])
def test_r41_a_grant_under_way_when_its_run_is_cancelled_is_taken_back(crew: Crew, point: str) -> None:
    """The call lands, or does not; its worker is killed after the cancel, or goes on."""
    for killed in (True, False):
        [run] = asks(crew, 1, "kept-access")
        crew.does(answers(crew, run))

        def meanwhile(run: str = run, killed: bool = killed) -> None:
            crew.does(cancels(crew, run))
            if killed:
                die()

        assert crew.child(works_on(run), Fate(point, 1, meanwhile)).killed is killed
        crew.converge()
        assert crew.does(statuses([run])) == ["cancelled"]
    crew.check()


def test_r42_cancelling_the_children_killed_anywhere_is_whole_or_nothing_and_the_parent_goes_on(crew: Crew) -> None:
    """The children's questions are open; whoever cancels them tries again."""
    parents: list[str] = []

    def jobs() -> Iterator[Job]:
        for run in made(crew, with_children_asked):
            parents.append(run)
            yield cancels_children(run)

    for _ in crew.kills_everywhere(jobs()):
        below = crew.does(children(parents[-1]))
        assert below in ([[None, "suspended", "pending"]] * 2, [["cancelled", "cancelled", "rejected"]] * 2)
        assert crew.does(state(parents[-1])) == [None, False]
        assert crew.does(cancels_children(parents[-1])) == sum(outcome is None for outcome, _, _ in below)

    assert crew.kills >= 10
    crew.converge()
    assert crew.does(statuses(parents)) == ["failed"]
    crew.check()


def cancels_children(run: str) -> Job:
    return lambda w: len(CancelFlow(database=w.database).cancel_children(w.caller("ann"), run).ids)


def with_children_asked(w: MortalWorld) -> str:
    run = approved_with_children(w)
    w.stretch(run)
    for [child] in w.rows("SELECT id FROM executions WHERE parent_id = :id", id=run):
        w.stretch(child)
    return run


def children(run: str) -> Job:
    return lambda w: [list(row) for row in w.rows(
        "SELECT e.outcome, e.status, a.status FROM executions e JOIN approvals a ON a.execution_id = e.id WHERE e.parent_id = :id", id=run)]


@pytest.mark.parametrize(("make", "least"), [(approved, 8), (approved_and_failing, 8), (approved_with_children, 8)])
def test_r41_a_cancel_between_any_two_transactions_of_a_stretch_begins_nothing_new(
        crew: Crew, make: Callable[[MortalWorld], str], least: int) -> None:
    for n, run in enumerate(made(crew, make), 1):

        def meanwhile(run: str = run) -> None:
            crew.does(cancels_if_live(crew, run))

        ended = crew.child(works_on(run), Fate("committed", n, meanwhile))
        if ended.met.count("committed") < n:
            break
    assert n > least
    crew.converge()
    crew.does(answers_everything)
    crew.converge()
    crew.check()


def cancels_if_live(crew: Crew, run: str) -> Job:
    def job(w: MortalWorld) -> None:
        with suppress(AlreadyEnded):
            cancels(crew, run)(w)

    return job
