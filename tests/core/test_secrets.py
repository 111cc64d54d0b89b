"""Secrets of a run: whole where they are needed, in clear nowhere that is written down."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

import pytest

from core.domain.json import Json
from core.domain.parameters import Secret
from core.engine.register_flow import RegisterFlow, Registration
from core.flows.context import Effect, FlowContext, NamedEffect, StepFailed
from integrations.database.tables import metadata
from tests.core.stage import AT_ONCE, Nothing, Once, lease_passes, stretch, teach
from tests.world import PROJECT, World, new_id

pytestmark = pytest.mark.database
OF_THE_RUN, OF_A_RESULT, OF_A_CHILD = "run's-own-secret", "result's-secret", "child's-secret"
OF_AN_ARGUMENT = 'argument\'s "secret"\nwith\\marks'
ALL = (OF_THE_RUN, OF_AN_ARGUMENT, OF_A_RESULT, OF_A_CHILD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    user: str
    password: Annotated[str, Secret()]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A result whose fields are more than a parameter can be, with a secret further down."""

    since: datetime
    logins: tuple[Login, ...]
    token: Annotated[str, Secret]


def in_clear(world: World) -> list[str]:
    """Every place of the database where a secret stands in clear, as it is or quoted."""
    return [f"{table}: {text[:200]}" for table, text in _texts(world) if any(_stands(secret, text) for secret in ALL)]


def _texts(world: World) -> Iterator[tuple[str, str]]:
    for table in metadata.sorted_tables:
        for row in world.rows(f"SELECT * FROM {table.name}"):
            yield table.name, " ".join(str(value) for value in row)


def _stands(secret: str, text: str) -> bool:
    quoted = json.dumps(secret)[1:-1]
    return any(spelling in text for spelling in (secret, quoted, json.dumps(quoted)[1:-1], repr(secret)[1:-1]))


def open_session(arguments: dict[str, Json], *, effect: Effect) -> Session:
    """Log in, with what only works in clear."""
    assert arguments == {"user": "ann", "password": OF_AN_ARGUMENT}
    return Session(since=datetime(2026, 1, 1, tzinfo=UTC), logins=(Login(user="ann", password=OF_AN_ARGUMENT),), token=OF_A_RESULT)


def test_secrets_reach_effects_and_undo_and_stand_nowhere_in_clear(world: World) -> None:
    undone: list[tuple[Json, Json]] = []

    def close_session(arguments: Json, *, effect: Effect) -> None:
        undone.append((arguments, effect.result))
        if len(undone) == 1:
            raise KeyError(f"{arguments} {effect.result}")

    def child(ctx: FlowContext, login: Login) -> None:
        ctx.log(f"logs in by {login.password}")

    def probe(ctx: FlowContext, login: Login) -> None:
        ctx.log(f"logs in by {login.password}")
        ctx.approval(f"May {login.user} log in by {login.password}?")
        session = ctx.step("open", NamedEffect("open"), Login(user="ann", password=OF_AN_ARGUMENT), undo=NamedEffect("close"))
        assert (session["token"], session["logins"]) == (OF_A_RESULT, [{"user": "ann", "password": OF_AN_ARGUMENT}])
        ctx.log(f"has {session}", level="WARNING")
        ctx.spawn("child", Login(user="bob", password=OF_A_CHILD))
        ctx.log(f"has {OF_A_CHILD}")
        ctx.children()
        raise RuntimeError(f"no good: {session} {login}")

    teach(world, child, id="child", parameters=Login)
    teach(world, probe, {"open": open_session, "close": close_session}, parameters=Login)
    run = world.run(flow="probe", user="ann", password=OF_THE_RUN)
    world.work()
    world.approves("bob", run)
    world.work()
    assert in_clear(world) == []

    world.later(minutes=5)
    world.work()
    assert in_clear(world) == []
    assert world.see(run).execution.status == "failed"
    assert undone == [({"user": "ann", "password": OF_AN_ARGUMENT}, {
        "since": "2026-01-01T00:00:00.000Z", "logins": [{"user": "ann", "password": OF_AN_ARGUMENT}], "token": OF_A_RESULT})] * 2


