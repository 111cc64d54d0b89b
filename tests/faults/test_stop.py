"""An engine is told to stop while it works."""

import time

import pytest

from tests.faults.crew import Crew, MortalWorld
from tests.faults.jobs import answers_everything, asks

pytestmark = pytest.mark.database


def test_r47_an_engine_stopped_under_load_ends_its_stretches_and_keeps_nothing(crew: Crew) -> None:
    asks(crew, 40, hold_ms=20)
    crew.does(answers_everything)

    def stops(w: MortalWorld) -> list[float]:
        engine = w.engine(slots=4)
        time.sleep(0.15)
        began = time.monotonic()
        engine.stop()
        held = w.rows("SELECT COUNT(*) FROM executions WHERE held")[0][0]
        settled = w.rows("SELECT COUNT(*) FROM executions WHERE settled_at IS NOT NULL")[0][0]
        return [time.monotonic() - began, held, settled]

    took, held, settled = crew.does(stops)
    assert took < 10
    assert held == 0
    assert settled < 40, "it was stopped under load"
    crew.converge()
    crew.check()
    assert [entry.deed for entry in crew.ledger()].count("granted") == 40
