"""Many at the same moment: threads that count, and people who answer."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from sqlalchemy import select, update

from core.domain.approvals import Verdict
from core.errors import AlreadyDecided
from core.flows.context import FlowContext
from integrations.database.database import SqlDatabase
from integrations.database.tables import marks
from tests.core.stage import Nothing, stretch, teach
from tests.databases import PostgresTemplates, SqliteTemplate
from tests.world import World

pytestmark = pytest.mark.database
ROUNDS = 1_000 if os.environ.get("PLACET_TEST_SOAK") else 50
PROCESSES, EACH = 4, 16
PEOPLE = [f"decider-{n}@acme.org" for n in range(PROCESSES * EACH)]


def test_eight_threads_that_each_read_and_write_fifty_times_count_to_four_hundred(sqlite: SqliteTemplate, tmp_path: Path) -> None:
    database = SqlDatabase(sqlite.copy(tmp_path))
    database.remember("count", "0")
    this = marks.c.name == "count"

    def count() -> None:
        for _ in range(50):
            with database.begin() as tx:
                before = int(tx.connection.execute(select(marks.c.value).where(this)).scalar_one())
                tx.connection.execute(update(marks).where(this).values(value=str(before + 1)))

    with ThreadPoolExecutor(8) as pool:
        for counting in [pool.submit(count) for _ in range(8)]:
            counting.result()
    with database.read() as tx:
        assert tx.connection.execute(select(marks.c.value).where(this)).scalar_one() == "400"
    database.close()


def answer_when_told(url: str, together: Barrier, orders: Connection, people: list[str]) -> None:
    """One of the processes: its people answer each run that it is told of, all at the same moment; it tells who won."""
    world = World(url)
    with world.database.read() as tx:
        world.people = {person.email: person for person in tx.people_register.list()}
    start = threading.Barrier(EACH, action=lambda: _wait(together))

    def answer(who: str, run: str) -> tuple[str, str] | None:
        start.wait()
        verdict = Verdict.APPROVE if int(who.partition("@")[0].rpartition("-")[2]) % 2 else Verdict.REJECT
        try:
            return who, world.answers(who, run, verdict).approval.status
        except AlreadyDecided:
            return None

    with ThreadPoolExecutor(EACH) as pool, suppress(EOFError):
        while True:
            run = orders.recv()
            orders.send([won for won in pool.map(answer, people, [run] * EACH) if won])
    world.close()


def _wait(together: Barrier) -> None:
    together.wait()


@pytest.fixture
def crowd(postgres: PostgresTemplates) -> Iterator[tuple[World, list[Connection]]]:
    """A company of many approvers, and processes that wait to be told what to answer."""
    context = get_context("spawn")
    with postgres.database() as url:
        world = World(url).company()
        for who in PEOPLE:
            world.person(who)
        together, ends = context.Barrier(PROCESSES, timeout=60), [context.Pipe() for _ in range(PROCESSES)]
        crew = [context.Process(target=answer_when_told, args=(url, together, theirs, PEOPLE[n * EACH:(n + 1) * EACH]))
                for n, (_, theirs) in enumerate(ends)]
        for process in crew:
            process.start()
        for _, theirs in ends:
            theirs.close()
        yield world, [ours for ours, _ in ends]
        for ours, _ in ends:
            ours.close()
        for process in crew:
            process.join(20)
        world.close()


def test_of_64_who_answer_at_once_from_four_processes_one_decides(crowd: tuple[World, list[Connection]]) -> None:
    """On PostgreSQL only: that is where several processes share a database under load."""
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?", approvers=PEOPLE)

    world, processes = crowd
    teach(world, probe)
    for _ in range(ROUNDS):
        run = world.run(flow="probe")
        stretch(world)
        wakes = world.wakes(run)
        for process in processes:
            process.send(run.id)
        ((who, status),) = [won for process in processes for won in process.recv()]

        decided = world.approval(run).approval
        assert (decided.status, decided.resolved_by, len(decided.answers)) == (status, who, 1)
        assert world.wakes(run) == wakes + 1
        assert world.audit(run).count("decide") == 1
        stretch(world)
        assert world.see(run).execution.status == ("completed" if status == "approved" else "failed")
