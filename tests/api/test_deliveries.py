"""What platforms deliver over the network: who is let in, what is kept, and when that is acknowledged."""

import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn

import pytest
from httpx import Response

from api.routes.deliveries import Reception
from bot.homes import Greeting
from core.engine.accept_delivery import AcceptDelivery
from core.errors import Unavailable
from tests.api.edge import Edge
from tests.doubles.scripted_home import PROVIDER, SECRET, SIGNATURE, ScriptedHome
from tests.world import new_id

BODY = b'{"action": "created"}'


@pytest.fixture
def door(edge: Edge) -> Edge:
    return opened(edge)


def opened(edge: Edge) -> Edge:
    home = ScriptedHome(now=edge.world.now)
    edge.app.state.reception = Reception(doors={PROVIDER: home}, accept=AcceptDelivery(database=edge.world.database, new_id=new_id))
    return edge


def sign(body: bytes, secret: bytes = SECRET) -> str:
    return hmac.new(secret, body, hashlib.sha256).hexdigest()


def deliver(edge: Edge, body: bytes = BODY, *, at: str = f"/webhooks/{PROVIDER}", **headers: str) -> Response:
    given = {SIGNATURE: sign(body), "x-delivery": "d1", "x-event": "comment"} | {n.replace("_", "-"): v for n, v in headers.items()}
    return edge.http.post(at, content=body, headers=given)


def kept(edge: Edge) -> list[tuple[Any, ...]]:
    return edge.world.rows("SELECT delivery_id, body FROM inbox ORDER BY id")


def test_a_signed_delivery_is_kept_before_it_is_acknowledged_and_a_repeat_is_acknowledged_too(door: Edge) -> None:
    assert [deliver(door).status_code for _ in range(3)] == [202, 202, 202]
    assert kept(door) == [("d1", BODY.decode())]


@pytest.mark.parametrize("signature", ["", "0" * 64, sign(BODY, b"another app's"), sign(BODY)[:-1], sign(b"{}"), "v1=\u00e9"])
def test_d01_e01_what_is_not_signed_is_not_let_in_and_leaves_nothing(door: Edge, signature: str) -> None:
    refused = door.http.post(f"/webhooks/{PROVIDER}", content=BODY, headers=[(SIGNATURE.encode(), signature.encode("latin-1")),
                                                                             (b"x-delivery", b"d1")])
    assert (refused.status_code, refused.json()["message"], kept(door)) == (401, ["unauthorized"], [])


def test_a_header_that_came_twice_counts_for_nothing(door: Edge) -> None:
    twice = door.http.post(f"/webhooks/{PROVIDER}", content=BODY, headers=[(SIGNATURE, sign(BODY)), (SIGNATURE, sign(BODY)),
                                                                          ("x-delivery", "d1")])
    assert (twice.status_code, kept(door)) == (401, [])


def test_where_no_home_is_set_up_there_is_nothing(edge: Edge) -> None:
    assert deliver(edge).status_code == 404
    opened(edge)
    assert deliver(edge, at="/webhooks/slack").status_code == 404
    assert edge.http.get(f"/webhooks/{PROVIDER}").status_code in (404, 405)


def test_d05_a_body_that_is_too_large_or_no_text_does_no_harm(door: Edge) -> None:
    assert deliver(door, b"x" * (1_048_576 + 1)).status_code == 413
    assert deliver(door, b"\xff\x00{", x_delivery="d2").status_code == 202
    assert deliver(door, b"[" * 10_000, x_delivery="d3").status_code == 202
    assert [id for id, _ in kept(door)] == ["d2", "d3"]


@pytest.mark.parametrize("id", ["", "x" * 201])
def test_a_delivery_needs_an_id(door: Edge, id: str) -> None:
    assert (deliver(door, x_delivery=id).status_code, kept(door)) == (400, [])


class Away:
    """A database that does not answer."""

    @contextmanager
    def begin(self) -> Iterator[NoReturn]:
        raise Unavailable("database")
        yield

    read = begin


def test_r13_while_the_database_is_away_nothing_is_acknowledged(door: Edge) -> None:
    reception: Reception = door.app.state.reception
    door.app.state.reception = replace(reception, accept=AcceptDelivery(database=Away(), new_id=new_id))
    refused = deliver(door)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
    door.app.state.reception = reception
    assert (deliver(door).status_code, len(kept(door))) == (202, 1)


def test_a_platform_that_tries_the_connection_is_greeted_and_nothing_is_kept(door: Edge) -> None:
    class Polite:
        def admit(self, headers: object, body: bytes) -> Greeting:
            return Greeting(text="challenge-1")

    door.app.state.reception = replace(door.app.state.reception, doors={PROVIDER: Polite()})
    assert (deliver(door).text, kept(door)) == ("challenge-1", [])


def test_a_delivery_is_forgotten_a_month_after_it_was_handled_and_one_set_aside_never(door: Edge) -> None:
    deliver(door)
    deliver(door, x_delivery="d2")
    world = door.world
    with world.database.begin() as tx:
        first, second = (tx.inbox.take(timedelta(minutes=1)) for _ in range(2))
        assert first is not None
        assert second is not None
        tx.inbox.done(first.id, tx.now())
        tx.inbox.failed(second.id, "broken", None)
    for days, left in ((29, 2), (2, 1), (300, 1)):
        world.later(days=days)
        with world.database.begin() as tx:
            tx.inbox.forget(tx.now() - timedelta(days=30), 10)
        assert len(kept(door)) == left
