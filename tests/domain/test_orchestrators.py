"""What the approvals of a run's children come to."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.approvals import Status
from core.domain.orchestrators import unite
from tests.domain.build import NOON, approval, execution

PARENT = execution(id="parent", task_type="release", triggered_by="cat@acme.org")
P, A, R, E, C, S = (Status[name] for name in ("PENDING", "APPROVED", "REJECTED", "EXPIRED", "CANCELLED", "STALE"))


@pytest.mark.parametrize(("children", "status"), [
    ((A,), A), ((A, A), A), ((P,), P), ((A, P), P), ((R, P), P), ((R, A), R), ((E, R), R), ((E, S, C, A), E), ((S, C, A), S), ((C, A), C),
    ((C, S), S)])
def test_it_is_open_while_one_is_and_approved_only_if_all_are(children: tuple[Status, ...], status: Status) -> None:
    assert unite(PARENT, [approval(status=each) for each in children]).status is status


def test_it_is_asked_by_whoever_started_the_run_of_everybody_who_may_answer_a_child() -> None:
    first = approval(approvers=("bob@acme.org", "dan@acme.org"), requested_at=NOON + timedelta(minutes=5))
    united = unite(PARENT, [first, approval(approvers=("cat@acme.org", "bob@acme.org"))])
    assert (united.execution_id, united.task_type, united.requested_by) == ("parent", "release", "cat@acme.org")
    assert united.approvers == ("bob@acme.org", "dan@acme.org", "cat@acme.org")
    assert united.requested_at == NOON


@pytest.mark.parametrize(("ends", "expires"), [
    (((P, 3), (P, 2), (A, 1)), 2), (((A, 3), (R, 1)), 3), (((E, 1),), 1), (((P, 5), (A, 9)), 5)])
def test_it_lapses_with_the_first_that_is_open_or_with_the_last_of_all(ends: tuple[tuple[Status, int], ...], expires: int) -> None:
    approvals = [approval(status=status, expires_at=NOON + timedelta(hours=hours)) for status, hours in ends]
    assert unite(PARENT, approvals).expires_at == NOON + timedelta(hours=expires)


@given(st.lists(st.sampled_from(sorted(Status)), min_size=1))
def test_the_order_of_children_makes_no_difference(children: list[Status]) -> None:
    united = unite(PARENT, [approval(status=each) for each in children])
    assert united == unite(PARENT, [approval(status=each) for each in sorted(children)])
    assert united.status in children
    assert (united.status is A) == (set(children) == {A})
