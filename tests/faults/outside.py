"""Who is told of what happens: people by a mail server and a program that listens, each in a process of its own that outlives the rest."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.announce import SpreadAnnouncement
from bot.send_mails import SendMails
from bot.write_to_people import ToPeople
from core.engine.call_back import DeliverCallback, SpreadCallbacks
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.relay import Relay
from core.engine.run_flow import RunFlow, RunOrder
from core.ports.callbacks import Heard, Listener
from core.ports.mail import Letter, Postman
from integrations.database.announcing import Announcing
from integrations.smtp.postman import SmtpPostman
from integrations.smtp.server import parse_server
from integrations.webhooks.callbacks import WebhookListener
from integrations.webhooks.guarded import GuardedClient, parse_allowed
from tests.doubles.callback_listener import CallbackListener, listening
from tests.doubles.mail_server import MailServer, mail_server
from tests.faults.checker import PIN, SIGNING
from tests.faults.crew import Crew, Job, MortalWorld
from tests.faults.fate import Fate
from tests.faults.processes import Process, begin
from tests.world import BOUNDLESS, PROJECT, new_id

LEASE = timedelta(milliseconds=100)
AT_ONCE = timedelta()


@dataclass(frozen=True, slots=True)
class MortalListener:
    """Points: before and after each call outside."""

    inner: Listener
    fate: Fate

    def tell(self, url: str, message_id: str, body: str, secrets: Any, seconds: float) -> Heard:
        self.fate.meet("before tell")
        heard = self.inner.tell(url, message_id, body, secrets, seconds)
        self.fate.meet("after tell")
        return heard


@dataclass(frozen=True, slots=True)
class MortalPostman:
    """Points: before and after each call outside."""

    inner: Postman
    fate: Fate

    def send(self, letter: Letter) -> None:
        self.fate.meet("before send")
        self.inner.send(letter)
        self.fate.meet("after send")


@dataclass(frozen=True, slots=True)
class Outside:
    """`url`: where the program listens; `port`: where mail is taken."""

    crew: Crew
    url: str
    port: int

    def asked(self, w: MortalWorld) -> str:
        """Bring a run to its gate that calls back and has a secret; return its id."""
        run = RunFlow(database=w.database, registry=w.registry, vault=w.vault, new_id=new_id, limits=BOUNDLESS).run(
            w.caller("ann"), RunOrder(
                payload={"id": "hasty-access", "repositoryIdentifier": PROJECT, "username": "ann@acme.org", "holdMs": 0, "openMs": 600_000,
                         "pin": PIN},
                callback={"type": "webhook", "url": self.url}, callback_secret=SIGNING))
        w.stretch(run.id)
        return run.id

    def approved(self, w: MortalWorld) -> str:
        run = self.asked(w)
        w.approves("bob", run)
        return run

    def over(self, w: MortalWorld) -> str:
        run = self.approved(w)
        w.stretch(run)
        return run

    def relay(self, w: MortalWorld) -> Relay:
        given: dict[str, Any] = {"database": w.database, "registry": w.registry, "vault": w.vault}
        people = ToPeople(new_id=new_id, quiet=AT_ONCE, longest=AT_ONCE)
        spread = SpreadAnnouncement(database=w.database, spreaders=[people.spread, SpreadCallbacks(new_id=new_id)])
        listener = WebhookListener(GuardedClient(parse_allowed(["127.0.0.0/8"])))
        return Relay(
            database=w.database, gate=DispatchGate(**given), pipelines=DispatchFlow(**given, dispatchers={}), lease=LEASE,
            conversations=replace(w.conversations(w.database, LEASE), announcements=spread),
            callbacks=DeliverCallback(database=w.database, vault=w.vault, listener=MortalListener(listener, w.fate)))

    def sender(self, w: MortalWorld) -> SendMails:
        postman = SmtpPostman(parse_server(f"smtp://127.0.0.1:{self.port}"), "placet@acme.org")
        return SendMails(database=w.database, cards=w.cards(), postman=MortalPostman(postman, w.fate), new_id=new_id, lease=LEASE,
                         quiet=AT_ONCE)

    def deliver(self, w: MortalWorld) -> None:
        """Deliver what is due."""
        relay, sender = self.relay(w), self.sender(w)
        while relay.deliver() + relay.call_back() + sender.work():
            pass

    def empty(self, w: MortalWorld) -> None:
        """Deliver until there is nothing left."""
        end = time.monotonic() + 20
        while w.rows("SELECT 1 FROM outbox UNION ALL SELECT 1 FROM mails WHERE ended_at IS NULL"):
            assert time.monotonic() < end, w.rows("SELECT kind, error FROM outbox UNION ALL SELECT kind, error FROM mails")
            self.deliver(w)
            time.sleep(0.02)

    def couriers(self, w: MortalWorld) -> list[Callable[[], object]]:
        relay = self.relay(w)
        return [relay.call_back, self.sender(w).work]

    def ids_called(self, run: str) -> Job:
        """Return by what happened the ids under which the program was told of it, as often as it was."""

        def job(w: MortalWorld) -> dict[str, list[str]]:
            known = dict(w.rows("SELECT id, event FROM callbacks WHERE execution_id = :run", run=run))
            got = [call["headers"]["webhook-id"] for call in self.crew.called()]
            return {event: [each for each in got if each == message] for message, event in known.items()}

        return job


@contextmanager
def outside_of(crew: Crew) -> Iterator[Outside]:
    processes: list[Process] = []

    def opened(opens: Callable[[], AbstractContextManager[Any]], said: str) -> str:
        reading, writing = os.pipe()

        def serve(_: Fate) -> None:
            with opens() as double:
                os.write(writing, str(getattr(double, said)).encode())
                os.close(writing)
                threading.Event().wait()

        processes.append(begin(serve, lives=None))
        os.close(writing)
        with open(reading) as told:
            return told.read()

    url = opened(lambda: listening(CallbackListener(file=crew.called_file)), "url")
    port = opened(lambda: mail_server(MailServer(file=crew.posted_file)), "port")
    crew.announcing = Announcing(callbacks=True, everybody=True)
    yield Outside(crew, url, int(port))
    for process in processes:
        process.kill()
        process.wait()
