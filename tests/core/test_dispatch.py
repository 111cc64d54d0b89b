"""Runs that a pipeline does: asked for, handed over once, reported on, called off, and given up when nobody reports."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Annotated, Any

import pytest

from core.domain.approvals import Verdict
from core.domain.effects import PassGate
from core.domain.executions import Execution, Mode, Status
from core.domain.flow_types import Dispatch, FlowType
from core.domain.parameters import Secret, Subject
from core.domain.people import Role
from core.domain.schedules import Entry
from core.engine.configure_flow import ConfigureFlow
from core.engine.fire_schedules import FireSchedules
from core.engine.load_schedules import LoadSchedules
from core.engine.relay import WITHIN
from core.engine.report_execution import Report, Reported, ReportExecution
from core.engine.run_flow import RunFlow, RunOrder
from core.errors import AlreadyEnded, Invalid, NotReportable, NotRerunnable, SelfApproval
from core.flows.context import EffectRefused, FlowContext
from core.flows.registry import Registry
from core.ports.dispatch import TryLater
from tests.core.stage import Nothing, teach, until
from tests.world import World, new_id

pytestmark = pytest.mark.database

HOUR = timedelta(hours=1)
SECRET = "hunter2-of-the-pipeline"  # pragma: allowlist secret
OTHER_TARGET = {"url": "https://ci.example/other"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    release: str = "v7"
    owner: Annotated[str | None, Subject()] = None
    password: Annotated[str | None, Secret()] = None


def never(ctx: FlowContext, request: Build) -> None:
    raise AssertionError("a pipeline's run does not run here")


def pipeline(world: World, **more: Any) -> FlowType:
    """Let a world know the type `build`, which asks unless told otherwise."""
    given: dict[str, Any] = {"asks": True, "dispatch": Dispatch(provider="fake", target={"url": "https://ci.example"}, timeout=HOUR)}
    made = FlowType(id="build", name="Build it", description="", category="build", fields=Build, function=never, **{**given, **more})
    known = world.registry
    world.deploy(Registry({**known.flows, made.id: made}, known.effects))
    return made


def build(world: World, who: str = "ann", **parameters: Any) -> Execution:
    return world.run(who, "build", **parameters)


def report(world: World, run: Execution, status: Status, **more: Any) -> Reported:
    reports = ReportExecution(database=world.database, registry=world.registry, vault=world.vault)
    return reports.report(world.caller("app:ci"), run.id, Report(status=status, **more))


def stands(world: World, run: Execution) -> tuple[str, str | None]:
    now = world.see(run, "cat").execution
    return now.status, now.error


def outbox(world: World) -> list[tuple[str, int, str | None]]:
    return [(str(kind), int(tries), error) for kind, tries, error in world.rows("SELECT kind, tries, error FROM outbox ORDER BY id")]


def handed_over(world: World, **parameters: Any) -> Execution:
    pipeline(world, asks=False)
    run = build(world, **parameters)
    world.deliver()
    return run


# -- the question -----------------------------------------------------------------------------------------------------------------


def test_a_run_is_asked_for_and_only_the_yes_hands_it_over(world: World) -> None:
    pipeline(world)
    run = build(world, release="v8")
    assert (run.mode, stands(world, run)) == (Mode.CICD, ("suspended", None))
    assert world.approval(run).approval.question == 'Build it: release = "v8"'
    assert (world.deliver(), world.work(), world.pipelines.calls) == (0, 0, [])

    world.approves("bob", run)
    assert world.deliver() == 2
    assert world.pipelines.started == [run.id]
    seen = world.see(run).execution
    assert (seen.status, seen.started_at, seen.cicd_run_id, seen.cicd_run_url) == ("running", None, "1", "https://ci.example/1")
    assert world.audit(run) == ["start", "ask", "decide", "gate", "dispatch", "dispatched"]
    assert outbox(world) == []


def test_without_a_question_it_is_handed_over_at_once_with_its_secrets_and_they_stand_nowhere_in_clear(world: World) -> None:
    run = handed_over(world, password=SECRET)
    assert world.pipelines.given[run.id] == {"release": "v7", "owner": None, "password": SECRET}
    [errand] = world.pipelines.errands
    assert (errand.execution_id, errand.flow, errand.project, errand.triggered_by) == (run.id, "build", "acme/app", "ann@acme.org")
    for table in ("executions", "outbox", "audit", "approvals", "steps"):
        assert SECRET not in str(world.rows(f"SELECT * FROM {table}"))


def test_a_type_that_does_not_say_whether_it_asks_does(world: World) -> None:
    pipeline(world, asks=None)
    assert stands(world, build(world)) == ("suspended", None)


@pytest.mark.parametrize("who", ["ann", "dan"])
def test_who_started_it_or_benefits_does_not_answer(world: World, who: str) -> None:
    pipeline(world, approvers=("ann@acme.org", "dan@acme.org", "bob@acme.org"))
    run = build(world, owner="dan@acme.org")
    with pytest.raises(SelfApproval):
        world.approves(who, run)
    assert (world.deliver(), world.pipelines.calls) == (0, [])


def test_the_types_quorum_and_time_are_the_questions(world: World) -> None:
    pipeline(world, required=2, timeout=timedelta(hours=2))
    run = build(world)
    asked = world.approval(run).approval
    assert (asked.required, asked.expires_at - asked.requested_at) == (2, timedelta(hours=2))
    world.approves("bob", run)
    assert world.deliver() == 0
    world.approves("cat", run)
    assert (world.deliver(), world.pipelines.started) == (2, [run.id])


def test_what_nobody_could_answer_is_not_begun(world: World) -> None:
    pipeline(world, required=3)
    with pytest.raises(Invalid):
        build(world)
    assert world.rows("SELECT id FROM executions") == []


def rejects(world: World, run: Execution) -> None:
    world.answers("bob", run, Verdict.REJECT, reason="not on a Friday")


def lets_it_lapse(world: World, run: Execution) -> None:
    world.later(hours=25)
    world.sweep()


@pytest.mark.parametrize(("answer", "error"), [
    (rejects, "rejected by bob@acme.org: not on a Friday"), (lets_it_lapse, "nobody answered by ")])
def test_any_other_end_of_the_question_fails_the_run_with_the_usual_words(
        world: World, answer: Callable[[World, Execution], None], error: str) -> None:
    pipeline(world)
    run = build(world)
    answer(world, run)
    status, said = stands(world, run)
    assert (status, str(said)[:len(error)]) == ("failed", error)
    world.sweep()
    assert world.see(run).execution.settled_at is not None
    assert (world.deliver(), world.pipelines.calls) == (0, [])


def disables_the_type(world: World) -> None:
    ConfigureFlow(database=world.database, registry=world.registry).enable(world.caller("cat"), "build", "acme/app", False)


@pytest.mark.parametrize(("happens", "error"), [
    (lambda w: w.disable("bob"), "bob@acme.org approved it and may not any more"),
    (lambda w: w.admit("bob", None), "bob@acme.org approved it and may not any more"),
    (lambda w: w.disable("ann"), "ann@acme.org, who asked, has been disabled"),
    (disables_the_type, "flow type disabled"),
    (lambda w: moves(w), "what was approved is not what would run: the request has changed since"),
    (lambda w: moves(w, provider="other"), "what was approved is not what would run: the request has changed since"),
    (lambda w: tampers(w), "what was approved is not what would run: the request has changed since")])
def test_the_gate_is_not_passed_where_the_yes_does_not_stand_any_more(world: World, happens: Callable[[World], object], error: str) -> None:
    pipeline(world)
    run = build(world)
    world.approves("bob", run)
    happens(world)
    world.deliver()
    assert stands(world, run) == ("failed", error)
    assert world.approval(run, "cat").approval.status == "approved"
    assert world.audit(run)[-2:] == ["gate", "return"]
    assert (world.deliver(), world.pipelines.calls) == (0, [])


def tampers(world: World) -> None:
    with world.database.writer.begin() as connection:
        connection.exec_driver_sql("""UPDATE executions SET payload = '{"release":"v9","owner":null}'""")


def moves(world: World, **more: Any) -> None:
    """Let the pipeline of `build` be somewhere else from now on."""
    made = world.registry.flows["build"]
    assert made.dispatch is not None
    there = replace(made.dispatch, **{"target": OTHER_TARGET, **more})
    world.deploy(Registry({**world.registry.flows, "build": replace(made, dispatch=there)}, world.registry.effects))


def test_an_open_request_of_a_pipeline_that_moves_can_be_answered_and_goes_nowhere(world: World) -> None:
    pipeline(world)
    run = build(world)
    moves(world)
    assert world.approves("bob", run).approval.status == "approved"
    world.deliver()
    assert stands(world, run) == ("failed", "what was approved is not what would run: the request has changed since")
    assert world.pipelines.calls == []


def test_a_pipeline_that_moves_after_the_gate_is_not_called_either(world: World) -> None:
    pipeline(world)
    run = build(world)
    world.approves("bob", run)
    assert world.relay().deliver() == 1
    moves(world)
    world.deliver()
    assert stands(world, run) == ("failed", "what was approved is not what would run: its pipeline is at another place now")
    assert (world.pipelines.calls, outbox(world)) == ([], [])


def test_where_an_attempt_may_have_landed_it_is_called_off_there(world: World) -> None:
    pipeline(world)
    run = build(world)
    world.approves("bob", run)
    world.pipelines.lost = [TryLater("no answer")]
    world.deliver()
    moves(world)
    world.later(minutes=1)
    world.deliver()
    assert stands(world, run)[0] == "failed"
    assert [errand.target["url"] for errand in world.pipelines.errands] == ["https://ci.example", "https://ci.example"]
    assert (world.pipelines.started, world.pipelines.stopped) == ([run.id], [run.id])


def test_what_nobody_was_asked_about_goes_to_where_the_pipeline_is_by_then(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    moves(world)
    world.deliver()
    assert [errand.target for errand in world.pipelines.errands] == [OTHER_TARGET]
    assert world.pipelines.started == [run.id]


def test_once_passed_the_gate_is_not_looked_at_again(world: World) -> None:
    pipeline(world)
    run = build(world)
    world.approves("bob", run)
    world.pipelines.says = [TryLater("away")]
    world.deliver()
    world.disable("bob")
    disables_the_type(world)
    world.later(minutes=1)
    assert (world.deliver(), world.pipelines.started) == (1, [run.id])


def test_a_type_that_is_renamed_while_people_are_asked_runs_as_it_was_approved(world: World) -> None:
    made = pipeline(world)
    run = build(world)
    world.approves("bob", run)
    world.deploy(Registry({**world.registry.flows, "build": replace(made, name="Make it")}, world.registry.effects))
    assert (world.deliver(), world.pipelines.started) == (2, [run.id])


def test_a_process_that_does_not_know_the_type_leaves_its_runs_to_one_that_does(world: World) -> None:
    made = pipeline(world)
    run, known = build(world), world.registry
    world.approves("bob", run)
    world.deploy(Registry({}, {}))
    assert world.deliver() == 0
    assert outbox(world) == [("pass-gate", 1, "no process here knows build")]
    world.deploy(known)
    world.later(minutes=2)
    assert (world.deliver(), world.pipelines.started) == (2, [run.id])
    assert made.dispatch is not None


# -- handing over -----------------------------------------------------------------------------------------------------------------


def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_key(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    world.pipelines.lost = [TryLater("no answer within 15 s")]
    assert world.deliver() == 0
    assert outbox(world) == [("dispatch-run", 1, "no answer within 15 s")]
    assert world.deliver() == 0, "not before its time"
    world.later(seconds=3)
    assert world.deliver() == 1
    assert (world.pipelines.calls, world.pipelines.started) == ([f"dispatch {run.id}"] * 2, [run.id])


@pytest.mark.parametrize(("wish", "not_yet", "by_then"), [(timedelta(minutes=10), 9, 11), (timedelta(days=300), 14, 16), (None, 0, 1)])
def test_a_receiver_is_asked_again_when_it_wants_within_reason(world: World, wish: timedelta | None, not_yet: int, by_then: int) -> None:
    pipeline(world, asks=False)
    build(world)
    world.pipelines.says = [TryLater("429", wish)]
    world.deliver()
    world.later(minutes=not_yet)
    assert world.deliver() == 0
    world.later(minutes=by_then - not_yet)
    assert world.deliver() == 1


def test_a_refusal_fails_the_run_and_says_so_without_its_secrets(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world, password=SECRET)
    world.pipelines.says = [EffectRefused(f"its pipeline refused it: 403 (bad password {SECRET})")]
    assert world.deliver() == 1
    assert stands(world, run) == ("failed", "its pipeline refused it: 403 (bad password [redacted])")
    assert (outbox(world), world.pipelines.stopped) == ([], [])


def test_what_a_receiver_says_is_kept_without_secrets_while_it_is_tried_again(world: World) -> None:
    pipeline(world, asks=False)
    build(world, password=SECRET)
    world.pipelines.says = [TryLater(f"its pipeline answered 500 ({SECRET})")]
    world.deliver()
    assert outbox(world) == [("dispatch-run", 1, "its pipeline answered 500 ([redacted])")]


def test_a_refusal_after_an_attempt_that_may_have_landed_is_called_off_too(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    world.pipelines.lost, world.pipelines.says = [TryLater("no answer")], [lambda: None, EffectRefused("403")]
    world.deliver()
    world.later(minutes=1)
    world.deliver()
    assert (stands(world, run), world.pipelines.stopped) == (("failed", "403"), [run.id])


def test_a_dead_receiver_keeps_neither_a_lock_nor_another_receiver_waiting(world: World) -> None:
    """Two couriers; the first hangs at a receiver that does not answer, for whom a second run waits, too."""
    made = pipeline(world, asks=False)
    world.deploy(Registry({**world.registry.flows, "other": replace(made, id="other", dispatch=replace(
        made.dispatch or Dispatch(provider="", target={}, timeout=HOUR), target=OTHER_TARGET))}, world.registry.effects))
    hanging, relay = [build(world), build(world)], world.relay()
    began: list[bool] = []
    released: list[bool] = []

    def hangs() -> None:
        began.append(True)
        assert until(lambda: bool(released))

    world.pipelines.says = [hangs]
    courier = Thread(target=relay.carry)
    courier.start()
    assert until(lambda: bool(began))
    quick = world.run("ann", "other")
    asked = world.asks_for_access()
    with world.database.begin() as tx:
        tx.locks.take(quick.project_id, "prod", asked.id, tx.now())
    try:
        assert relay.carry() == 1
        assert world.pipelines.started == [quick.id]
        assert relay.deliver() == 0
    finally:
        released.append(True)
        courier.join()
    assert world.pipelines.started == [quick.id, *(run.id for run in hanging)]


# -- reports ----------------------------------------------------------------------------------------------------------------------


def test_reports_move_it_to_its_end_and_a_late_one_changes_nothing(world: World) -> None:
    run = handed_over(world)
    assert report(world, run, Status.RUNNING, cicd_run_id="1").execution.started_at is not None
    assert report(world, run, Status.COMPLETED, result={"url": "https://x"}).acknowledged
    world.sweep()
    seen = world.see(run).execution
    assert (seen.status, seen.result, seen.settled_at is not None) == ("completed", {"url": "https://x"}, True)
    assert not report(world, run, Status.FAILED).acknowledged
    assert report(world, run, Status.COMPLETED).acknowledged
    assert stands(world, run) == ("completed", None)


def test_a_report_of_another_pipeline_than_was_handed_to_is_refused(world: World) -> None:
    run = handed_over(world)
    with pytest.raises(NotReportable):
        report(world, run, Status.COMPLETED, cicd_run_id="2")
    assert stands(world, run) == ("pending", None)


@pytest.mark.parametrize("status", list(Status)[1:])
def test_what_no_pipeline_has_been_told_of_cannot_be_reported(world: World, status: Status) -> None:
    """C07: neither while people are asked, nor before the first attempt."""
    pipeline(world)
    run = build(world)
    with pytest.raises(NotReportable):
        report(world, run, status)
    world.approves("bob", run)
    with pytest.raises(NotReportable):
        report(world, run, status)
    assert (world.deliver(), world.pipelines.started) == (2, [run.id])


def test_a_report_that_overtakes_the_answer_to_its_dispatch_counts(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    world.pipelines.says = [lambda: report(world, run, Status.COMPLETED, cicd_run_id="77")]
    assert world.deliver() == 1
    seen = world.see(run).execution
    assert (seen.status, seen.cicd_run_id, seen.cicd_run_url) == ("completed", "77", "https://ci.example/1")
    assert (outbox(world), world.pipelines.calls) == ([], [f"dispatch {run.id}"])


def test_what_has_been_reported_is_not_handed_over_again(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    world.pipelines.lost = [TryLater("no answer")]
    world.deliver()
    report(world, run, Status.COMPLETED)
    world.later(minutes=1)
    assert (world.deliver(), world.pipelines.calls) == (1, [f"dispatch {run.id}"])


def test_a_pipeline_that_reports_has_its_run_whatever_its_receiver_says_then(world: World) -> None:
    pipeline(world, asks=False)
    lost, refused = build(world), build(world)
    world.pipelines.lost = [TryLater("no answer")] * 2
    world.deliver()
    report(world, lost, Status.RUNNING)

    def reports_and_is_refused() -> None:
        report(world, refused, Status.RUNNING)
        raise EffectRefused("403")

    world.pipelines.says = [reports_and_is_refused]
    world.later(minutes=1)
    assert world.deliver() == 2
    assert [stands(world, run) for run in (lost, refused)] == [("running", None)] * 2
    assert (world.pipelines.calls.count(f"dispatch {lost.id}"), world.pipelines.stopped) == (1, [])


def test_it_is_not_run_again(world: World) -> None:
    run = handed_over(world)
    report(world, run, Status.FAILED)
    world.sweep()
    with pytest.raises(NotRerunnable):
        world.reruns("ann", run)


# -- the end of it ----------------------------------------------------------------------------------------------------------------


def test_what_is_cancelled_before_it_was_handed_over_never_is(world: World) -> None:
    pipeline(world)
    asked, approved = build(world), build(world)
    world.approves("bob", approved)
    for run in (asked, approved):
        world.cancels("ann", run)
        assert stands(world, run)[0] == "cancelled"
    world.later(hours=1)
    world.deliver()
    assert (world.pipelines.calls, outbox(world)) == ([], [])


def test_a_cancel_is_passed_on_until_it_is_answered(world: World) -> None:
    run = handed_over(world)
    world.cancels("ann", run)
    world.pipelines.says = [TryLater("away"), TryLater("still away")]
    for _ in range(3):
        assert (stands(world, run)[0], world.pipelines.stopped) == ("cancelled", [])
        world.deliver()
        world.later(minutes=6)
    assert (world.pipelines.stopped, outbox(world)) == ([run.id], [])
    assert world.audit(run)[-1] == "cancel-dispatch"


def test_a_cancel_while_it_is_being_handed_over_reaches_the_pipeline(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    world.pipelines.says = [lambda: world.cancels("ann", run)]
    assert world.deliver() == 2
    seen = world.see(run).execution
    assert (seen.status, seen.cicd_run_url, world.pipelines.stopped) == ("cancelled", "https://ci.example/1", [run.id])


def test_a_cancel_of_what_may_have_landed_reaches_the_pipeline_and_it_is_not_handed_over_again(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    world.pipelines.lost = [TryLater("no answer")]
    world.deliver()
    world.cancels("ann", run)
    world.later(minutes=1)
    assert world.deliver() == 2
    assert world.pipelines.calls == [f"dispatch {run.id}", f"cancel {run.id}"]


def test_silence_fails_the_run_by_the_databases_clock_and_calls_it_off(world: World) -> None:
    run = handed_over(world)
    since = world.see(run).execution.dispatched_at
    assert since is not None
    world.later(minutes=59)
    assert world.sweep() == 0
    world.later(minutes=2)
    assert world.sweep() == 2
    status, error = stands(world, run)
    assert status == "failed"
    assert str(error).startswith("no report since 20")
    assert str(error).endswith("Z: its pipeline has kept silent for too long")
    assert (world.deliver(), world.pipelines.stopped) == (1, [run.id])
    assert not report(world, run, Status.COMPLETED, result={"a": 1}).acknowledged
    assert (stands(world, run)[0], world.see(run).execution.result) == ("failed", None)


def test_a_report_now_and_then_keeps_it(world: World) -> None:
    run = handed_over(world)
    for _ in range(3):
        world.later(minutes=50)
        report(world, run, Status.RUNNING)
        assert world.sweep() == 0
    world.later(minutes=61)
    world.sweep()
    assert stands(world, run)[0] == "failed"


def test_what_could_not_be_handed_over_in_time_fails_with_the_reason_and_is_called_off(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world)
    world.pipelines.says = [TryLater("its pipeline gave no answer: ConnectError")] * 50
    for _ in range(14):
        world.deliver()
        world.later(minutes=5)
    world.sweep()
    assert stands(world, run) == ("failed", "it could not be handed to its pipeline in time: its pipeline gave no answer: ConnectError")
    world.pipelines.says = []
    world.later(minutes=5)
    world.deliver()
    assert (world.pipelines.started, world.pipelines.stopped, outbox(world)) == ([], [run.id], [])


def test_a_pipeline_that_asks_people_itself_is_not_silent_while_they_think(world: World) -> None:
    run = handed_over(world)
    world.requests("app:ci", run.id, requested_by="ci-bot", event_key="dispatch")
    world.later(hours=3)
    assert (world.sweep(), stands(world, run)[0]) == (0, "suspended")
    world.rejects("bob", run)
    assert stands(world, run) == ("running", None), "its own question is its own affair"
    world.later(hours=30)
    world.sweep()
    assert stands(world, run)[0] == "failed"


# -- where else runs begin --------------------------------------------------------------------------------------------------------


def test_a_flow_may_spawn_one_and_waits_for_its_end(world: World) -> None:
    def parent(ctx: FlowContext, _: Nothing) -> dict[str, Any]:
        ctx.spawn("build", Build(password=SECRET))
        return {"children": [child.status for child in ctx.children()]}

    pipeline(world)
    teach(world, parent)
    run = world.run(flow="probe")
    world.work()
    [child] = world.see(run).children
    assert (child.execution.mode, child.execution.status) == (Mode.CICD, "suspended")
    world.approves("bob", child.execution)
    world.deliver()
    assert world.pipelines.given[child.execution.id]["password"] == SECRET
    report(world, child.execution, Status.COMPLETED)
    world.sweep()
    world.work()
    assert world.see(run).execution.result == {"children": ["completed"]}


def scheduled(world: World, **more: Any) -> list[Execution]:
    """Let a schedule of the type `build` fire once; return the runs there are then."""
    pipeline(world, **more)
    load = LoadSchedules(database=world.database, registry=world.registry, vault=world.vault)
    load.load([Entry(name="nightly", flow="build", project="acme/app", expression="0 * * * *", input={"password": SECRET})])
    world.later(hours=1)
    FireSchedules(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id).sweep()
    return [world.see(str(run)).execution for [run] in world.rows("SELECT id FROM executions")]


def test_a_schedule_hands_it_over_or_asks_first(world: World) -> None:
    [run] = scheduled(world, asks=False)
    world.deliver()
    assert (run.mode, run.scheduled, world.pipelines.given[run.id]["password"]) == (Mode.CICD, True, SECRET)


def test_a_schedule_of_what_nobody_could_answer_starts_nothing_and_goes_on(world: World) -> None:
    assert scheduled(world, asks=True, required=3) == []
    assert world.rows("SELECT last_at IS NOT NULL FROM schedules") in ([(1,)], [(True,)])
    assert outbox(world) == []


def test_an_answer_that_would_show_a_secret_is_not_kept(world: World) -> None:
    pipeline(world, asks=False)
    run = build(world, password="ci.example")  # pragma: allowlist secret
    world.deliver()
    seen = world.see(run).execution
    assert (seen.cicd_run_id, seen.cicd_run_url, seen.dispatched_at is not None) == ("1", None, True)


def test_cancelling_what_is_above_it_calls_it_off(world: World) -> None:
    def parent(ctx: FlowContext, _: Nothing) -> None:
        ctx.spawn("build", Build())
        ctx.children()

    pipeline(world, asks=False)
    teach(world, parent)
    run = world.run(flow="probe")
    world.work()
    world.deliver()
    [key] = world.pipelines.started
    world.cancels("ann", run)
    world.deliver()
    assert world.pipelines.stopped == [key]


def test_a_flow_that_is_overridden_by_a_pipeline_runs_there_and_cannot_be_smuggled_past_its_question(world: World) -> None:
    pipeline(world, asks=False)
    teach(world, never, parameters=Build, asks=True)
    configure = ConfigureFlow(database=world.database, registry=world.registry)
    assert configure.override(world.caller("cat"), "probe", "acme/app", "build").unguarded
    run = world.run(flow="probe")
    assert (run.mode, run.flow, run.task_type) == (Mode.CICD, "build", "probe")
    world.deliver()
    assert [errand.task_type for errand in world.pipelines.errands] == ["probe"]


def test_break_glass_passes_the_gate_only_while_whoever_broke_it_may(world: World) -> None:
    pipeline(world, break_glass=True)
    owner = replace(world.caller("bob"), break_glass=True)
    runs = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id)
    payload: dict[str, Any] = {"id": "build", "repositoryIdentifier": "acme/app", "skipApproval": True, "skipReason": "it burns"}
    first = runs.run(owner, RunOrder(payload=payload))
    assert (world.deliver(), world.pipelines.started) == (2, [first.id])
    gate = json.loads(world.rows("SELECT CAST(facts AS TEXT) FROM audit WHERE kind = 'gate'")[0][0])
    asked = build(world)
    assert (gate["passed"], gate["status"], gate["by"], gate["reason"]) == (True, "skipped", "bob@acme.org", "it burns")
    assert len(gate["digest"]) == len(world.approval(asked).approval.digest)
    second = runs.run(owner, RunOrder(payload=payload))
    world.admit("bob", Role.MEMBER)
    world.deliver()
    assert stands(world, second) == ("failed", "bob@acme.org skipped the approval with break-glass and may not any more")
    assert world.pipelines.started == [first.id]


def test_the_audit_says_by_whose_yes_or_break_glass_a_pipeline_was_let_through_and_why_not(world: World) -> None:
    pipeline(world, break_glass=True)
    runs = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id)
    payload: dict[str, Any] = {"id": "build", "repositoryIdentifier": "acme/app", "skipApproval": True, "skipReason": "it burns"}
    owner = replace(world.caller("bob"), break_glass=True)
    agreed = build(world)
    world.approves("cat", agreed)
    world.deliver()
    passed = runs.run(owner, RunOrder(payload=payload))
    world.deliver()
    stopped = runs.run(owner, RunOrder(payload=payload))
    ConfigureFlow(database=world.database, registry=world.registry).enable(world.caller("cat"), "build", "acme/app", False)
    world.deliver()
    asked = world.approval(agreed).approval
    assert [gate(world, run) for run in (agreed, passed, stopped)] == [
        ("placet", asked.id, {"passed": True, "wrong": None, "status": "approved", "digest": asked.digest}),
        ("placet", None, {"passed": True, "wrong": None, "status": "skipped", "by": "bob@acme.org", "reason": "it burns", "digest": 64}),
        ("placet", None, {"passed": False, "wrong": "flow type disabled", "status": "skipped", "by": "bob@acme.org", "reason": "it burns",
                          "digest": 64})]
    assert stands(world, stopped) == ("failed", "flow type disabled")


def gate(world: World, run: Execution) -> tuple[str, str | None, dict[str, Any]]:
    """Return what the audit says of a run's gate; of a digest nobody was shown, how long it is."""
    [(actor, about, text)] = world.rows(
        "SELECT actor, approval_id, CAST(facts AS TEXT) FROM audit WHERE kind = 'gate' AND execution_id = :id", id=run.id)
    facts = json.loads(text)
    return actor, about, facts if about is not None else facts | {"digest": len(facts["digest"])}


