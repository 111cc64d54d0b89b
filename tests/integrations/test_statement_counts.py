"""How many statements the hot paths take: each is a round trip, and most of what an answer costs."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from integrations.database.announcing import Announcing
from tests.world import World

pytestmark = pytest.mark.database
POSTGRES = {"ask": 11, "answer": 8, "claim": 1, "pass the gate, and give access": 32}
SQLITE = {"ask": 11, "answer": 12, "claim": 2, "pass the gate, and give access": 40}


def test_a_hot_path_takes_no_more_statements_than_it_did(world: World) -> None:
    world.database.announcing = Announcing(callbacks=True)
    world.approves("bob", world.asks_for_access())
    world.work()  # what is made at the first time, such as a chain's head, is there
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: object) -> None:
        said.append(statement)

    def counted(act: Callable[[], Any]) -> tuple[int, Any]:
        said.clear()
        found = act()
        return sum(not statement.startswith(("BEGIN", "INSERT INTO marks")) for statement in said), found

    for engine in {world.database.writer.pool: world.database.writer, world.database.reader.pool: world.database.reader}.values():
        event.listen(engine, "before_cursor_execute", note)
    taken: dict[str, int] = {}
    taken["ask"], asked = counted(lambda: world.requests("app:ci", "job-1", requested_by="ann@acme.org"))
    taken["answer"], _ = counted(lambda: world.approves("bob", asked.approval.execution_id))
    world.approves("bob", world.asks_for_access(targetOrg="other-prod"))
    taken["claim"], claim = counted(world.advance.claim)
    taken["pass the gate, and give access"], _ = counted(lambda: world.advance.run(claim))
    most = POSTGRES if world.database.postgres else SQLITE
    assert {what: number for what, number in taken.items() if number > most[what]} == {}, taken
    assert taken.keys() == most.keys()
