"""A service whose runs call back to a program on this machine, delivered by hand."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from httpx import Response
from standardwebhooks import Webhook

from api.wiring.callbacks import deliver_callback, spread_callbacks
from bot.announce import SpreadAnnouncement
from bot.conversations import TalkOutside
from bot.mirror import ShowStates
from bot.say import SayThings
from bot.show_card import CardsNow, ShowCards
from core.engine.callback_secrets import sealed_secret
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.relay import Relay
from core.ports.database import Database
from tests.api.edge import ACCESS, Edge, edge_on
from tests.doubles.callback_listener import CallbackListener, listening
from tests.world import PROJECT, World, new_id

SECRET = "whsec_" + base64.b64encode(b"s" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()


@dataclass
class Calling:
    edge: Edge
    program: CallbackListener

    @property
    def world(self) -> World:
        return self.edge.world

    def relay(self, database: Database | None = None) -> Relay:
        given: Any = {"database": database or self.world.database, "registry": self.world.registry, "vault": self.world.vault}
        now = CardsNow(registry=self.world.registry, page=lambda run: None)
        settings = self.edge.service.installation.settings
        return Relay(
            database=given["database"], gate=DispatchGate(**given), pipelines=DispatchFlow(**given, dispatchers={}),
            conversations=TalkOutside(
                announcements=SpreadAnnouncement(database=given["database"], spreaders=[spread_callbacks()]),
                cards=ShowCards(database=given["database"], homes={}, now=now),
                sayings=SayThings(database=given["database"], homes={}, now=now),
                states=ShowStates(database=given["database"], homes={})),
            callbacks=deliver_callback(settings, given["database"], self.world.vault))

    def delivers(self) -> None:
        self.world.work()
        relay = self.relay()
        relay.deliver()
        relay.call_back()

    def start(self, who: str = "ann", *, secret: str | None = SECRET, url: str | None = None, **payload: Any) -> Response:
        hook = {"url": url or self.program.url, **({"secret": secret} if secret is not None else {})}
        return self.edge.post("/run", who, {"payload": {**ACCESS, **payload}, "callback": {"type": "webhook", "webhook": hook}})

    def asks(self, **more: Any) -> str:
        started = self.start(**more)
        assert started.status_code == 201, started.text
        return str(started.json()["id"])

    def told(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.program.got]

    def verified(self, secret: str, at: int = -1) -> Any:
        headers, body = self.program.got[at]
        return Webhook(secret).verify(body, headers)

    def makes_secret(self, text: str) -> str:
        with self.world.database.begin() as tx:
            project = tx.projects.find(PROJECT)
            assert project is not None
            made = sealed_secret(self.world.vault, new_id, project.id, None, text, tx.now())
            tx.webhook_secrets.add(made)
        return made.id


@contextmanager
def calling(world: World, home: Path) -> Iterator[Calling]:
    with listening() as program, edge_on(world, home, callback_allow="127.0.0.0/8") as edge:
        for who in ("ann", "bob", "app:ci"):
            edge.token(who)  # from before a test moves the clock
        yield Calling(edge, program)
