"""The disk is full: what is refused is refused whole, and nothing has to be repaired."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.wiring.installation import storage_problem
from core.errors import Unavailable
from tests.databases import SqliteTemplate
from tests.faults.crew import Crew, MortalWorld, crew_on
from tests.faults.jobs import answers, starts

ROOM = 400_000  # bytes that a file may have: a limit of the process stands for the disk


@pytest.fixture
def crew(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[Crew]:
    with crew_on(sqlite.copy(tmp_path), tmp_path) as crew:
        yield crew


def test_r50_on_a_full_disk_a_request_is_refused_whole_and_goes_well_once_there_is_room(crew: Crew) -> None:
    start = starts(crew, hold_ms=0)

    def start_many(w: MortalWorld) -> None:
        for _ in range(10_000):
            start(w)

    def fill(w: MortalWorld) -> int:
        _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, most))
        with pytest.raises(Unavailable):
            start_many(w)
        for _ in range(3):
            with pytest.raises(Unavailable):
                start(w)
        started = len(crew.acks())
        assert storage_problem(w.sql) == "The database's disk is full, or fails."
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
        assert storage_problem(w.sql) is None
        start(w)
        return started

    started = crew.does(fill)
    assert started > 0
    assert crew.does(lambda w: w.rows("PRAGMA integrity_check")) == [["ok"]]
    assert crew.does(lambda w: w.rows("SELECT COUNT(*) FROM executions"))[0][0] == started + 1

    crew.converge()
    for run in crew.does(lambda w: [asked.approval.execution_id for asked in w.pending()])[:5]:
        crew.does(answers(crew, run))
    crew.converge()
    crew.check()
