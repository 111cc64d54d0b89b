"""What the stores of conversations promise, on both databases."""

from dataclasses import replace
from datetime import datetime, timedelta
from threading import Barrier, Thread

from core.domain.messages import Delivery, Heard, Place
from tests.world import World, new_id

DELIVERY = Delivery(provider="github", delivery_id="d1", headers={"x-event": "comment"}, body='{"text": "\u00e9 \u4e2d"}')


def put(world: World, delivery: Delivery = DELIVERY) -> str:
    inbox_id = new_id()
    with world.database.begin() as tx:
        assert tx.inbox.add(inbox_id, delivery, tx.now())
    return inbox_id


def heard(now: datetime, n: int = 5, text: str = "approve", run: str | None = None) -> Heard:
    return Heard(
        provider="github", message_id=str(n), id=new_id(), execution_id=run, approval_id=None, conversation="github:acme/app#1",
        person_id=None, author="bob", text=text, written_at=now + timedelta(seconds=n), heard_at=now)


def test_a_delivery_comes_out_as_it_went_in_and_to_one_process_at_a_time(world: World) -> None:
    inbox_id = put(world)
    with world.database.begin() as tx:
        assert tx.inbox.waiting()
        taken = tx.inbox.take(timedelta(seconds=90))
        assert tx.inbox.take(timedelta(seconds=90)) is None
    assert taken is not None
    assert (taken.id, taken.delivery, taken.tries) == (inbox_id, DELIVERY, 1)
    world.later(seconds=91)
    with world.database.begin() as tx:
        again = tx.inbox.take(timedelta(seconds=90))
        assert again is not None
        assert again.tries == 2
        tx.inbox.done(again.id, tx.now())
    world.later(days=1)
    with world.database.begin() as tx:
        assert not tx.inbox.waiting()
        assert tx.inbox.take(timedelta(seconds=90)) is None
        assert tx.inbox.counts() == (0, None, 0)


def test_each_delivery_is_taken_once_by_processes_that_take_at_the_same_time(world: World) -> None:
    for n in range(20):
        put(world, replace(DELIVERY, delivery_id=f"d{n}"))
    taken: list[str] = []
    start = Barrier(4)

    def work() -> None:
        start.wait()
        while True:
            with world.database.begin() as tx:
                pending = tx.inbox.take(timedelta(minutes=5))
            if pending is None:
                return
            taken.append(pending.id)

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(taken), len(set(taken))) == (20, 20)


def test_a_delivery_of_the_same_id_is_kept_once_a_platform(world: World) -> None:
    put(world)
    with world.database.begin() as tx:
        assert not tx.inbox.add(new_id(), DELIVERY, tx.now())
        assert tx.inbox.add(new_id(), replace(DELIVERY, provider="slack"), tx.now())
        assert tx.inbox.latest("github") is not None
        assert tx.inbox.latest("azure-devops") is None


def test_what_was_handled_cannot_fail_afterwards(world: World) -> None:
    inbox_id = put(world)
    with world.database.begin() as tx:
        tx.inbox.done(inbox_id, tx.now())
        tx.inbox.failed(inbox_id, "too late", None)
        assert tx.inbox.list(set_aside=True, limit=9) == []


def test_a_message_is_heard_once(world: World) -> None:
    first = heard(world.now())
    with world.database.begin() as tx:
        assert tx.messages.hear(first)
        assert not tx.messages.hear(replace(first, id=new_id(), text="reject"))
        assert tx.messages.hear(replace(first, id=new_id(), provider="slack"))
    with world.database.read() as tx:
        assert tx.messages.heard([("github", "5"), ("github", "6"), ("slack", "5")]) == {("github", "5"), ("slack", "5")}
        assert tx.messages.heard([]) == set()
    assert world.rows("SELECT text FROM messages WHERE provider = 'github'") == [("approve",)]


def test_two_deliveries_of_one_message_at_the_same_moment_are_heard_once(world: World) -> None:
    one = heard(world.now())
    told: list[bool] = []
    start = Barrier(8)

    def hear() -> None:
        start.wait()
        with world.database.begin() as tx:
            told.append(tx.messages.hear(replace(one, id=new_id())))

    threads = [Thread(target=hear) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False] * 7 + [True]


def test_of_a_long_thread_the_latest_are_given_the_oldest_first(world: World) -> None:
    run = world.asks_for_access()
    with world.database.begin() as tx:
        for n in range(5):
            tx.messages.hear(heard(tx.now(), n, str(n), run.id))
    with world.database.read() as tx:
        assert [each.text for each in tx.messages.of_run(run.id, 3)] == ["2", "3", "4"]


def test_a_place_is_bound_to_projects_and_lets_go_of_them(world: World) -> None:
    project, other = world.project(), world.project("other/app")
    places = [Place(provider="github", place="github:1/11", project_id=each.id) for each in (project, other)]
    with world.database.begin() as tx:
        assert [tx.places.bind(each, tx.now()) for each in (*places, places[0])] == [True, True, False]
        assert tx.places.projects("github", "github:1/11") == {project.id, other.id}
        assert tx.places.projects("slack", "github:1/11") == frozenset()
        assert tx.places.of_project(project.id) == [places[0]]
        assert [tx.places.unbind(places[0]) for _ in range(2)] == [True, False]
        assert tx.places.list() == [places[1]]