def test_a_secret_that_the_reason_of_break_glass_repeats_is_not_shown(world: World) -> None:
    pipeline(world, break_glass=True)
    owner = replace(world.caller("bob"), break_glass=True)
    runs = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id)
    payload: dict[str, Any] = {"id": "build", "repositoryIdentifier": "acme/app", "password": SECRET, "skipApproval": True}
    run = runs.run(owner, RunOrder(payload={**payload, "skipReason": f"{SECRET} is known to all"}))
    world.deliver()
    assert run.skip_reason == "[redacted] is known to all"
    assert SECRET not in str([world.rows(f"SELECT * FROM {table}") for table in ("executions", "audit", "log_lines", "steps", "outbox")])


def test_a_gate_that_is_told_of_twice_is_passed_once(world: World) -> None:
    """Whoever took the effect first was away for so long that another has delivered it by then."""
    pipeline(world)
    run = build(world)
    world.approves("bob", run)
    with world.database.begin() as tx:
        posted = tx.outbox.take(timedelta(0), WITHIN)
    assert posted is not None
    world.deliver()
    world.disable("bob")
    world.relay().gate.try_to_pass(PassGate(execution_id=run.id, approval_id=world.approval(run).approval.id), posted.id)
    assert (world.audit(run).count("gate"), stands(world, run), outbox(world)) == (1, ("running", None), [])


