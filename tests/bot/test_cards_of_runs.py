"""The card of a real run, from its question to its end."""

import pytest

from bot.make_card import Story, card_of
from bot.plain_card import plain_card
from core.domain.executions import Execution
from core.engine.end_early import EndEarly
from tests.world import World

pytestmark = pytest.mark.database


def card(world: World, run: Execution) -> list[str]:
    """The card as its lines, with times left out."""
    with world.database.read() as tx:
        approvals, execution, owners = tx.approval_search.of_run(run.id), tx.runs.get(run.id), tx.people.owners(run.project_id)
        assert execution is not None
        story = Story(approval=approvals[0].named(owners), execution=execution, project="acme/app", now=tx.now(),
                      flow=world.registry.find(execution.flow), grants=tx.grants.of_run(run.id))
    return plain_card(card_of(story)).splitlines()


def test_a_card_follows_its_run_until_the_requester_ends_it(world: World) -> None:
    run = world.asks_for_access("ann", reason="rotate the key")
    ref = world.approval(run).approval.ref
    lines = card(world, run)
    assert lines[0] == "○ **Admin on payments-prod for 1 hour** · waiting for approval"
    assert lines[1] == "For ann@acme.org · acme/app · “rotate the key”"
    assert lines[-1] == "bob@acme.org or cat@acme.org: reply `approve`, or `reject: reason`."
    assert f"`{ref.lower()}`" in lines[3]

    world.approves("bob", run, surface="slack")
    assert card(world, run)[0] == "◐ **Admin on payments-prod for 1 hour** · approved by bob@acme.org, running"
    world.work()
    assert "running, access until " in card(world, run)[0]

    EndEarly(database=world.database).end(world.caller("ann"), ref)
    assert card(world, run)[0].startswith("◐ **Admin on payments-prod for 1 hour** · cancelled by ann@acme.org, ")
    assert card(world, run)[0].endswith(", taking back")
    world.work()
    assert card(world, run)[0].startswith("✕ **Admin on payments-prod for 1 hour** · ended early by ann@acme.org: taken back ")


def test_a_card_tells_of_a_normal_end(world: World) -> None:
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    world.work()
    world.later(hours=1, seconds=1)
    world.work()
    assert card(world, run)[0].startswith("● **Admin on payments-prod for 1 hour** · done ")
    assert ": granted " in card(world, run)[0]


def test_a_card_tells_why_nobody_gets_anything(world: World) -> None:
    run = world.asks_for_access("ann")
    world.rejects("cat", run, reason="two hours are enough")
    world.work()
    assert card(world, run)[0].startswith("✕ **Admin on payments-prod for 1 hour** · rejected by cat@acme.org, ")
    assert card(world, run)[0].endswith(": two hours are enough")


def test_a_card_tells_that_what_was_approved_did_not_happen(world: World) -> None:
    run = world.asks_for_access("ann")
    world.approves("bob", run)
    world.disable("bob")
    world.work()
    assert card(world, run)[0] == (
        "✕ **Admin on payments-prod for 1 hour** · failed: bob@acme.org approved it and may not any more. Nothing was granted.")


def test_a_card_of_a_cancelled_request_tells_by_whom(world: World) -> None:
    run = world.asks_for_access("ann")
    world.cancels("cat", run)
    world.work()
    assert card(world, run)[0].startswith("✕ **Admin on payments-prod for 1 hour** · cancelled by cat@acme.org, ")
