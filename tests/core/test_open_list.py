"""The list of all that is open is read in pieces, which leave nobody out and tell of nobody twice."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from core.engine.find_approvals import A_PIECE, FindApprovals
from tests.world import World, new_id

pytestmark = pytest.mark.database


def ask_often(world: World, times: int) -> list[str]:
    """Ask so many times, some at the same moment, and return the runs in the order of the list."""
    first = world.see(world.asks_for_access())
    asked = first.approval
    assert asked is not None
    places = [(asked.requested_at, asked.id, first.execution.id)]
    with world.database.begin() as tx:
        for number in range(times):
            run, this, at = new_id(), new_id(), asked.requested_at - timedelta(minutes=number // 7 + 1)
            tx.executions.add(replace(first.execution, id=run), due_at=None)
            tx.approvals.add(replace(asked, id=this, ref=f"R{number:05}", execution_id=run, requested_at=at))
            places.append((at, this, run))
    return [run for *_, run in sorted(places)]


@pytest.mark.parametrize("more", [-1, 0, 1, A_PIECE])
def test_a_list_of_more_than_a_piece_is_whole_and_in_order(world: World, more: int) -> None:
    runs = ask_often(world, A_PIECE + more - 1)
    assert [view.approval.execution_id for view in FindApprovals(database=world.database).pending(world.caller("bob"))] == runs


def test_what_is_decided_while_the_list_is_read_is_no_longer_told_of(world: World) -> None:
    runs = ask_often(world, 2 * A_PIECE)
    views = FindApprovals(database=world.database).pending(world.caller("bob"))
    told = [next(views).approval.execution_id for _ in range(3)]
    world.approves("bob", runs[-1])
    told += [view.approval.execution_id for view in views]
    assert told == runs[:-1]


def test_a_list_that_is_being_read_holds_no_connection(world: World) -> None:
    ask_often(world, A_PIECE)
    reading = [FindApprovals(database=world.database).pending(world.caller("bob")) for _ in range(20)]
    assert all(next(views) for views in reading)
    assert world.now() is not None


def test_a_token_for_one_run_lists_what_is_below_it_and_nothing_else_with_one_look_a_piece(world: World) -> None:
    runs = ask_often(world, A_PIECE + 10)
    mine, child, grandchild, last = runs[0], runs[1], runs[2], runs[-1]
    for lower, upper in ((child, mine), (grandchild, child), (last, grandchild)):
        with world.database.writer.begin() as connection:
            connection.exec_driver_sql(f"UPDATE executions SET parent_id = '{upper}' WHERE id = '{lower}'")
    looks: list[str] = []

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        looks.extend([statement] if "RECURSIVE" in statement else [])

    event.listen(world.database.reader, "before_cursor_execute", note)
    caller = replace(world.caller("bob"), execution=mine)
    seen = [view.approval.execution_id for view in FindApprovals(database=world.database).pending(caller)]
    event.remove(world.database.reader, "before_cursor_execute", note)
    assert (seen, len(looks)) == ([mine, child, grandchild, last], 2)
    lowest = FindApprovals(database=world.database).pending(replace(caller, execution=last))
    assert [view.approval.execution_id for view in lowest] == [last]


def test_one_whose_time_is_over_is_left_out(world: World) -> None:
    ask_often(world, A_PIECE)
    world.later(hours=24)
    assert list(FindApprovals(database=world.database).pending(world.caller("bob"))) == []
