"""Ways round an approval by what a project sets of a flow type."""

import json
import logging
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

from tests.api.edge import Edge
from tests.rest.talk import approval, approve, asks_for_access, configure, run, said, shown
from tests.threats.at_once import at_once
from tests.threats.effects import no_effect

pytestmark = pytest.mark.database


def override(edge: Edge, who: str, flow: str, by: str) -> Any:
    return configure(edge, who, flow, "override", overrideFlowTypeId=by)


def set_by(edge: Edge) -> list[tuple[str, str, Any]]:
    rows = edge.world.rows(
        "SELECT kind, actor, facts FROM audit WHERE kind IN ('override-flow', 'remove-override') ORDER BY project_id, seq")
    return [(kind, actor, json.loads(facts)["unguarded"]) for kind, actor, facts in rows]


@pytest.mark.parametrize(("flow", "by"), [
    ("request-elevated-privileges", "unasked"), ("request-elevated-privileges", "broken"), ("two-gates", "chatty"), ("broken", "chatty"),
    ("broken", "team")])
def test_c06_an_application_does_not_put_an_unguarded_flow_in_the_place_of_one_that_may_ask(same_edge: Edge, flow: str, by: str) -> None:
    with no_effect(same_edge, by="app:ci", refusal="Unguarded"):
        refused = override(same_edge, "app:ci", flow, by)
    assert (refused.status_code, said(refused)) == (
        403, (f"{flow} may ask people for approval, and {by} does not say that it does. "
              "An owner of the project can let it run instead; an application cannot."))
    assert set_by(same_edge) == []


@pytest.mark.parametrize(("flow", "by"), [("unasked", "request-elevated-privileges"), ("two-gates", "request-elevated-privileges"),
                                          ("chatty", "unasked"), ("broken", "two-gates")])
def test_c06_an_application_may_put_a_flow_that_asks_in_the_place_of_another(edge: Edge, flow: str, by: str) -> None:
    assert override(edge, "app:ci", flow, by).status_code == 200
    assert set_by(edge) == [("override-flow", "app:ci", False)]


def test_c06_an_application_does_not_take_away_the_question_that_an_owner_put_before_a_flow(edge: Edge) -> None:
    assert override(edge, "bob", "unasked", "request-elevated-privileges").status_code == 200
    for refused in (configure(edge, "app:ci", "unasked", "override", "DELETE"), override(edge, "app:ci", "unasked", "chatty")):
        assert (refused.status_code, "An owner of the project can" in said(refused)) == (403, True)
    assert override(edge, "app:ci", "unasked", "request-elevated-privileges").status_code == 200
    assert configure(edge, "bob", "unasked", "override", "DELETE").status_code == 200
    assert set_by(edge) == [("override-flow", "bob@acme.org", False), ("remove-override", "bob@acme.org", True)]


def test_c06_an_owner_who_does_so_stands_out_in_the_audit_and_in_the_log(edge: Edge, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "placet.flows"):
        assert override(edge, "bob", "request-elevated-privileges", "unasked").status_code == 200
        assert configure(edge, "bob", "request-elevated-privileges", "override", "DELETE").status_code == 200
    assert set_by(edge) == [("override-flow", "bob@acme.org", True), ("remove-override", "bob@acme.org", False)]
    assert [record.levelname for record in caplog.records if record.name == "placet.flows"] == ["WARNING", "INFO"]


def test_c06_what_is_open_already_is_not_touched(edge: Edge) -> None:
    target = asks_for_access(edge)
    before = approval(edge, target)
    assert override(edge, "bob", "request-elevated-privileges", "unasked").status_code == 200
    assert edge.world.work() == 0
    assert (approval(edge, target), edge.world.access.calls) == (before, [])
    assert approve(edge, "bob", target, digest=before["digest"]).status_code == 200
    edge.world.work()
    assert len(edge.world.access.live()) == 1


