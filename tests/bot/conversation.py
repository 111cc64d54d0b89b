"""People who talk to Placet on a scripted platform: what they write, what arrives, and what they read."""

from datetime import timedelta
from typing import Any

from bot.handle import Handle
from bot.receive import ReceiveDeliveries
from bot.reconcile import Reconcile
from bot.say import SayThings
from bot.show_card import CardsNow
from bot.wordbook import ONLY_ENGLISH, Wordbook
from core.domain.effects import Acknowledge, Say
from core.domain.executions import Execution
from core.domain.identities import Identity
from core.domain.messages import Delivery, Place
from core.engine.accept_delivery import AcceptDelivery
from core.engine.run_flow import RunFlow
from tests.doubles.scripted_home import HERE, PLACE, PROVIDER, Post, ScriptedHome
from tests.world import PROJECT, World, new_id

IDS = {"ann": "101", "bob": "102", "cat": "103", "dan": "104", "eve": "105"}


class Conversation:
    """The company's people have accounts there, linked; the project is at home at the place. The double's clock is the database's."""

    def __init__(self, world: World, words: Wordbook = ONLY_ENGLISH):
        self.world = world
        self.home = ScriptedHome(now=world.now)
        self.home.account("placet-bot", "900", human=False)
        for name, id in IDS.items():
            self.home.account(name, id)
            self.link(name, id)
        self.bind()
        database, homes = world.database, {PROVIDER: self.home.home()}
        run_flow = RunFlow(database=database, registry=world.registry, vault=world.vault, new_id=new_id)
        self.handle = Handle(database=database, registry=world.registry, new_id=new_id, run_flow=run_flow,
                             homes=homes, page="https://placet.acme.org", words=words)
        self.receive = ReceiveDeliveries(database=database, homes=homes, handle=self.handle)
        self.lost: list[str] = []
        self.reconcile = Reconcile(database=database, homes=homes, handle=self.handle, lost=self.lost.append)
        now = CardsNow(registry=world.registry, page=lambda run: None, words=words)
        self.sayings = SayThings(database=database, homes=homes, now=now)
        self.accept = AcceptDelivery(database=database, new_id=new_id)

    # -- who and where ------------------------------------------------------------------------------------------------------------

    def link(self, name: str, id: str) -> None:
        person = self.world.caller(name).person
        assert person is not None
        with self.world.database.begin() as tx:
            tx.identities.link(Identity(provider=PROVIDER, external_id=id, person_id=person.id, login=name, linked_at=tx.now()))

    def unlink(self, id: str) -> None:
        with self.world.database.begin() as tx:
            tx.identities.unlink(PROVIDER, id)

    def bind(self, project: str = PROJECT, place: str = PLACE) -> None:
        bound = Place(provider=PROVIDER, place=place, project_id=self.world.project(project).id)
        with self.world.database.begin() as tx:
            tx.places.bind(bound, tx.now())

    def unbind(self) -> None:
        bound = Place(provider=PROVIDER, place=PLACE, project_id=self.world.project().id)
        with self.world.database.begin() as tx:
            tx.places.unbind(bound)

    def asks(self, who: str = "ann", **more: Any) -> Execution:
        """Somebody asks for access, on the issue."""
        return self.world.asks_for_access(who, workItemRef={"type": "github-issue", "key": "7"}, **more)

    # -- what is written ----------------------------------------------------------------------------------------------------------

    def says(self, who: str, text: str, **more: Any) -> list[str]:
        """Write something that is delivered at once; return what is replied to it."""
        before = len(self.home.said)
        self.home.writes(who, text, **more)
        self.settle()
        return [said.text for said in self.home.said[before:]]

    def settle(self) -> None:
        """Deliver what is on its way, handle what is due, and let what is said arrive."""
        while self.home.mail:
            self.delivered(self.home.mail.pop(0))
        self.receive.work()
        self.speak()

    def delivered(self, delivery: Delivery) -> bool:
        return self.accept.accept(delivery)

    def redelivers(self, post: Post) -> None:
        """The same message, by another id of its delivery."""
        self.home.mail.append(self.home.delivery(post))

    def speak(self) -> None:
        while True:
            with self.world.database.begin() as tx:
                posted = tx.outbox.take(timedelta(minutes=1), (Say, Acknowledge))
            if posted is None:
                return
            match posted.effect:
                case Say() as effect:
                    self.sayings.say(effect)
                case Acknowledge(conversation=conversation, message_id=message_id):
                    self.home.acknowledge(conversation, message_id)
            with self.world.database.begin() as tx:
                tx.outbox.done(posted.id)

    # -- what is there ------------------------------------------------------------------------------------------------------------

    @property
    def replies(self) -> list[str]:
        return [said.text for said in self.home.said]

    def status(self, run: Execution) -> str:
        return str(self.world.approval(run).approval.status)

    def ref(self, run: Execution) -> str:
        return self.world.approval(run).approval.ref.lower()

    def security(self) -> list[str]:
        """Why refused answers stand in the audit."""
        return [facts.split('"refusal":"')[1].split('"')[0] for (facts,) in self.world.rows(
            "SELECT facts FROM audit WHERE kind = 'security' ORDER BY seq")]


__all__ = ["HERE", "PLACE", "PROVIDER", "Conversation"]