def test_what_waits_to_be_delivered_is_counted_by_its_kind(world: World) -> None:
    pipeline(world)
    world.approves("bob", build(world))
    world.cancels("ann", handed_over(world))
    pipeline(world, asks=False)
    build(world)
    with world.database.read() as tx:
        found = {waiting.kind: waiting.depth for waiting in tx.figures.outbox()}
    assert found == {"cancel-dispatch": 1, "dispatch-run": 1}


@pytest.mark.parametrize("silent", [False, True])
def test_of_all_that_would_end_it_at_the_same_moment_one_does_and_the_pipeline_is_called_off_unless_it_said_so(
        world: World, silent: bool) -> None:
    pipeline(world, asks=False)
    for _ in range(6):
        run = build(world)
        world.deliver()
        if silent:
            world.later(hours=2)
        told: list[tuple[str, bool]] = []

        def reports(status: Status, run: Execution = run, told: list[tuple[str, bool]] = told) -> None:
            told.append((status, report(world, run, status).acknowledged))

        def cancels(run: Execution = run) -> None:
            with suppress(AlreadyEnded):
                world.cancels("ann", run)

        acts: list[Callable[[], object]] = [
            partial(reports, Status.COMPLETED), partial(reports, Status.FAILED), cancels, world.sweep, world.deliver]
        threads = [Thread(target=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        world.sweep()
        world.deliver()
        status = world.see(run).execution.status
        ends = [each for each in world.audit(run) if each in ("cancel", "return")] + [said for said, counted in told if counted]
        assert len(ends) == 1, (ends, status)
        assert len(told) == 2
        assert (run.id in world.pipelines.stopped) is (ends[0] in ("cancel", "return"))
        assert outbox(world) == []