@pytest.mark.parametrize("way", [["chatty", "chatty"], ["chatty", "broken", "chatty"], ["chatty", "broken", "team", "chatty"]], ids=len)
def test_c06_overrides_do_not_go_round_in_circles(edge: Edge, way: list[str]) -> None:
    *before, last = way
    for flow, by in pairwise(before):
        assert override(edge, "bob", flow, by).status_code == 200
    with no_effect(edge, by=None):
        refused = override(edge, "bob", before[-1], last)
    assert (refused.status_code, said(refused)) == (
        400, f"{before[-1]} cannot be overridden by {last}: that leads back to {before[-1]}.")
    assert override(edge, "bob", "two-gates", "chatty").status_code == 200


def overridden(edge: Edge, flow: str, by: str) -> int:
    return int(override(edge, "bob", flow, by).status_code)


def test_c06_two_overrides_at_once_do_not_close_a_circle(edge: Edge) -> None:
    pairs = [("chatty", "broken"), ("broken", "chatty")]
    for _ in range(5):
        for flow, _ in pairs:
            assert configure(edge, "bob", flow, "override", "DELETE").status_code == 200
        answers = at_once([partial(overridden, edge, flow, by) for flow, by in pairs])
        assert sorted(answers) == [200, 400]


@pytest.mark.parametrize("by", ["no-such", "", "__proto__", "TWO-GATES", "two-gates ", "%"])
def test_c06_nothing_unknown_runs_in_the_place_of_a_flow(same_edge: Edge, by: str) -> None:
    with no_effect(same_edge, by=None):
        assert override(same_edge, "bob", "two-gates", by).status_code == 400


def test_c10_a_member_sets_nothing(same_edge: Edge) -> None:
    with no_effect(same_edge, by="dan@acme.org", refusal="RoleTooLow", times=2):
        assert configure(same_edge, "dan", "two-gates", "disable").status_code == 403
        assert override(same_edge, "dan", "two-gates", "chatty").status_code == 403


def test_c14_an_open_request_of_a_disabled_type_stays_and_its_yes_goes_no_further(edge: Edge) -> None:
    world, target = edge.world, asks_for_access(edge)
    assert configure(edge, "app:ci", "request-elevated-privileges", "disable").status_code == 200
    assert approval(edge, target)["status"] == "pending"
    assert approve(edge, "bob", target).json()["status"] == "approved"
    world.work()
    ended = shown(edge, target)
    assert (ended["status"], ended["success"], ended["error"]) == ("Failed", False, "flow type disabled")
    assert (ended["approval"]["status"], ended["approval"]["resolvedBy"]) == ("approved", "bob@acme.org")
    assert world.access.calls == []
    assert world.audit(target) == ["start", "ask", "decide", "gate", "settle"]


@pytest.mark.parametrize("disabled", ["unasked", "request-elevated-privileges"])
def test_c14_of_a_run_that_was_routed_both_types_count(edge: Edge, disabled: str) -> None:
    override(edge, "bob", "unasked", "request-elevated-privileges")
    target = run(edge, "unasked", username="ann@acme.org", targetOrg="prod", accessLevel="Admin")
    configure(edge, "bob", disabled, "disable")
    approve(edge, "bob", target)
    edge.world.work()
    assert (shown(edge, target)["error"], edge.world.access.calls) == ("flow type disabled", [])


def test_c14_a_type_that_is_enabled_again_in_time_goes_on(edge: Edge) -> None:
    target = asks_for_access(edge)
    for what in ("disable", "enable"):
        configure(edge, "bob", "request-elevated-privileges", what)
    approve(edge, "bob", target)
    edge.world.work()
    assert len(edge.world.access.live()) == 1


def test_c14_a_type_disabled_after_the_gate_does_not_stand_in_the_way_of_taking_back(edge: Edge) -> None:
    world, target = edge.world, asks_for_access(edge)
    approve(edge, "bob", target)
    world.work()
    configure(edge, "bob", "request-elevated-privileges", "disable")
    world.later(hours=1, seconds=1)
    world.work()
    assert (world.access.live(), shown(edge, target)["status"]) == ([], "Completed")


def test_c14_a_type_disabled_elsewhere_is_enabled_here(edge: Edge) -> None:
    target = asks_for_access(edge)
    assert configure(edge, "eve", "request-elevated-privileges", "disable", project="other/app").status_code == 200
    approve(edge, "bob", target)
    edge.world.work()
    assert len(edge.world.access.live()) == 1
