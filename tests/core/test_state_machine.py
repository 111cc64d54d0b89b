"""Whatever people, workers and clocks do, in whatever order: the real store against a model."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import delete

from core.domain.approvals import Verdict
from core.domain.executions import Execution
from core.errors import CoreError
from core.flows.context import FlowContext
from integrations.database.tables import members, metadata, people, projects
from tests.core.model import LEASE, People, Refusal, Run
from tests.core.stage import Nothing, teach
from tests.fakes.ledger import Ledger, give, take
from tests.world import World

pytestmark = pytest.mark.database
EXAMPLES = 600 if os.environ.get("PLACET_TEST_SOAK") else 15
MOST_RUNS = 4
MARGIN = timedelta(seconds=20)  # so far from each expiry, timer and lease's end does anybody act, since real time passes as well
WHO = st.sampled_from(["ann", "bob", "cat", "dan", "eve"])
WHICH = st.integers(0, MOST_RUNS - 1)


class Machine(RuleBasedStateMachine):
    """Rules act on both; what is refused must be refused by both, in the same word."""

    def __init__(self, world: World):
        super().__init__()
        self.world, self.ledger, self.people, self.runs = world, Ledger(), People(), list[Run]()
        self.seen = world.now()
        _forget(world)
        for who in ("bob", "cat"):
            world.disable(who, False)
        for required in (1, 2):
            teach(world, _asks(required), self.ledger.effects, id=f"asks-{required}")

    # -- what people do ------------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.runs) < MOST_RUNS)
    @rule(who=st.sampled_from(["ann", "bob", "dan"]), required=st.sampled_from([1, 1, 2]))
    def create(self, who: str, required: int) -> None:
        run = self.world.run(who, flow=f"asks-{required}")
        self.runs.append(Run(id=run.id, required=required, excluded=frozenset({who}), people=self.people))

    @precondition(lambda self: self.runs)
    @rule(which=WHICH, who=WHO, verdict=st.sampled_from([Verdict.APPROVE, Verdict.APPROVE, Verdict.REJECT]))
    def decide(self, which: int, who: str, verdict: Verdict) -> None:
        run, now = self._pick(which), self._settle_time()
        self._both(lambda: run.decide(who, str(verdict), now), lambda: self.world.answers(who, run.id, verdict))

    @precondition(lambda self: self.runs)
    @rule(which=WHICH, who=st.sampled_from(["ann", "bob"]))
    def cancel(self, which: int, who: str) -> None:
        run, now = self._pick(which), self._settle_time()
        self._both(lambda: run.cancel(f"{who}@acme.org", now), lambda: self.world.cancels(who, run.id))

    @precondition(lambda self: 0 < len(self.runs) < MOST_RUNS)
    @rule(which=WHICH, who=st.sampled_from(["ann", "bob", "dan"]))
    def rerun(self, which: int, who: str) -> None:
        run, made = self._pick(which), list[Execution]()
        earlier = self.world.see(run.id, who="ann").execution

        def again() -> None:
            if not run.settled:
                raise Refusal("NotRerunnable")

        self._both(again, lambda: made.append(self.world.reruns(who, earlier)))
        self.runs += [Run(id=new.id, required=run.required, excluded=run.excluded | {who}, people=self.people) for new in made]

    @rule(who=st.sampled_from(["bob", "cat"]), disabled=st.booleans())
    def disable(self, who: str, disabled: bool) -> None:
        self.world.disable(who, disabled)
        (self.people.disabled.add if disabled else self.people.disabled.discard)(who)

    # -- what the service does -----------------------------------------------------------------------------------------------------

    @rule()
    def sweep(self) -> None:
        now = self._settle_time()
        self.world.sweep()
        for run in self.runs:
            run.expire(now)

    @rule(dies=st.booleans())
    def one_worker(self, dies: bool) -> None:
        now = self._settle_time()
        claim = self.world.advance.claim()
        due = {run.id: run for run in self.runs if run.due(now)}
        assert (claim is None) == (not due)
        if claim is None:
            return
        run = due[claim.execution.id]
        if dies:
            run.held_until = now + LEASE
            return
        self.world.advance.run(claim)
        run.stretch(now)

    @rule()
    def all_workers(self) -> None:
        now = self._settle_time()
        self.world.work()
        for run in self.runs:
            while run.due(now):
                run.stretch(now)

    # -- what clocks do ------------------------------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([40, 40, 7 * 60, 31 * 60, 61 * 60]))
    def time_passes(self, seconds: int) -> None:
        self.world.later(seconds=seconds)

    @precondition(lambda self: not self.world.database.postgres)
    @rule(minutes=st.sampled_from([1, 20, 90]))
    def the_machines_clock_is_set_back(self, minutes: int) -> None:
        self.world.later(minutes=-minutes)

    # -- what holds ----------------------------------------------------------------------------------------------------------------

    @invariant()
    def the_clock_never_goes_back(self) -> None:
        now = self.world.now()
        assert now >= self.seen
        self.seen = now

    @invariant()
    def people_see_what_the_model_says(self) -> None:
        now = self._settle_time()
        for run in self.runs:
            view = self.world.see(run.id, who="ann")
            shown = view.approval.at(now) if view.approval else None
            assert (view.execution.status, view.execution.settled_at is not None) == (run.status(), run.settled)
            assert (shown.status if shown else None) == run.shown(now)
        assert sorted(self.ledger.live) == sorted(f"{run.id}:2" for run in self.runs if run.has_it)
        assert len(set(self.ledger.given)) == len(self.ledger.given)

    def teardown(self) -> None:
        """Let all time pass: whatever is under way comes to its end, and everything has ended once."""
        for _ in range(3):
            start = self.world.now()
            while self.world.now() < start + timedelta(hours=2):
                self.world.later(hours=2)
            self.all_workers()
        self.people_see_what_the_model_says()
        for run in self.runs:
            kinds = self.world.audit(run.id)
            assert run.settled
            assert (kinds.count("settle"), kinds.count("start")) == (1, 1)
            ends = self.world.rows("SELECT facts FROM audit WHERE execution_id = :id AND kind IN ('decide', 'expire', 'reject', 'stale')",
                                   id=run.id)
            assert len([facts for facts, in ends if '"status":"pending"' not in facts]) == (run.approval is not None)
        assert self.ledger.live == []

    def _pick(self, which: int) -> Run:
        return self.runs[which % len(self.runs)]

    def _settle_time(self) -> datetime:
        """Return the time, moved on if something is just about to be over."""
        while any(timedelta() <= (end or now) - now < MARGIN for now in [self.world.now()] for run in self.runs
                  for end in (run.asked_until, run.sleeps_until, run.held_until) if end is not None):
            self.world.later(seconds=MARGIN.total_seconds())
        return self.world.now()

    def _both(self, expected: Callable[[], object], real: Callable[[], object]) -> None:
        assert _refusal(expected, Refusal, str) == _refusal(real, CoreError, lambda error: type(error).__name__)


def _refusal(act: Callable[[], object], kind: type[Exception], word: Callable[[Exception], str]) -> str | None:
    try:
        act()
    except kind as error:
        return word(error)
    return None


def _asks(required: int) -> Callable[..., None]:
    def asks(ctx: FlowContext, _: Nothing) -> None:
        ctx.approval("May it?", required=required, timeout=timedelta(hours=1))
        ctx.step("give", give, undo=take)
        ctx.sleep(timedelta(hours=1))
        ctx.undo("give")

    return asks


def _forget(world: World) -> None:
    """Empty the database of all but the company."""
    with world.database.writer.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            if table not in (people, projects, members):
                connection.execute(delete(table))


def test_the_store_does_what_the_model_says(world: World) -> None:
    class Here(Machine):
        def __init__(self) -> None:
            super().__init__(world)

    run_state_machine_as_test(Here, settings=settings(
        max_examples=EXAMPLES, stateful_step_count=30, deadline=None, database=None, suppress_health_check=list(HealthCheck)))
