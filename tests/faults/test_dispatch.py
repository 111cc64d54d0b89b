"""A run is handed to its pipeline, or called off there, and the process that does so dies (K10, K11, K16)."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.domain.flow_types import Dispatch, FlowType
from core.domain.json import Json
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.relay import Relay
from core.engine.run_flow import RunFlow, RunOrder
from core.flows.context import FlowContext
from core.flows.registry import Registry
from core.ports.dispatch import Dispatcher, Errand, Handed
from integrations.webhooks.dispatch import WebhookDispatcher
from tests.doubles.dispatch_webhook import SECRET, DispatchWebhook, read_ledger
from tests.faults.crew import CLIENT, Crew, Job, MortalWorld
from tests.faults.extent import STEP
from tests.faults.fate import Fate, die
from tests.faults.processes import begin
from tests.world import BOUNDLESS, PROJECT, new_id

pytestmark = pytest.mark.database

LEASE = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A flow without parameters."""


def never(ctx: FlowContext, request: Nothing) -> None:
    raise AssertionError("a pipeline's run does not run here")


@dataclass(frozen=True, slots=True)
class MortalDispatcher:
    """Points: before and after each call outside."""

    inner: Dispatcher
    fate: Fate

    def dispatch(self, errand: Errand, parameters: Mapping[str, Json], seconds: float) -> Handed:
        self.fate.meet("before dispatch")
        handed = self.inner.dispatch(errand, parameters, seconds)
        self.fate.meet("after dispatch")
        return handed

    def cancel(self, errand: Errand, seconds: float) -> None:
        self.fate.meet("before cancel")
        self.inner.cancel(errand, seconds)
        self.fate.meet("after cancel")


@dataclass(frozen=True, slots=True)
class Yard:
    """A crew beside a receiver in a process of its own, whose ledger outlives everybody."""

    crew: Crew
    url: str
    file: Path

    def deeds(self, run: str) -> list[str]:
        return [entry.deed for entry in read_ledger(self.file) if entry.key == run]

    def keys(self) -> set[str]:
        return {entry.key for entry in read_ledger(self.file)}

    def knows(self, w: MortalWorld) -> MortalWorld:
        made = FlowType(id="build", name="Build", description="", category="build", fields=Nothing, function=never, asks=True,
                        dispatch=Dispatch(provider="webhook", target={"url": self.url}, timeout=timedelta(hours=1)))
        w.deploy(Registry({**w.registry.flows, made.id: made}, w.registry.effects))
        return w

    def relay_in(self, w: MortalWorld) -> Relay:
        given: dict[str, Any] = {"database": w.database, "registry": self.knows(w).registry, "vault": w.vault}
        dispatcher = MortalDispatcher(WebhookDispatcher([SECRET], CLIENT, "/{id}"), w.fate)
        return Relay(database=w.database, gate=DispatchGate(**given), lease=LEASE,
                     pipelines=DispatchFlow(**given, dispatchers={"webhook": dispatcher}))

    def asked(self, w: MortalWorld) -> str:
        self.knows(w)
        order = RunOrder(payload={"id": "build", "repositoryIdentifier": PROJECT})
        runs = RunFlow(database=w.database, registry=w.registry, vault=w.vault, new_id=new_id, limits=BOUNDLESS)
        return runs.run(w.caller("ann"), order).id

    def approved(self, w: MortalWorld) -> str:
        run = self.asked(w)
        w.approves("bob", run)
        return run

    def deliver(self, w: MortalWorld) -> None:
        relay = self.relay_in(w)
        while relay.deliver() + relay.carry():
            pass

    def empty(self, w: MortalWorld) -> None:
        """Deliver until there is nothing left."""
        end = time.monotonic() + 20
        while w.rows("SELECT 1 FROM outbox"):
            assert time.monotonic() < end, w.rows("SELECT kind, tries, error FROM outbox")
            self.deliver(w)
            time.sleep(0.02)


@pytest.fixture
def yard(crew: Crew, tmp_path: Path) -> Iterator[Yard]:
    file = tmp_path / "pipelines.jsonl"
    reading, writing = os.pipe()

    def receive(_: Fate) -> None:
        receiver = DispatchWebhook(ledger_file=file)
        os.write(writing, receiver.url.encode())
        os.close(writing)
        receiver.serve()

    process = begin(receive, lives=None)
    os.close(writing)
    with open(reading) as said:
        url = said.read()
    yield Yard(crew, url, file)
    process.kill()
    process.wait()


def cancels_at(run: str) -> Job:
    return lambda w: w.cancels_id("ann", run)


