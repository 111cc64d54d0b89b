"""What a run says that fails or is given up, and how its steps are counted."""

from dataclasses import dataclass
from typing import Annotated

import pytest

from core.domain.json import Json
from core.domain.parameters import Secret
from core.engine.context import ordinal
from core.errors import Invalid
from core.flows.context import Effect, FlowContext
from tests.core.stage import Nothing, lease_passes, teach
from tests.fakes.ledger import Ledger, take
from tests.world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    password: Annotated[str, Secret()]


@pytest.mark.database
def test_a_run_that_is_given_up_fails_with_the_reason_and_without_its_secrets_and_is_undone(world: World) -> None:
    def keep(arguments: Json, *, effect: Effect) -> None:
        ledger.give(arguments, effect=effect)
        assert claim is not None
        world.advance.give_up(claim, "stuck with hunter2-and-more for an hour")

    def probe(ctx: FlowContext, login: Login) -> None:
        ctx.step("give", keep, undo=take)

    ledger = Ledger()
    teach(world, probe, ledger.effects, parameters=Login)
    run = world.run(flow="probe", password="hunter2-and-more")
    claim = world.advance.claim()
    assert claim is not None
    world.advance.run(claim)
    lease_passes(world)
    world.work()
    failed = world.see(run).execution
    assert (failed.status, failed.error) == ("failed", "stuck with [redacted] for an hour")
    assert world.log(run) == ["stuck with [redacted] for an hour"]
    assert (ledger.given, ledger.live) == ([f"{run.id}:1"], [])


@pytest.mark.database
@pytest.mark.parametrize(("error", "sentence"), [
    (RuntimeError("enough"), "RuntimeError: enough"), (RuntimeError(), "RuntimeError"), (KeyError("name"), "KeyError: 'name'"),
    (Invalid(("One is wrong.", "Two as well.")), "One is wrong. Two as well.")], ids=str)
def test_a_flow_that_raises_fails_with_a_sentence(world: World, error: Exception, sentence: str) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> None:
        raise error

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    failed = world.see(run).execution
    assert (failed.status, failed.error, failed.result) == ("failed", sentence, None)
    assert world.log(run) == [sentence]
    assert world.audit(run) == ["start", "return", "settle"]


@pytest.mark.database
@pytest.mark.parametrize(("answer", "result"), [
    (None, None), ({"a": 1}, {"a": 1}), ([1, 2], {"value": [1, 2]}), (0, {"value": 0}), ({}, None)])
def test_what_a_flow_returns_is_an_object(world: World, answer: Json, result: Json) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> Json:
        return answer

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    done = world.see(run).execution
    assert (done.status, done.error, done.result) == ("completed", None, result)


def test_steps_are_counted_as_people_count() -> None:
    assert [ordinal(n) for n in (*range(1, 5), *range(9, 15), *range(19, 25))] == [
        "1st", "2nd", "3rd", "4th", "9th", "10th", "11th", "12th", "13th", "14th", "19th", "20th", "21st", "22nd", "23rd", "24th"]
    assert [ordinal(n) for n in (101, 102, 103, 104, 111, 112, 113, 114, 121, 1002, 1012, 1103)] == [
        "101st", "102nd", "103rd", "104th", "111th", "112th", "113th", "114th", "121st", "1002nd", "1012th", "1103rd"]
