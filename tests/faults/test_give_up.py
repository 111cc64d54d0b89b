"""A receiver does what it is asked and its answers are lost, until the step is given up: access that nobody knows of is taken back."""

from collections.abc import Callable
from itertools import chain, repeat

import pytest

from tests.doubles.access_webhook import Fault
from tests.faults.crew import Crew
from tests.faults.flows import HASTE
from tests.faults.jobs import answers, asks

pytestmark = pytest.mark.database


@pytest.fixture
def luck() -> Callable[[], Fault]:
    faults = chain(repeat(Fault(drop=True), HASTE.tries), repeat(Fault()))
    return lambda: next(faults)


@pytest.mark.parametrize(("flow", "status"), [("hasty-access", "failed"), ("careless-access", "completed")])
def test_r33_access_whose_answers_were_all_lost_is_taken_back_however_the_run_ends(crew: Crew, flow: str, status: str) -> None:
    [run] = asks(crew, 1, flow)
    crew.does(answers(crew, run))

    crew.converge()
    first, *more = [entry.deed for entry in crew.ledger()]
    assert first == "granted"
    assert more[:HASTE.tries] == ["granted again"] * (HASTE.tries - 1) + ["revoked"]
    assert crew.does(lambda w: w.rows("SELECT status FROM executions"))[0][0] == status
    crew.check()
