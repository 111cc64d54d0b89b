"""People are told by mail and programs by callbacks, and the process that does so dies (K14); each end is told, and no secret with it."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.extent import STEP
from tests.faults.fate import Fate
from tests.faults.jobs import answers, answers_everything, works_on
from tests.faults.outside import Outside, outside_of

pytestmark = pytest.mark.database

EVENTS = {"started", "approval_requested", "approved", "completed"}


@pytest.fixture
def outside(crew: Crew) -> Iterator[Outside]:
    with outside_of(crew) as outside:
        yield outside


def mailed(crew: Crew) -> Counter[tuple[str, str]]:
    """Count the mails by whom they are for and by their name."""
    return Counter((mail["to"], mail["id"]) for mail in crew.posted())


@pytest.mark.parametrize(("point", "times"), [("before tell", 1), ("after tell", 2)])
def test_r35_killed_on_either_side_of_the_call_the_program_is_told_under_the_same_id(outside: Outside, point: str, times: int) -> None:
    run = outside.crew.does(outside.asked)
    assert outside.crew.child(outside.deliver, Fate(point, 1)).killed
    outside.crew.does(outside.empty)
    called = outside.crew.does(outside.ids_called(run))
    assert {event: len(ids) for event, ids in called.items()} == {"started": times, "approval_requested": 1}
    outside.crew.check()


@pytest.mark.parametrize(("point", "times"), [("before send", 1), ("after send", 2)])
def test_killed_on_either_side_of_the_sending_a_mail_comes_again_under_the_same_name(outside: Outside, point: str, times: int) -> None:
    outside.crew.does(outside.asked)
    assert outside.crew.child(outside.deliver, Fate(point, 1)).killed
    outside.crew.does(outside.empty)
    found = mailed(outside.crew)
    assert sorted(found.values()) == sorted([1, times])
    assert sorted(to for to, _ in found) == ["bob@acme.org", "cat@acme.org"]
    outside.crew.check()


def test_r27_r35_whoever_tells_is_killed_anywhere_and_each_event_has_one_id_and_comes_twice_at_most(outside: Outside) -> None:
    """From the announcement over the call and the mail to the mark that it is done, of requests and of runs that are over."""
    runs: list[str] = []

    def jobs() -> Iterator[Job]:
        while True:
            outside.crew.does(outside.empty)
            runs.append(outside.crew.does(outside.over if len(runs) % 2 else outside.asked))
            yield outside.deliver

    for _ in outside.crew.kills_everywhere(jobs(), step=STEP):
        pass
    assert outside.crew.kills >= 8
    for run in runs[::2]:
        outside.crew.does(answers(outside.crew, run))
        outside.crew.does(works_on(run))
    outside.crew.converge(outside=outside)
    outside.crew.does(outside.empty)
    for run in runs:
        called = outside.crew.does(outside.ids_called(run))
        assert set(called) == EVENTS
        assert all(1 <= len(ids) <= 2 for ids in called.values()), called
    assert max(mailed(outside.crew).values()) <= 2
    assert max(Counter(call["headers"]["webhook-id"] for call in outside.crew.called()).values()) <= 2
    outside.crew.check()


def test_v10_whoever_sees_an_answer_sees_that_its_run_is_rung_and_that_it_is_to_be_told_while_deciders_are_killed(
        outside: Outside) -> None:
    runs = outside.crew.does(lambda w: [outside.asked(w) for _ in range(16)])
    outside.crew.does(outside.empty)
    for n, run in enumerate(runs):
        outside.crew.child(answers(outside.crew, run), Fate(nth=n + 1))
        assert outside.crew.does(seen_too_soon) == []
    assert outside.crew.kills >= 8
    outside.crew.does(answers_everything)
    outside.crew.converge(outside=outside)
    outside.crew.does(outside.empty)
    outside.crew.check()


def seen_too_soon(w: MortalWorld) -> list[str]:
    """V10: approvals that are answered, and whose run nobody has rung, or of which nothing is to be told. One statement sees one moment."""
    return [row[0] for row in w.rows(
        "SELECT a.id FROM approvals a JOIN executions e ON e.id = a.execution_id WHERE a.status <> 'pending' AND ("
        " (e.settled_at IS NULL AND NOT e.held AND e.due_at IS NULL)"
        " OR NOT EXISTS (SELECT 1 FROM outbox o WHERE o.execution_id = e.id AND o.kind = 'announce')"
        " AND NOT EXISTS (SELECT 1 FROM mails m WHERE m.approval_id = a.id AND m.kind = 'answered'))")]
