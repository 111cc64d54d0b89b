"""What has to be taken back, and when a step is tried again."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.executions import Status
from core.domain.steps import UNDO_RETRY, Kind, Retry, State, Step, effect_key, left_to_undo

REVOKE = "access.revoke"


def step(position: int, state: State, *, undo: str | None = REVOKE, kind: Kind = Kind.STEP) -> Step:
    return Step(position=position, key=f"grant#{position}", kind=kind, state=state, undo=undo)


def journal(*steps: Step) -> dict[int, Step]:
    return {s.position: s for s in steps}


@pytest.mark.parametrize("outcome", [Status.FAILED, Status.CANCELLED])
@pytest.mark.parametrize("state", [State.BEGUN, State.DONE, State.FAILED])
def test_a_run_that_failed_or_was_cancelled_takes_back_what_may_have_happened(outcome: Status, state: State) -> None:
    assert left_to_undo(journal(step(1, state)), outcome) == step(1, state)


def test_a_run_that_returned_keeps_what_it_did() -> None:
    assert left_to_undo(journal(step(1, State.DONE)), Status.COMPLETED) is None


@pytest.mark.parametrize("outcome", [Status.COMPLETED, Status.FAILED, Status.CANCELLED])
def test_a_step_that_was_given_up_is_taken_back_however_the_run_ends(outcome: Status) -> None:
    assert left_to_undo(journal(step(1, State.FAILED)), outcome) == step(1, State.FAILED)


@pytest.mark.parametrize("outcome", list(Status))
def test_what_is_taken_back_already_is_not_taken_back_again(outcome: Status) -> None:
    assert left_to_undo(journal(step(1, State.UNDONE)), outcome) is None


def test_what_cannot_be_taken_back_is_left_alone() -> None:
    assert left_to_undo(journal(step(1, State.DONE, undo=None)), Status.FAILED) is None


@pytest.mark.parametrize("kind", [k for k in Kind if k is not Kind.STEP])
def test_only_steps_are_taken_back(kind: Kind) -> None:
    assert left_to_undo(journal(step(1, State.BEGUN, kind=kind)), Status.FAILED) is None


def test_the_last_is_taken_back_first() -> None:
    done = journal(step(1, State.DONE), step(3, State.DONE), step(2, State.BEGUN))
    order = []
    while (last := left_to_undo(done, Status.FAILED)) is not None:
        order.append(last.position)
        done[last.position] = step(last.position, State.UNDONE)
    assert order == [3, 2, 1]


@given(st.lists(st.tuples(st.sampled_from(Kind), st.sampled_from(State), st.booleans()), max_size=12),
       st.sampled_from([Status.COMPLETED, Status.FAILED, Status.CANCELLED]))
def test_undoing_comes_to_an_end_and_leaves_nothing(rows: list[tuple[Kind, State, bool]], outcome: Status) -> None:
    steps = journal(*(step(n, state, kind=kind, undo=REVOKE if undo else None) for n, (kind, state, undo) in enumerate(rows, 1)))
    for _ in rows:
        left = left_to_undo(steps, outcome)
        if left is not None:
            steps[left.position] = step(left.position, State.UNDONE)
    assert left_to_undo(steps, outcome) is None
    kept = [s.state for s in steps.values() if s.kind is Kind.STEP and s.undo]
    assert set(kept) <= ({State.UNDONE, State.BEGUN, State.DONE} if outcome is Status.COMPLETED else {State.UNDONE})


def test_each_wait_is_twice_the_last_up_to_the_longest() -> None:
    retry = Retry(tries=9, first=timedelta(seconds=1), longest=timedelta(seconds=10))
    assert [retry.wait(n).total_seconds() for n in range(1, 7)] == [1, 2, 4, 8, 10, 10]


def test_a_wait_stops_growing_before_it_is_longer_than_time_can_be_told() -> None:
    retry = Retry(first=timedelta(seconds=1), longest=timedelta.max)
    assert retry.wait(20).total_seconds() == 2**19
    assert retry.wait(21) == retry.wait(22) == retry.wait(10_000) == timedelta(seconds=2**20)


@given(st.integers(1, 10_000))
def test_an_undo_that_fails_for_ever_is_tried_at_least_every_five_minutes(tries: int) -> None:
    assert timedelta(0) < UNDO_RETRY.wait(tries) <= timedelta(minutes=5)
    assert UNDO_RETRY.wait(tries) <= UNDO_RETRY.wait(tries + 1)


def test_an_effect_is_named_by_its_run_and_its_place() -> None:
    assert effect_key("e1", 2) == "e1:2"
    assert effect_key("e1", 12) != effect_key("e1:1", 2)
