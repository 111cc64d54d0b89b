"""Ending what a run has started, and not the run."""

import pytest

from tests.api.edge import Edge
from tests.rest.talk import approval, approve, reject, run, said, shown
from tests.threats.effects import no_effect

pytestmark = pytest.mark.database


def cancel_children(edge: Edge, target: str, who: str = "ann") -> dict[str, object]:
    done = edge.post(f"/{target}/cancel-children", who)
    assert done.status_code == 200, done.text
    return dict(done.json())


def below(edge: Edge, target: str) -> list[str]:
    return [child["id"] for child in edge.get(f"/{target}/children", "bob").json()["children"]]


def test_live_children_are_cancelled_with_their_requests_and_the_run_goes_on(edge: Edge) -> None:
    parent = run(edge, "team", "app:ci", children=3)
    first, second, third = below(edge, parent)
    reject(edge, "bob", first)
    edge.world.work()
    assert cancel_children(edge, parent, "bob") == {"id": parent, "cancelledCount": 2, "cancelledIds": [second, third]}
    assert shown(edge, parent)["status"] == "Running"
    for child in (second, third):
        asked = approval(edge, child)
        assert (asked["status"], asked["resolvedBy"], asked["context"]["reason"]) == ("rejected", "bob@acme.org", "execution cancelled")
        assert shown(edge, child)["status"] == "Cancelled"
    edge.world.work()
    ended = shown(edge, parent)
    assert (ended["status"], ended["success"], ended["result"]) == ("Failed", False, {"ended": ["failed", "cancelled", "cancelled"]})
    assert edge.world.audit(second)[-3:] == ["reject", "cancel", "settle"]
    assert "cancel" not in edge.world.audit(parent)


def test_a_run_that_waits_for_its_children_only_is_let_go(edge: Edge) -> None:
    """Its own code has ended: cancelling it is too late, cancelling its children is not."""
    parent = run(edge, "team", wait=False)
    assert edge.post(f"/{parent}/cancel", "ann").status_code == 400
    assert cancel_children(edge, parent)["cancelledCount"] == 2
    edge.world.work()
    assert shown(edge, parent)["status"] == "Failed"


def test_grandchildren_are_cancelled_too_also_below_a_run_that_has_ended(edge: Edge) -> None:
    top = run(edge, "two-teams")
    middle = below(edge, top)
    lower = [child for team in middle for child in below(edge, team)]
    assert len(lower) == 4
    edge.post(f"/{middle[0]}/cancel-children", "ann")
    done = cancel_children(edge, top)
    assert done["cancelledIds"] == [*middle, *below(edge, middle[1])]
    edge.world.work()
    assert {shown(edge, each)["status"] for each in (*middle, *lower)} == {"Cancelled"}


def test_again_and_without_children_nothing_is_left_to_cancel(edge: Edge) -> None:
    parent = run(edge, "team")
    cancel_children(edge, parent)
    edge.world.work()
    before = edge.world.audit()
    for target in (parent, run(edge, "chatty")):
        assert cancel_children(edge, target) == {"id": target, "cancelledCount": 0, "cancelledIds": []}
    assert [kind for kind in edge.world.audit()[len(before):] if kind == "cancel"] == []


def test_what_one_does_not_see_is_left_alone(edge: Edge) -> None:
    parent = run(edge, "team")
    with no_effect(edge, by="eve@other.org", refusal="NotFound"):
        refused = edge.post(f"/{parent}/cancel-children", "eve")
    assert (refused.status_code, said(refused)[:31]) == (404, "There is no execution of this i")
    approve(edge, "bob", below(edge, parent)[0])