def row(run: str) -> Job:
    return lambda w: [str(each) if each is not None else None for each in w.rows(
        "SELECT status, cicd_run_id, CASE WHEN dispatched_at IS NULL THEN NULL ELSE 'dispatched' END FROM executions WHERE id = :id",
        id=run)[0]]


def passed(run: str) -> Job:
    return lambda w: w.audit(run).count("gate")


def test_r26_r27_a_run_whose_relay_is_killed_anywhere_is_one_pipeline_under_one_key(yard: Yard) -> None:
    """From the yes over the gate and the POST to the mark that it is done."""
    runs: list[str] = []

    def jobs() -> Iterator[Job]:
        while True:
            yard.crew.does(lambda w: yard.empty(w))
            runs.append(yard.crew.does(yard.approved))
            yield yard.deliver

    for _ in yard.crew.kills_everywhere(jobs(), step=max(1, STEP // 2)):
        pass
    yard.crew.does(lambda w: yard.empty(w))
    assert yard.crew.kills >= 8
    assert yard.keys() == set(runs), "never under another key than the run's own"
    for run in runs:
        deeds = yard.deeds(run)
        assert (deeds.count("started"), set(deeds) <= {"started", "started again"}, len(deeds) <= 2) == (1, True, True)
        status, number, dispatched = yard.crew.does(row(run))
        assert (status, number is not None, dispatched, yard.crew.does(passed(run))) == ("running", True, "dispatched", 1)
    yard.crew.check()


@pytest.mark.parametrize(("point", "deeds"), [
    ("before dispatch", ["started"]), ("after dispatch", ["started", "started again"])])
def test_r27_killed_on_either_side_of_the_post_the_receiver_sees_the_same_key(yard: Yard, point: str, deeds: list[str]) -> None:
    run = yard.crew.does(yard.approved)
    assert yard.crew.child(yard.deliver, Fate(point, 1)).killed
    yard.crew.does(lambda w: yard.empty(w))
    assert yard.deeds(run) == deeds
    assert yard.crew.does(row(run)) == ["running", "1", "dispatched"]


def test_r41_a_cancel_whose_relay_is_killed_anywhere_reaches_the_pipeline(yard: Yard) -> None:
    runs: list[str] = []

    def jobs() -> Iterator[Job]:
        while True:
            yard.crew.does(lambda w: yard.empty(w))
            run = yard.crew.does(yard.approved)
            yard.crew.does(yard.deliver)
            yard.crew.does(cancels_at(run))
            runs.append(run)
            yield yard.deliver

    for _ in yard.crew.kills_everywhere(jobs(), step=max(1, STEP // 3)):
        pass
    yard.crew.does(lambda w: yard.empty(w))
    assert yard.crew.kills >= 3
    for run in runs:
        deeds = yard.deeds(run)
        assert (deeds[:2], set(deeds[2:]) <= {"stopped again"}) == (["started", "stopped"], True)
        assert yard.crew.does(row(run))[0] == "cancelled"


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("point", ["before dispatch", "after dispatch"])
def test_r41_a_cancel_on_either_side_of_the_post_leaves_no_pipeline_running(yard: Yard, point: str, killed: bool) -> None:
    """The relay that made the POST dies, or goes on without knowing."""
    run = yard.crew.does(yard.approved)

    def meanwhile() -> None:
        yard.crew.does(lambda w: w.cancels_id("ann", run))
        yard.crew.does(lambda w: yard.deliver(w))
        if killed:
            die()

    assert yard.crew.child(yard.deliver, Fate(point, 1, meanwhile)).killed is killed
    yard.crew.does(lambda w: yard.empty(w))
    assert yard.crew.does(row(run))[0] == "cancelled"
    overtaken = ["stopped unseen"] if killed else ["stopped unseen", "refused"]
    assert yard.deeds(run) == (overtaken if point == "before dispatch" else ["started", "stopped"])
    assert yard.crew.does(row(run))[2] == ("dispatched" if point == "after dispatch" and not killed else None)


def test_r39_of_two_relays_at_once_each_hands_over_what_the_other_does_not(yard: Yard) -> None:
    runs = yard.crew.does(lambda w: [yard.approved(w) for _ in range(12)])
    job: Callable[[MortalWorld], None] = yard.empty
    relays = [yard.crew.begin(job) for _ in range(2)]
    for relay in relays:
        assert not yard.crew.ends(relay).killed
    assert [yard.deeds(run).count("started") for run in runs] == [1] * 12
    yard.crew.check()
