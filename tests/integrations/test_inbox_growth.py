"""R53: however much is delivered, what comes again is known at once, and what was handled long ago is removed in pieces."""

import json
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, text

from core.domain.messages import Delivery, Heard
from core.engine.forget_deliveries import AT_ONCE, KEPT, ForgetDeliveries
from integrations.database.conversation_tables import inbox
from integrations.database.database import SqlDatabase
from integrations.database.types import Timestamp
from tests.integrations.plans import Call, ways
from tests.world import World, new_id

pytestmark = pytest.mark.database

ROWS = 100_000
MANY = ("""
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    INSERT INTO inbox (id, provider, delivery_id, headers, body, received_at, tries, handled_at)
        SELECT 'd-' || i, 'github', 'delivery-' || i, '{}', 'said', :at, 1, :at FROM n
""", """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    INSERT INTO messages (provider, message_id, id, conversation, author, text, written_at, heard_at)
        SELECT 'github', 'm-' || i, 'm-' || i, 'github:acme/app#7', 'eve', 'said', :at, :at FROM n
""")


@pytest.fixture
def grown(world: World) -> SqlDatabase:
    """An inbox with as much as a busy month brings."""
    at = world.now()
    with world.database.writer.begin() as connection:
        for statement in MANY:
            connection.execute(text(statement).bindparams(bindparam("at", type_=Timestamp)), {"rows": ROWS, "at": at})
        connection.exec_driver_sql("ANALYZE")
    return world.database


def delivery(number: int) -> Delivery:
    return Delivery(provider="github", delivery_id=f"delivery-{number}", headers={}, body="said again")


def known(database: SqlDatabase, number: int) -> float:
    """How long it takes to know a delivery that comes again, in milliseconds."""
    with database.begin() as tx:
        now, began = tx.now(), time.perf_counter()
        assert not tx.inbox.add(new_id(), delivery(number), now)
        return (time.perf_counter() - began) * 1_000


def test_r53_a_delivery_that_comes_again_is_known_by_an_index_within_ten_milliseconds(grown: SqlDatabase) -> None:
    assert min(known(grown, number) for number in range(1, ROWS, ROWS // 20)) < 10
    if grown.postgres:
        plan = plan_of_adding(grown)
        assert [node["Plan"].get("Conflict Arbiter Indexes") for node in plan] == [["inbox_provider_delivery_id_key"]]


def plan_of_adding(database: SqlDatabase) -> list[dict[str, dict[str, object]]]:
    with database.reader.connect() as connection:
        found = connection.exec_driver_sql(
            "EXPLAIN (FORMAT JSON) INSERT INTO inbox (id, provider, delivery_id, headers, body, received_at, tries) "
            "VALUES ('x', 'github', 'delivery-7', '{}', 'said', now(), 0) ON CONFLICT (provider, delivery_id) DO NOTHING").scalar_one()
    return list(found if isinstance(found, list) else json.loads(found))


@pytest.mark.parametrize(("what", "index"), [("take", "inbox_due"), ("waiting", "inbox_due"), ("forget", "inbox_handled"),
                                             ("messages", "messages_by_age")])
def test_r53_what_is_done_all_the_time_reads_no_handled_delivery(grown: SqlDatabase, what: str, index: str) -> None:
    calls: dict[str, Call] = {"take": lambda tx: tx.inbox.take(timedelta(seconds=90)), "waiting": lambda tx: tx.inbox.waiting(),
             "forget": lambda tx: tx.inbox.forget(tx.now() - KEPT, AT_ONCE), "messages": lambda tx: tx.messages.forget(tx.now() - KEPT, 9)}
    found = ways(grown, calls[what])
    assert (found.whole & {"inbox", "messages"}, index in found.indexes) == (set(), True), "\n".join(found.texts)


def filed(world: World, number: int, *, handled: bool, aside: bool = False) -> None:
    with world.database.begin() as tx:
        tx.inbox.add(f"d-{number}", delivery(number), tx.now())
        if handled:
            tx.inbox.done(f"d-{number}", tx.now())
        if aside:
            tx.inbox.failed(f"d-{number}", "nobody can read it", None)


def kept(world: World) -> list[str]:
    return [row for row, in world.rows("SELECT delivery_id FROM inbox ORDER BY delivery_id")]


def test_r53_what_was_handled_is_kept_for_thirty_days_and_what_was_not_stays(world: World) -> None:
    filed(world, 1, handled=True)
    filed(world, 2, handled=False)
    filed(world, 3, handled=False, aside=True)
    forget = ForgetDeliveries(database=world.database)
    world.later(days=29, hours=23)
    filed(world, 4, handled=True)
    assert forget.forget() == 0
    with world.database.begin() as tx:
        assert not tx.inbox.add(new_id(), delivery(1), tx.now())
    world.later(hours=2)
    assert forget.forget() == 1
    assert kept(world) == ["delivery-2", "delivery-3", "delivery-4"]


def test_r53_so_is_what_was_said_of_no_run_and_what_was_said_of_one_stays_with_it(world: World) -> None:
    run, now = world.asks_for_access(), world.now()
    of_none = Heard(provider="page", message_id="1", id=new_id(), execution_id=None, approval_id=None, conversation="page:x",
                    person_id=None, author="eve", text="hello?", written_at=now, heard_at=now)
    with world.database.begin() as tx:
        assert tx.messages.hear(of_none)
        assert tx.messages.hear(replace(of_none, message_id="2", id=new_id(), execution_id=run.id))
    forget = ForgetDeliveries(database=world.database)
    world.later(days=29)
    assert forget.forget() == 0
    world.later(days=2)
    assert forget.forget() == 1
    assert world.rows("SELECT message_id FROM messages") == [("2",)]


def test_r53_a_month_that_was_not_purged_goes_in_pieces(world: World) -> None:
    with world.database.begin() as tx:
        at = tx.now() - KEPT - timedelta(days=1)
        tx.connection.execute(inbox.insert(), [
            {"id": f"d-{n}", "provider": "github", "delivery_id": f"delivery-{n}", "headers": {}, "body": "said", "received_at": at,
             "tries": 1, "handled_at": at} for n in range(2 * AT_ONCE + 1)])
    forget = ForgetDeliveries(database=world.database)
    assert [forget.forget() for _ in range(4)] == [AT_ONCE, AT_ONCE, 1, 0]
