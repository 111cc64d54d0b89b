"""A request is made, and the process that makes it dies (K1, K2), or it comes twice."""

from collections.abc import Callable
from itertools import count, pairwise
from threading import Barrier, Thread

import pytest

from core.engine.repeats import Idempotency
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.extent import SOAK

pytestmark = pytest.mark.database


def order(n: int) -> Job:
    key = Idempotency(key=f"order-{n}", body_hash="")
    return lambda w: w.order(key=key).id


def request(n: int) -> Job:
    key = Idempotency(key=f"request-{n}", body_hash="")
    return lambda w: w.requests("app:ci", f"job-{n}", requested_by="ann@acme.org", idempotency=key).approval.id


@pytest.mark.parametrize(("job", "table"), [(order, "executions"), (request, "approvals")])
def test_r01_r02_a_creation_killed_anywhere_is_there_once_after_a_retry(crew: Crew, job: Callable[[int], Job], table: str) -> None:
    points = []
    for n, first in enumerate(crew.kills_everywhere(map(job, count()))):
        there, again, then = crew.does(counted(job(n), table))
        points.append(there)
        assert then == n + 1
        assert first.killed or first.value == again

    committed = [there - n for n, there in enumerate(points)]
    assert committed[0] == 0, "K1: killed before the commit, nothing is there"
    assert committed[-2:] == [1, 1], "K2: killed after the commit, it is there"
    assert all(before <= after for before, after in pairwise(committed))
    assert crew.kills == len(points) - 1 >= 4
    assert crew.does(lambda w: w.rows("SELECT COUNT(*) FROM audit WHERE kind = 'start'"))[0][0] == len(points)


def counted(job: Job, table: str) -> Job:
    return lambda w: [size(table)(w), job(w), size(table)(w)]


def size(table: str) -> Job:
    return lambda w: w.rows(f"SELECT COUNT(*) FROM {table}")[0][0]


def test_r03_the_same_request_twice_at_once_is_one(crew: Crew) -> None:
    rounds = 200 if SOAK else 10

    def twice(w: MortalWorld) -> list[int]:
        answers: list[set[str]] = []
        for n in range(rounds):
            barrier = Barrier(2)
            got: set[str] = set()

            def ask(n: int = n, barrier: Barrier = barrier, got: set[str] = got) -> None:
                barrier.wait()
                got.add(w.requests("app:ci", f"job-{n}", requested_by="ann@acme.org").approval.id)

            threads = [Thread(target=ask) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            answers.append(got)
        return [len(got) for got in answers]

    assert crew.does(twice) == [1] * rounds
    assert crew.does(size("approvals")) == rounds
    assert crew.does(size("executions")) == rounds
