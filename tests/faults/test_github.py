"""A request on GitHub, from its card to its answer, and the process that does so dies (K3 to K9), with GitHub's own ledger as witness."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from bot.handle import Handle
from bot.homes import Home
from bot.receive import ReceiveDeliveries
from core.domain.identities import Identity
from core.domain.messages import Place
from core.engine.accept_delivery import AcceptDelivery
from core.engine.run_flow import RunFlow
from integrations.database.announcing import Announcing
from integrations.github.connection import GitHub as Hub
from integrations.github.credentials import AppKey
from integrations.github.home import github_home
from tests.doubles.github.double import GitHub
from tests.doubles.github.hooks import Delivery
from tests.doubles.github.setting import SECRET, pem
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.extent import STEP
from tests.faults.fate import Fate
from tests.world import BOUNDLESS, PROJECT, new_id

pytestmark = pytest.mark.database

LEASE = timedelta(milliseconds=100)


class MortalHub(Hub):
    """Points: before and after each request."""

    fate: Fate

    def _request(self, auth: Any, verb: str, path: str, *more: Any) -> Any:
        self.fate.meet(f"before {verb}")
        answer = super()._request(auth, verb, path, *more)
        self.fate.meet(f"after {verb}")
        return answer


@dataclass(frozen=True, slots=True)
class Town:
    """A crew whose requests are discussed on GitHub, which outlives everybody; its issues are numbered as the requests are."""

    crew: Crew
    github: GitHub
    app: str
    place: str
    bob: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def home(self, w: MortalWorld) -> Home:
        hub = MortalHub(AppKey(app_id=self.app, private_key=pem()), self.github.url)
        hub.fate = w.fate
        return github_home(hub, [SECRET])

    def moves_in(self, w: MortalWorld) -> None:
        person, place = w.caller("bob").person, Place(provider="github", place=self.place, project_id=w.project().id)
        assert person is not None
        with w.sql.begin() as tx:
            tx.places.bind(place, tx.now())
            tx.identities.link(Identity(provider="github", external_id=self.bob, person_id=person.id, login="bob", linked_at=tx.now()))

    def asked(self) -> int:
        """Ask once more, at an issue of its own; return its number."""
        number = next(self.numbers)
        self.github.open_issue("ann", PROJECT)

        def ask(w: MortalWorld) -> None:
            w.limits, w.sql.announcing = BOUNDLESS, Announcing(providers=frozenset(["github"]))
            w.requests("ann", f"job-{number}", callback={"type": "github", "repositoryIdentifier": PROJECT, "issueNumber": number})

        self.crew.does(ask)
        return number

    def answered(self, number: int) -> Delivery:
        """Let bob say yes; return what GitHub sends of it, which is on its way still."""
        self.github.hooks.held.clear()
        self.github.comment("bob", f"{PROJECT}#{number}", "/approve")
        return self.github.hooks.held[0]

    def accepts(self, delivery: Delivery) -> Job:
        def job(w: MortalWorld) -> None:
            door = self.home(w).door
            assert door is not None
            admitted = door.admit({name.lower(): value for name, value in delivery.headers.items()}, delivery.body)
            assert admitted is not None
            AcceptDelivery(database=w.database, new_id=new_id).accept(admitted)  # type: ignore[arg-type]

        return job

    def works(self, w: MortalWorld) -> None:
        """Handle what came, and say what is to be said, as far as it is due."""
        home = self.home(w)
        w.homes["github"] = home
        w.sql.announcing = Announcing(providers=frozenset(w.homes))
        run_flow = RunFlow(database=w.database, registry=w.registry, vault=w.vault, new_id=new_id)
        handle = Handle(database=w.database, registry=w.registry, new_id=new_id, run_flow=run_flow, homes=w.homes)
        ReceiveDeliveries(database=w.database, homes=w.homes, handle=handle, lease=LEASE).work()
        relay = w.relay(w.database, LEASE)
        while relay.deliver() + relay.carry():
            pass

    def rests(self, w: MortalWorld) -> None:
        """Work until nothing is left."""
        end = time.monotonic() + 40
        while w.rows("SELECT 1 FROM outbox UNION ALL SELECT 1 FROM inbox WHERE handled_at IS NULL"):
            assert time.monotonic() < end, w.rows("SELECT kind, tries, error FROM outbox")
            self.works(w)
            time.sleep(0.05)

    def said(self, number: int, what: str) -> list[str]:
        return [body for body in self.github.comments(f"{PROJECT}#{number}") if f"<!-- placet:{what}:" in body]


@pytest.fixture
def town(crew: Crew) -> Iterator[Town]:
    with GitHub() as github:
        github.person("ann")
        bob = github.person("bob")
        there = github.repository(PROJECT, ann="write", bob="write")
        app = github.app("placet", target=lambda headers, body: 202)
        installation = github.install(app, "acme")
        github.hooks.hold()
        town = Town(crew, github, str(app.id), f"github:{installation.id}/{there.id}", str(bob.id))
        crew.does(town.moves_in)
        yield town
        assert github.problems == []


def test_k3_k4_a_relay_that_is_killed_anywhere_leaves_one_card(town: Town) -> None:
    numbers: list[int] = []

    def jobs() -> Iterator[Job]:
        while True:
            town.crew.does(town.rests)
            numbers.append(town.asked())
            yield town.works

    for _ in town.crew.kills_everywhere(jobs(), step=STEP):
        pass
    town.crew.does(town.rests)
    assert town.crew.kills >= 4
    assert [len(town.said(number, "card")) for number in numbers] == [1] * len(numbers)
    posted = Counter(call.path for call in town.github.calls("POST /repos") if call.path.endswith("/comments"))
    assert list(posted.values()) == [1] * len(numbers)


def test_k5_to_k9_an_answer_whose_handling_is_killed_anywhere_counts_once_and_is_acknowledged_once(town: Town) -> None:
    numbers: list[int] = []
    deliveries: list[Delivery] = []

    def jobs() -> Iterator[Job]:
        while True:
            numbers.append(town.asked())
            town.crew.does(town.rests)
            deliveries.append(town.answered(numbers[-1]))

            def job(w: MortalWorld) -> None:
                town.accepts(deliveries[-1])(w)
                town.works(w)

            yield job

    for _ in town.crew.kills_everywhere(jobs(), step=STEP):
        town.crew.does(town.accepts(deliveries[-1]))  # what was not acknowledged is delivered again
        town.crew.does(town.rests)
    assert town.crew.kills >= 5
    decided = town.crew.does(lambda w: w.rows("SELECT approval_id FROM audit WHERE kind = 'decide'"))
    assert len(decided) == len(set(map(tuple, decided))) == len(numbers)
    for number in numbers:
        [card] = town.said(number, "card")
        assert "approved by bob@" in card
        assert len(town.said(number, "told")) == 1
        [answer] = town.github.comments_of("bob", f"{PROJECT}#{number}")
        assert town.github.reactions(answer) == [("placet[bot]", "eyes")]
