"""Runs that begin by the clock: once for each time, however many processes look."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

import pytest

from core.domain.executions import Execution
from core.domain.parameters import Secret
from core.domain.people import Role
from core.domain.schedules import Entry, Schedule
from core.engine.change_schedule import ChangeSchedule
from core.engine.configure_flow import ConfigureFlow
from core.engine.find_schedules import FindSchedules
from core.engine.fire_schedules import FireSchedules
from core.engine.load_schedules import LoadSchedules
from core.errors import Invalid, NotFound, RoleTooLow
from core.flows.context import FlowContext
from tests.core.stage import teach
from tests.threats.at_once import at_once
from tests.world import PROJECT, World, new_id

pytestmark = pytest.mark.database
HOURLY, DAILY = "0 * * * *", "0 0 * * *"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    room: str
    pin: Annotated[str | None, Secret()] = None


def clean(ctx: FlowContext, request: Cleaning) -> None:
    ctx.log(f"cleaned {request.room}")


@pytest.fixture
def world(world: World) -> World:
    teach(world, clean, id="clean", parameters=Cleaning)
    return world


def entry(**more: Any) -> Entry:
    given: dict[str, Any] = {"name": "nightly", "flow": "clean", "project": PROJECT, "expression": HOURLY, "input": {"room": "attic"}}
    return Entry(**given | more)


def load(world: World, *entries: Entry) -> None:
    LoadSchedules(database=world.database, registry=world.registry, vault=world.vault).load(entries)


def fire(world: World) -> int:
    return FireSchedules(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id).sweep()


def schedule(world: World, name: str = "nightly") -> Schedule:
    with world.database.read() as tx:
        return next(each for each in tx.schedules.list() if each.name == name)


def runs(world: World) -> list[Execution]:
    found = [world.see(run_id).execution for run_id, in world.rows("SELECT id FROM executions ORDER BY id")]
    return [run for run in found if run.schedule]


def next_hour(world: World) -> datetime:
    return world.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def test_a_schedule_starts_its_flow_when_its_time_has_come(world: World) -> None:
    load(world, entry(input={"room": "attic", "pin": "1234567"}))
    assert schedule(world).next_at == next_hour(world)
    assert (fire(world), runs(world)) == (0, [])

    world.later(hours=1)
    assert fire(world) == 1
    (run,) = runs(world)
    assert (run.triggered_by, run.scheduled, run.schedule, run.task_type) == ("cron", True, "nightly", "clean")
    assert (run.payload, world.vault.open(run.secrets)) == ({"room": "attic"}, {"pin": "1234567"})
    assert fire(world) == 0
    assert (schedule(world).next_at, schedule(world).last_at) == (next_hour(world), run.created_at)

    world.work()
    assert world.see(run).execution.status == "completed"
    assert "1234567" not in str(world.rows("SELECT * FROM schedules"))


def test_what_was_missed_is_made_up_once(world: World) -> None:
    load(world, entry())
    world.later(days=3)
    load(world, entry())
    assert (fire(world), fire(world), len(runs(world))) == (1, 0, 1)
    assert schedule(world).next_at == next_hour(world)


def test_a_time_is_fired_once_however_many_processes_look(world: World) -> None:
    load(world, *(entry(name=f"nightly-{n}") for n in range(5)))
    world.later(hours=1)
    assert sum(at_once([lambda: fire(world)] * 4)) == 5
    assert sorted(str(run.schedule) for run in runs(world)) == [f"nightly-{n}" for n in range(5)]


def test_a_failure_between_start_and_advance_leaves_neither(world: World) -> None:
    load(world, entry())
    world.later(hours=1)

    def no_id() -> str:
        raise OSError("no randomness")

    with pytest.raises(OSError):
        FireSchedules(database=world.database, registry=world.registry, vault=world.vault, new_id=no_id).sweep()
    assert runs(world) == []
    assert fire(world) == 1


def test_a_schedule_of_a_disabled_flow_is_skipped_and_goes_on_later(world: World) -> None:
    load(world, entry())
    ConfigureFlow(database=world.database, registry=world.registry).enable(world.caller("bob"), "clean", PROJECT, False)
    world.later(hours=1)
    assert (fire(world), runs(world)) == (1, [])
    assert schedule(world).next_at == next_hour(world)


def test_a_schedule_of_a_flow_that_is_not_known_here_waits_for_a_process_that_knows_it(world: World) -> None:
    load(world, entry())
    known = world.registry
    world.deploy(type(known)({}, {}))
    world.later(hours=1)
    assert fire(world) == 0
    world.deploy(known)
    assert fire(world) == 1


def test_a_schedule_that_is_not_in_the_file_any_more_is_gone(world: World) -> None:
    load(world, entry(), entry(name="weekly"))
    load(world, entry())
    with world.database.read() as tx:
        assert [each.name for each in tx.schedules.list()] == ["nightly"]


def test_a_paused_schedule_does_not_fire_and_makes_nothing_up(world: World) -> None:
    load(world, entry())
    change = ChangeSchedule(database=world.database)
    bob = world.caller("bob")
    assert change.pause(bob, "nightly").schedule.next_at is None
    world.later(days=1)
    load(world, entry(expression=DAILY))
    assert (fire(world), schedule(world).enabled, schedule(world).next_at) == (0, False, None)
    assert change.pause(bob, "nightly") == change.pause(bob, "nightly")

    assert change.resume(bob, "nightly").schedule.next_at is not None
    assert change.resume(bob, "nightly") == change.resume(bob, "nightly")
    assert fire(world) == 0
    assert world.audit().count("schedule") == 2


def test_an_expression_that_was_set_wins_over_the_files_until_it_is_reset(world: World) -> None:
    load(world, entry())
    change = ChangeSchedule(database=world.database)
    shown = change.update(world.caller("bob"), "nightly", "clean", "  30 4  * * mon ")
    assert shown.schedule.expression == "30 4 * * mon"
    assert shown.schedule.next_at is not None
    assert (shown.schedule.next_at.hour, shown.schedule.next_at.isoweekday()) == (4, 1)
    load(world, entry(expression=DAILY))
    assert schedule(world).expression == "30 4 * * mon"

    change.reset("nightly", DAILY, "root")
    assert (schedule(world).expression, schedule(world).changed) == (DAILY, False)
    load(world, entry())
    assert schedule(world).expression == HOURLY


@pytest.mark.parametrize("expression", ["* * * * * *", "@daily", "0 0 30 2 *", "x"])
def test_b33_what_is_no_expression_is_refused(world: World, expression: str) -> None:
    load(world, entry())
    with pytest.raises(Invalid):
        ChangeSchedule(database=world.database).update(world.caller("bob"), "nightly", "clean", expression)
    assert schedule(world).expression == HOURLY


def test_b33_only_an_owner_of_its_project_changes_a_schedule(world: World) -> None:
    load(world, entry())
    change = ChangeSchedule(database=world.database)
    for who, refusal in (("ann", RoleTooLow), ("eve", NotFound)):
        caller = world.caller(who)
        for attempt in (partial(change.pause, caller, "nightly"), partial(change.resume, caller, "nightly"),
                        partial(change.update, caller, "nightly", "clean", DAILY)):
            with pytest.raises(refusal):
                attempt()
    with pytest.raises(RoleTooLow):
        change.pause(world.caller("bob", Role.MEMBER), "nightly")
    with pytest.raises(NotFound):
        change.update(world.caller("bob"), "nightly", "another-flow", DAILY)
    assert (schedule(world).enabled, schedule(world).expression) == (True, HOURLY)


def test_everybody_lists_the_schedules_of_their_own_projects(world: World) -> None:
    load(world, entry(), entry(name="elsewhere", project="other/app"))
    find = FindSchedules(database=world.database)

    def seen(who: str, identifier: str | None = None) -> list[str]:
        return [view.schedule.name for view in find.list(world.caller(who), identifier)]

    assert (seen("ann"), seen("eve"), seen("app:bot")) == (["nightly"], ["elsewhere"], ["elsewhere", "nightly"])
    assert (seen("ann", "ACME/app"), seen("ann", "other/app"), seen("ann", "no/app")) == (["nightly"], [], [])


def test_whoever_changed_a_schedule_stands_in_the_audit(world: World) -> None:
    load(world, entry())
    ChangeSchedule(database=world.database).update(world.caller("bob"), "nightly", "clean", DAILY)
    ((actor, facts),) = world.rows("SELECT actor, facts FROM audit WHERE kind = 'schedule'")
    assert actor == "bob@acme.org"
    assert '"expression":"0 0 * * *"' in facts
