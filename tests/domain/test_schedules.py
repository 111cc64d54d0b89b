"""Schedules: what is planned, kept and forgotten when one fires, is paused, changed or loaded anew."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.cron import BadExpression
from core.domain.schedules import Schedule, check_expression, fired, loaded, paused, planned, rescheduled, resumed

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
NIGHTLY = Schedule(name="nightly", project_id="p1", flow="clean", expression="0 3 * * *", input={"deep": True}, secrets="sealed")
THREE = NOON.replace(day=1, month=2, hour=3)


def test_what_is_planned_fires_the_next_time_it_says() -> None:
    assert planned(NIGHTLY, now=NOON) == replace(NIGHTLY, next_at=THREE)
    assert planned(NIGHTLY, now=THREE).next_at == THREE + timedelta(days=1)


def test_what_is_paused_is_not_planned() -> None:
    waiting = planned(NIGHTLY, now=NOON)
    assert paused(waiting) == replace(NIGHTLY, enabled=False, next_at=None)
    assert planned(replace(waiting, enabled=False), now=NOON).next_at is None


def test_what_has_fired_fires_once_more_however_often_it_was_missed() -> None:
    late = NOON + timedelta(days=9)
    assert fired(planned(NIGHTLY, now=NOON), now=late) == replace(NIGHTLY, last_at=late, next_at=late.replace(hour=3) + timedelta(days=1))


def test_what_goes_on_after_a_pause_does_not_make_up_for_it() -> None:
    later = NOON + timedelta(days=2)
    assert resumed(paused(planned(NIGHTLY, now=NOON)), now=later) == replace(NIGHTLY, next_at=THREE + timedelta(days=2))


def test_what_was_not_paused_keeps_what_it_missed() -> None:
    waiting = planned(NIGHTLY, now=NOON)
    assert resumed(waiting, now=NOON + timedelta(days=2)) is waiting


def test_an_expression_set_by_hand_is_remembered_as_such() -> None:
    noon = rescheduled(NIGHTLY, "0 12 * * *", by_hand=True, now=NOON)
    assert (noon.expression, noon.changed, noon.next_at) == ("0 12 * * *", True, NOON + timedelta(days=1))
    back = rescheduled(noon, NIGHTLY.expression, by_hand=False, now=NOON)
    assert (back.expression, back.changed, back.next_at) == ("0 3 * * *", False, THREE)


def test_a_file_that_says_the_same_changes_no_time() -> None:
    stored = replace(planned(NIGHTLY, now=NOON), last_at=NOON)
    given = replace(NIGHTLY, flow="scrub", input={"deep": False}, secrets=None)
    assert loaded(stored, given, now=NOON + timedelta(days=2)) == replace(given, last_at=NOON, next_at=THREE)


def test_a_file_with_another_expression_plans_anew() -> None:
    stored = replace(planned(NIGHTLY, now=NOON), last_at=NOON)
    got = loaded(stored, replace(NIGHTLY, expression="30 4 * * *"), now=NOON)
    assert (got.expression, got.next_at, got.last_at) == ("30 4 * * *", THREE.replace(hour=4, minute=30), NOON)


def test_a_file_changes_neither_a_pause_nor_an_expression_set_by_hand() -> None:
    stored = rescheduled(NIGHTLY, "0 12 * * *", by_hand=True, now=NOON)
    got = loaded(stored, replace(NIGHTLY, expression="30 4 * * *"), now=NOON + timedelta(hours=1))
    assert got == stored
    asleep = paused(NIGHTLY)
    assert loaded(asleep, replace(NIGHTLY, expression="30 4 * * *"), now=NOON) == replace(asleep, expression="30 4 * * *")


def test_an_expression_is_stored_with_single_spaces() -> None:
    assert check_expression("  0  3 * *   *", now=NOON) == "0 3 * * *"


@pytest.mark.parametrize("expression", ["0 0 30 2 *", "0 0 31 4,6 *"])
def test_an_expression_that_never_fires_is_refused(expression: str) -> None:
    with pytest.raises(BadExpression, match=r"^does not fire within five years$"):
        check_expression(expression, now=NOON)


def test_an_expression_has_five_years_to_fire() -> None:
    """From 2097 on, the next 29 February is that of 2104: 2100 has none."""
    assert check_expression("0 0 29 2 *", now=NOON) == "0 0 29 2 *"
    with pytest.raises(BadExpression):
        check_expression("0 0 29 2 *", now=NOON.replace(year=2097))