@pytest.mark.parametrize("wrap", [str, KeyError, lambda secret: {"password": secret}], ids=["plain", "quoted", "in a dict"])
def test_the_error_of_an_effect_does_not_tell_the_secrets_that_it_was_given(world: World, wrap: object) -> None:
    def refuse(arguments: dict[str, Json], *, effect: Effect) -> None:
        assert callable(wrap)
        raise RuntimeError(f"cannot log in by {wrap(arguments['password'])}")

    def probe(ctx: FlowContext, login: Login) -> None:
        try:
            ctx.step("run's", refuse, login)
        except StepFailed:
            ctx.step("argument's", refuse, Login(user="ann", password=OF_AN_ARGUMENT), undo=NamedEffect("refuse"))

    teach(world, probe, {"refuse": refuse}, retry=AT_ONCE, parameters=Login)
    run = world.run(flow="probe", user="ann", password=OF_THE_RUN)
    world.work()
    assert "cannot log in by" in " ".join(world.log(run))
    assert in_clear(world) == []


def test_what_a_flow_returns_does_not_tell_secrets(world: World) -> None:
    def probe(ctx: FlowContext, login: Login) -> Json:
        session = ctx.step("open", open_session, Login(user="ann", password=OF_AN_ARGUMENT))
        return {"said": f"by {login.password}", "deep": [{"session": session}]}

    teach(world, probe, parameters=Login)
    run = world.run(flow="probe", user="ann", password=OF_THE_RUN)
    world.work()
    result = world.see(run).execution.result
    assert result is not None
    assert result["said"] == "by [redacted]"
    assert in_clear(world) == []


def test_a_dataclass_that_a_flow_returns_does_not_tell_what_it_marks(world: World) -> None:
    def probe(ctx: FlowContext, _: Nothing) -> Login:
        return Login(user="ann", password=OF_A_RESULT)

    teach(world, probe)
    run = world.run(flow="probe")
    world.work()
    assert (world.see(run).execution.result or {})["user"] == "ann"
    assert in_clear(world) == []


def test_secrets_of_a_result_are_whole_when_the_flow_is_called_again_and_kept_out_of_what_it_says_then(world: World) -> None:
    seen: list[Json] = []

    def probe(ctx: FlowContext, _: Nothing) -> None:
        session = ctx.step("open", open_session, Login(user="ann", password=OF_AN_ARGUMENT))
        lost()
        seen.append(session["token"])
        ctx.log(f"token {session['token']}")

    def meanwhile() -> None:
        lease_passes(world)
        world.work()

    lost = Once(meanwhile)
    teach(world, probe)
    run = world.run(flow="probe")
    stretch(world)
    assert seen == [OF_A_RESULT, OF_A_RESULT]
    assert world.log(run) == ["token [redacted]"]
    assert in_clear(world) == []


def test_a_refused_payload_does_not_tell_its_secret(world: World) -> None:
    def probe(ctx: FlowContext, login: Login) -> None:
        """Need a login."""

    teach(world, probe, parameters=Login)
    with pytest.raises(Exception) as refused:
        world.run(flow="probe", user="ann", password=[OF_THE_RUN])
    assert OF_THE_RUN not in str(refused.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    api_token: Annotated[str, Secret()]


def test_a_run_of_somebody_elses_engine_keeps_its_secrets_by_the_names_of_its_payload(world: World) -> None:
    teach(world, lambda ctx, request: None, id="call", parameters=Call)
    register = RegisterFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id)
    run = register.register_scheduled(world.caller("app:ci"), "nightly", None, Registration(
        task_type="call", flow="call", repository_identifier=PROJECT, run_id="run-1", payload={"apiToken": "s3cr3t-t0ken", "times": 2}))
    assert run.payload == {"times": 2}
    assert world.vault.open(run.secrets) == {"apiToken": "s3cr3t-t0ken"}
