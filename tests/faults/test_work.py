"""A run is worked on, and the worker dies: before its effect, after it (K12, K13), anywhere."""

from collections.abc import Callable

import pytest

from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.extent import STEP
from tests.faults.fate import Fate
from tests.faults.jobs import answers, answers_everything, asks, has_access, made, works_on
from tests.faults.runs import approved, approved_and_failing, approved_with_children, new, rejected

pytestmark = pytest.mark.database


def deeds(crew: Crew, run: str) -> list[str]:
    """Return what the receiver did for a run; what it was told once more comes once."""
    said = [entry.deed for entry in crew.ledger() if entry.key.startswith(run)]
    return [deed for n, deed in enumerate(said) if n == 0 or deed != said[n - 1]]


def test_r33_a_worker_killed_before_its_effect_has_it_once(crew: Crew) -> None:
    [run] = asks(crew, 1)
    crew.does(answers(crew, run))

    assert crew.child(works_on(run), Fate("before grant", 1)).killed
    assert deeds(crew, run) == []
    crew.converge()
    assert deeds(crew, run) == ["granted", "revoked"]
    crew.check()


def test_r33_a_worker_killed_between_its_effect_and_the_record_has_it_once(crew: Crew) -> None:
    [run] = asks(crew, 1)
    crew.does(answers(crew, run))

    assert crew.child(works_on(run), Fate("after grant", 1)).killed
    assert deeds(crew, run) == ["granted"]
    crew.converge()
    assert deeds(crew, run) == ["granted", "granted again", "revoked"]
    crew.check()


@pytest.mark.parametrize(("point", "told"), [
    ("before revoke", ["granted", "revoked"]), ("after revoke", ["granted", "revoked", "revoked again"]),
])
def test_r33_a_worker_killed_around_its_undo_takes_access_back_once(crew: Crew, point: str, told: list[str]) -> None:
    [run] = has_access(crew, 1, "hasty-access", hold_ms=100)

    assert crew.child(works_until_killed(run), Fate(point, 1)).killed
    crew.converge()
    assert deeds(crew, run) == told
    crew.check()


def works_until_killed(run: str) -> Job:
    def job(w: MortalWorld) -> None:
        while True:
            w.stretch(run)

    return job


@pytest.mark.parametrize(("make", "points"), [
    (new, 15), (approved, 45), (approved_and_failing, 45), (rejected, 15), (approved_with_children, 40),
])
def test_r33_a_worker_killed_anywhere_leaves_nothing_undone(crew: Crew, make: Callable[[MortalWorld], str], points: int) -> None:
    for _ in crew.kills_everywhere(map(works_on, made(crew, make)), step=STEP):
        pass
    crew.converge()
    for _ in range(2):  # what the children ask is answered, too
        crew.does(answers_everything)
        crew.converge()
    crew.check()
    assert crew.kills >= points // STEP
