"""Four processes on one PostgreSQL, and everybody decides at once."""

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier
from typing import Any

import pytest

from core.domain.approvals import Verdict
from core.domain.people import Caller, Role
from core.engine.decide_approval import AnswerRequest, DecideApproval
from core.errors import AlreadyDecided
from integrations.database.database import SqlDatabase
from tests.databases import PostgresTemplates
from tests.world import World

pytestmark = pytest.mark.database

ROUNDS = 1_000 if os.environ.get("PLACET_TEST_SOAK") else 50
PROCESSES, PEOPLE, EACH = 4, 8, 8


def test_b18_of_64_answers_from_four_processes_one_decides(postgres: PostgresTemplates) -> None:
    with postgres.database() as url:
        world = World(url).company()
        people = [f"decider-{n}@acme.org" for n in range(PEOPLE)]
        for who in people:
            world.person(who)
        targets = [world.requests("app:ci", f"job-{n}", requested_by="ci", approvers=people).approval.execution_id for n in range(ROUNDS)]
        accepted = run_processes(url, targets, people)
        for n, target in enumerate(targets):
            won = world.approval(target).approval
            assert {a for each in accepted for a in each[n]} == {(won.resolved_by, str(won.status))}, target
            assert sum(len(each[n]) for each in accepted) == EACH // 2
            assert world.wakes(target) == 1
            assert world.audit(target) == ["start", "ask", "decide"]
            assert len(won.answers) == 1
        world.close()


def run_processes(url: str, targets: Sequence[str], people: Sequence[str]) -> list[list[list[tuple[str, str]]]]:
    """Let each process make its part of the answers to every target; return which were accepted, by process and target."""
    spawning = multiprocessing.get_context("spawn")
    together, told = spawning.Barrier(PROCESSES), spawning.SimpleQueue()
    each = len(people) // PROCESSES
    processes = [spawning.Process(target=decide_all, args=(url, targets, people[n * each:(n + 1) * each], together, told), daemon=True)
                 for n in range(PROCESSES)]
    for process in processes:
        process.start()
    accepted = [told.get() for _ in processes]
    for process in processes:
        process.join()
    return accepted


def decide_all(url: str, targets: Sequence[str], people: Sequence[str], together: Barrier, told: Any) -> None:
    database = SqlDatabase(url, pool_size=len(people) * EACH)
    with database.read() as tx:
        known = [tx.people.find(email) for email in people]
    callers = [Caller(subject=p.email, role=Role.OWNER, person=p) for p in known if p is not None]
    use_case = DecideApproval(database=database)

    def decide(caller: Caller, target: str, verdict: Verdict) -> tuple[str, str] | None:
        try:
            decided = use_case.decide(caller, target, AnswerRequest(
                verdict=verdict, claimed_email=caller.subject, name="x", surface="rest")).approval
        except AlreadyDecided:
            return None
        return str(decided.resolved_by), str(decided.status)

    accepted = []
    with ThreadPoolExecutor(len(callers) * EACH) as pool:
        for target in targets:
            together.wait()
            answers = [pool.submit(decide, caller, target, list(Verdict)[n % 2]) for n in range(EACH) for caller in callers]
            accepted.append([answer for answer in (each.result() for each in answers) if answer is not None])
    database.close()
    told.put(accepted)
