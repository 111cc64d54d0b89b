"""Which type may run in the place of another without people being asked less, and who hears of it when they are."""

import json

import pytest

from core.engine.configure_flow import ConfigureFlow
from core.errors import Invalid, Unguarded
from core.flows.context import FlowContext
from tests.core.stage import Nothing, teach
from tests.world import PROJECT, World

pytestmark = pytest.mark.database
ASKS = {"asks": True, "silent": False, "unsure": None, "asks-too": True, "silent-too": False, "unsure-too": None}


def configuring(world: World) -> ConfigureFlow:
    """Types that ask, do not, or do not say."""
    def probe(ctx: FlowContext, _: Nothing) -> None:
        ctx.now()

    for name, asks in ASKS.items():
        teach(world, probe, id=name, asks=asks)
    return ConfigureFlow(database=world.database, registry=world.registry)


@pytest.mark.parametrize(("flow", "before", "by", "less"), [
    ("asks", None, "asks-too", False), ("asks", None, "silent", True), ("asks", None, "unsure", True), ("asks", None, None, False),
    ("unsure", None, "asks", False), ("unsure", None, "silent", True), ("unsure", None, "unsure-too", True),
    ("silent", None, "asks", False), ("silent", None, "silent-too", False), ("silent", None, "unsure", False),
    ("silent", "asks", "silent-too", True), ("silent", "asks", None, True), ("silent", "unsure", None, True),
    ("silent", "silent-too", None, False), ("asks", "silent", None, False), ("asks", "silent", "silent-too", True),
    ("asks", "silent", "silent", False), ("asks", "silent", "asks-too", False), ("asks", "asks-too", "unsure", True),
    ("unsure", "silent", None, True), ("unsure", "asks", None, True)])
def test_an_application_may_not_let_people_be_asked_less_and_an_owner_is_told_that_they_are(
        world: World, flow: str, before: str | None, by: str | None, less: bool) -> None:
    configure = configuring(world)
    if before is not None:
        configure.override(world.caller("bob"), flow, PROJECT, before)
    if less:
        with pytest.raises(Unguarded):
            configure.override(world.caller("app:ci"), flow, PROJECT, by)
    else:
        assert configure.override(world.caller("app:ci"), flow, PROJECT, by).unguarded is False
    assert configure.override(world.caller("bob"), flow, PROJECT, by).setting.override == by


def test_a_setting_is_kept_with_its_audit_row(world: World) -> None:
    configure = configuring(world)
    done = configure.override(world.caller("bob"), "asks", PROJECT, "silent")
    assert (done.unguarded, done.setting.override, done.setting.enabled, done.flow.id, done.project.identifier) == (
        True, "silent", True, "asks", PROJECT)
    assert configure.enable(world.caller("bob"), "asks", PROJECT, False).setting.override == "silent"
    project, listed = configure.list_all(world.caller("ann"), PROJECT)
    assert project.identifier == PROJECT
    assert [each.flow.id for each in listed] == sorted(world.registry.flows)
    assert {each.flow.id: (each.setting.enabled, each.setting.override) for each in listed if each.flow.id.startswith("asks")} == {
        "asks": (False, "silent"), "asks-too": (True, None)}
    rows = [(kind, actor, facts if isinstance(facts, dict) else json.loads(facts))
            for kind, actor, facts in world.rows("SELECT kind, actor, facts FROM audit ORDER BY seq")]
    assert rows == [
        ("override-flow", "bob@acme.org", {"flow": "asks", "override": "silent", "unguarded": True, "severity": "high"}),
        ("disable-flow", "bob@acme.org", {"flow": "asks"})]


def test_a_circle_and_an_unknown_type_are_refused_by_name(world: World) -> None:
    configure = configuring(world)
    configure.override(world.caller("bob"), "unsure", PROJECT, "asks")
    with pytest.raises(Invalid) as circle:
        configure.override(world.caller("bob"), "asks", PROJECT, "unsure")
    assert circle.value.problems == ("asks cannot be overridden by unsure: that leads back to asks.",)
    with pytest.raises(Invalid) as unknown:
        configure.override(world.caller("bob"), "asks", PROJECT, "no-such")
    assert unknown.value.problems == ("There is no flow type no-such: `placet flows types` lists those there are.",)
