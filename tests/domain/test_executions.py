"""How a run ends, and how long it took."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.executions import TERMINAL, Status, settled_status
from tests.domain.build import NOON, execution

ALL, SOME, NONE = Status.COMPLETED, Status.PARTIAL, Status.FAILED
ended = st.sampled_from(sorted(TERMINAL))


@pytest.mark.parametrize("own", [Status.FAILED, Status.CANCELLED])
@pytest.mark.parametrize("children", [(), (ALL, ALL), (NONE,)])
def test_its_own_failure_or_cancel_stays(own: Status, children: tuple[Status, ...]) -> None:
    assert settled_status(own, children) is own


@pytest.mark.parametrize(("children", "status"), [
    ((), ALL), ((ALL,), ALL), ((ALL, ALL), ALL), ((ALL, NONE), SOME), ((Status.CANCELLED, ALL), SOME), ((SOME,), SOME),
    ((SOME, NONE), SOME), ((NONE,), NONE), ((Status.CANCELLED,), NONE), ((NONE, Status.CANCELLED), NONE)])
def test_a_run_that_returned_ends_as_its_children_did(children: tuple[Status, ...], status: Status) -> None:
    assert settled_status(Status.COMPLETED, children) is status


@given(ended, st.lists(ended))
def test_the_order_of_children_makes_no_difference_and_every_end_is_one(own: Status, children: list[Status]) -> None:
    status = settled_status(own, children)
    assert status in TERMINAL
    assert settled_status(own, sorted(children)) is status
    assert (status is Status.COMPLETED) == (own is Status.COMPLETED and set(children) <= {Status.COMPLETED})


@pytest.mark.parametrize("status", list(Status))
def test_success_is_unknown_until_the_end_and_true_only_for_completed(status: Status) -> None:
    expected = None if status not in TERMINAL else status is Status.COMPLETED
    assert execution(status=status).success is expected


def test_the_time_it_took_counts_from_its_start() -> None:
    started = execution(started_at=NOON)
    assert started.duration_ms is None
    assert execution(ended_at=NOON).duration_ms is None
    assert execution(started_at=NOON, ended_at=NOON + timedelta(seconds=1.5)).duration_ms == 1500
