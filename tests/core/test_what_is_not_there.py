"""What is not there, or not for whoever asks, is called what they asked for."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest

from core.domain.executions import Status
from core.engine.change_schedule import ChangeSchedule
from core.engine.configure_flow import ConfigureFlow
from core.engine.find_approvals import FindApprovals
from core.engine.find_people import FindPeople
from core.engine.find_startable import FindStartable
from core.engine.report_execution import Report, ReportExecution
from core.engine.withdraw_answer import WithdrawAnswer
from core.errors import NotFound
from tests.world import PROJECT, World, new_id

pytestmark = pytest.mark.database


def not_found(attempt: Callable[[], object]) -> str:
    with pytest.raises(NotFound) as refused:
        attempt()
    return refused.value.what


def test_a_request_that_nobody_made(world: World) -> None:
    withdraw, find = WithdrawAnswer(database=world.database).withdraw, FindApprovals(database=world.database)
    bob, unasked = world.caller("bob"), world.run(username="ann@acme.org", targetOrg="x", accessLevel="Read", durationMinutes=1).id
    attempts: list[Callable[[str], object]] = [
        lambda target: world.approves("bob", target), lambda target: world.rejects("bob", target),
        lambda target: withdraw(bob, target), lambda target: find.get(bob, target)]
    for target in (unasked, new_id(), "7ZZZZZ"):
        assert [not_found(partial(attempt, target)) for attempt in attempts] == ["approval"] * 4, target
    assert not_found(lambda: find.discussed_at(bob, ["github:acme/app#7"])) == "approval"


def test_a_run_that_nobody_started(world: World) -> None:
    report = ReportExecution(database=world.database, registry=world.registry, vault=world.vault)
    run = world.asks_for_access()
    narrowed = replace(world.caller("app:ci"), execution=run.id)
    world.requests("app:ci", task_id="job-1", requested_by="ci-bot")
    assert [not_found(attempt) for attempt in (
        lambda: world.see(new_id()), lambda: world.cancels("bob", new_id()),
        lambda: report.report(world.caller("app:ci"), new_id(), Report(status=Status.COMPLETED)),
        lambda: report.report(narrowed, "job-1", Report(status=Status.COMPLETED)))] == ["execution"] * 4


def test_what_else_there_is_not(world: World) -> None:
    bob, eve = world.caller("bob"), world.caller("eve")
    schedules, startable = ChangeSchedule(database=world.database), FindStartable(database=world.database, registry=world.registry)
    configure, people = ConfigureFlow(database=world.database, registry=world.registry), FindPeople(database=world.database)
    assert not_found(lambda: schedules.pause(bob, "weekly")) == "schedule"
    assert not_found(lambda: schedules.reset("weekly", "0 0 * * *", "bob@acme.org")) == "schedule"
    assert not_found(lambda: configure.enable(bob, "no-such", PROJECT, False)) == "flow type"
    assert not_found(lambda: startable.get(bob, PROJECT, "no-such")) == "flow type"
    assert not_found(lambda: startable.get(eve, PROJECT, "request-elevated-privileges")) == "project"
    assert not_found(lambda: people.by_github(bob, "no-such")) == "person"
