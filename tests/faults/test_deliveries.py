"""A message arrives, and the process that keeps it (K5, K6) or handles it (K7, K8, K9) dies."""

from datetime import timedelta

import pytest

from bot.handle import Handle
from bot.receive import ReceiveDeliveries
from core.domain.identities import Identity
from core.domain.messages import Delivery, Message, Place
from core.engine.accept_delivery import AcceptDelivery
from core.engine.run_flow import RunFlow
from tests.doubles.scripted_home import PLACE, PROVIDER, ScriptedHome
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.fate import Fate
from tests.faults.jobs import status
from tests.world import new_id

LEASE = timedelta(seconds=1)
pytestmark = pytest.mark.database


def at_home(w: MortalWorld) -> None:
    """Bob is known on the platform, and the project is at home there."""
    place = Place(provider=PROVIDER, place=PLACE, project_id=w.project().id)
    bob = w.caller("bob").person
    assert bob is not None
    with w.sql.begin() as tx:
        tx.identities.link(Identity(provider=PROVIDER, external_id="102", person_id=bob.id, login="bob", linked_at=tx.now()))
        tx.places.bind(place, tx.now())


def asks_there(crew: Crew, times: int) -> list[str]:
    """Bring so many runs to their gate, each discussed at an issue of its own."""
    return list(crew.does(lambda w: [
        w.asks("hasty-access", open_ms=600_000, work_item_ref={"type": "github-issue", "key": str(n + 1)}) for n in range(times)]))


def answer(w: MortalWorld, issue: int, delivery_id: str) -> Delivery:
    """Bob's yes at an issue, always the same message."""
    home = ScriptedHome(now=w.now)
    home.account("bob", "102")
    post = home.writes("bob", "approve", at=f"github:acme/app#{issue}")
    body = home.delivery(post).body.replace(f'"id": "{post.id}"', f'"id": "{issue}"')
    return Delivery(provider=PROVIDER, delivery_id=delivery_id, headers={"x-event": "comment"}, body=body)


def delivers(issue: int, delivery_id: str) -> Job:
    def job(w: MortalWorld) -> bool:
        delivery = answer(w, issue, delivery_id)
        return AcceptDelivery(database=w.database, new_id=new_id).accept(delivery)

    return job


class Elsewhere(ScriptedHome):
    """A platform whose posts another process has written: each stands there still."""

    def again(self, message: Message) -> Message:
        return message


def handles(w: MortalWorld) -> int:
    home = Elsewhere(now=w.now)
    home.account("bob", "102")
    run_flow = RunFlow(database=w.database, registry=w.registry, vault=w.vault, new_id=new_id)
    handle = Handle(database=w.database, registry=w.registry, new_id=new_id, run_flow=run_flow, homes={PROVIDER: home.home()})
    return ReceiveDeliveries(database=w.database, homes={PROVIDER: home.home()}, handle=handle, lease=LEASE).work()


def handles_at(seconds: int) -> Job:
    """Handle what is due so many seconds from now: no process shows a time that another had shown before."""

    def job(w: MortalWorld) -> int:
        w.later(seconds=seconds)
        return handles(w)

    return job


def decisions(run: str) -> Job:
    return lambda w: w.rows("SELECT count(*) FROM audit WHERE execution_id = :id AND kind = 'decide'", id=run)[0][0]


def undone(w: MortalWorld) -> int:
    return int(w.rows("SELECT count(*) FROM inbox WHERE handled_at IS NULL")[0][0])


def test_r10_r11_a_delivery_killed_on_its_way_into_the_inbox_comes_again_and_counts_once(crew: Crew) -> None:
    crew.does(at_home)
    runs = asks_there(crew, 8)
    for n, ended in enumerate(crew.kills_everywhere(delivers(n + 1, f"d{n}") for n in range(len(runs)))):
        assert crew.does(delivers(n + 1, f"d{n}")) in (True, False)
        assert crew.does(delivers(n + 1, f"again{n}"))
        crew.does(handles_at(2 + n))
        assert (crew.does(status(runs[n])), crew.does(decisions(runs[n]))) == ("approved", 1)
        assert ended.killed or n > 0

    assert crew.does(undone) == 0
    assert crew.kills >= 2


def test_r23_a_message_whose_handling_is_killed_anywhere_is_handled_by_another_and_counts_once(crew: Crew) -> None:
    crew.does(at_home)
    runs = asks_there(crew, 40)
    for n in range(len(runs)):
        crew.does(delivers(n + 1, f"d{n}"))
        ended = crew.child(handles_at(6 * n + 2), Fate(nth=n + 1))
        crew.does(handles_at(6 * n + 5))  # another process takes over what was taken and not finished
        assert (crew.does(status(runs[n])), crew.does(decisions(runs[n]))) == ("approved", 1)
        if not ended.killed:
            break

    assert not ended.killed
    assert crew.kills >= 15
    assert crew.does(undone) == 0
    assert crew.does(lambda w: w.rows("SELECT count(*) FROM outbox WHERE kind = 'acknowledge'")[0][0]) == n + 1
