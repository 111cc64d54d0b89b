"""Processes on one database, forked from a warm parent that never opens it itself, and some of them doomed."""

import json
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import and_, or_, select

from core.domain.executions import Execution, Status
from core.domain.json import Json, camel
from core.engine.cancel_flow import CancelFlow
from core.engine.find_approvals import ApprovalView, FindApprovals
from core.engine.grant_access import GrantAccess
from core.engine.relay import Relay
from core.engine.run_flow import RunFlow, RunOrder
from core.flows.registry import build_registry
from integrations.database.announcing import NOBODY, Announcing
from integrations.database.changes import changes_of
from integrations.database.tables import executions
from integrations.embedded.engine import EmbeddedFlowEngine
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import WebhookClient
from tests.doubles.access_webhook import SECRET, AccessWebhook, Entry, Fault, read_ledger
from tests.faults.books import read_books
from tests.faults.checker import violations
from tests.faults.extent import LONGEST
from tests.faults.fate import Fate, MortalDatabase, MortalProvider
from tests.faults.flows import FLOWS
from tests.faults.processes import Ended, Process, begin
from tests.world import BOUNDLESS, PROJECT, World, new_id

LEASE = timedelta(seconds=1)
CLIENT = WebhookClient()
Job = Callable[["MortalWorld"], Any]


class MortalWorld(World):
    """The company as one process of the crew sees it: over the real receiver's double, and with a fate."""

    database: Any

    def __init__(self, url: str, receiver: str, fate: Fate):
        super().__init__(url, flows=FLOWS, lease=LEASE)
        self.sql, self.fate = self.database, fate
        self.database = MortalDatabase.over(self.sql, fate)
        provider = MortalProvider(WebhookAccess(receiver, [SECRET], CLIENT), fate)
        access = GrantAccess(database=self.database, provider=provider)
        self.deploy(build_registry(FLOWS, {"access.grant": access.grant, "access.revoke": access.revoke}))
        with self.sql.read() as tx:
            self.people = {person.email: person for person in tx.people_register.list()}

    def order(self, flow: str = "hasty-access", *, key: Any = None, **parameters: Json) -> Execution:
        """Start a run for ann."""
        payload: dict[str, Json] = {"id": flow, "repositoryIdentifier": PROJECT, "username": "ann@acme.org"}
        return RunFlow(database=self.database, registry=self.registry, vault=self.vault, new_id=new_id, limits=BOUNDLESS).run(
            self.caller("ann"), RunOrder(payload=payload | {camel(name): value for name, value in parameters.items()}, idempotency=key))

    def asks(self, flow: str, **parameters: Json) -> str:
        """Bring a run to its gate."""
        run = self.order(flow, **parameters)
        claim = self.advance.claim(run.id)
        assert claim is not None
        self.advance.run(claim)
        return run.id

    def cancels_id(self, who: str, execution_id: str) -> int:
        return CancelFlow(database=self.database).cancel(self.caller(who), execution_id).children

    def pending(self) -> list[ApprovalView]:
        return list(FindApprovals(database=self.database).pending(self.caller("bob")))

    def stretch(self, execution_id: str) -> None:
        """Go on with one run as far as it goes."""
        while (claim := self.advance.claim(execution_id)) is not None:
            self.advance.run(claim)

    def engine(self, slots: int = 2, outside: "Talkative | None" = None) -> EmbeddedFlowEngine:
        """`outside`: whom it tells of what happens."""
        more: dict[str, Any] = {}
        if outside is not None:
            more = {"deliver": outside.relay(self).deliver, "couriers": outside.couriers(self)}
        engine = EmbeddedFlowEngine(self.advance, changes_of(self.sql), slots=slots, chores=[self.sweep], **more)
        self.sql.post = engine.post
        self.database.nudging(engine.wake)
        engine.start()
        return engine


@dataclass(slots=True)
class Crew:
    """`kills` counts the processes that died; `acks` is a file of what clients were told. `announcing`: who is told of what happens."""

    url: str
    directory: Path
    receiver: str = ""
    kills: int = 0
    announcing: Announcing = NOBODY
    _alive: set[Process] = field(default_factory=set)

    @property
    def ledger_file(self) -> Path:
        return self.directory / "ledger.jsonl"

    @property
    def acks_file(self) -> Path:
        return self.directory / "acks.jsonl"

    @property
    def called_file(self) -> Path:
        return self.directory / "called.jsonl"

    @property
    def posted_file(self) -> Path:
        return self.directory / "posted.jsonl"

    @property
    def log_file(self) -> Path:
        return self.directory / "log.jsonl"

    def called(self) -> list[dict[str, Any]]:
        """What a program was told, in order."""
        return _lines(self.called_file)

    def posted(self) -> list[dict[str, Any]]:
        """What mails were taken, in order."""
        return _lines(self.posted_file)

    def ledger(self) -> list[Entry]:
        return read_ledger(self.ledger_file)

    def acks(self) -> list[dict[str, Any]]:
        return _lines(self.acks_file)

    def open(self, luck: Callable[[], Fault] = Fault) -> "Crew":
        """Start the receiver, and write the company down."""
        reading, writing = os.pipe()
        self._alive.add(begin(lambda _: self._receive(luck, writing), lives=None))
        os.close(writing)
        with open(reading) as said:
            self.receiver = said.read()
        self.does(lambda w: w.company() and None)
        return self

    def _receive(self, luck: Callable[[], Fault], writing: int) -> None:
        receiver = AccessWebhook(ledger_file=self.ledger_file, luck=luck)
        os.write(writing, receiver.url.encode())
        os.close(writing)
        receiver.serve()

    def close(self) -> None:
        for process in self._alive:
            process.kill()
            process.wait()

    def child(self, job: Job, fate: Fate | None = None) -> Ended:
        """Do a job in a process of its own and wait for its end."""
        return self.ends(self.begin(job, fate))

    def does(self, job: Job) -> Any:
        """Do a job in a process that lives; return its value."""
        ended = self.child(job)
        assert not ended.killed
        return ended.value

    def begin(self, job: Job, fate: Fate | None = None) -> Process:
        def in_it(fate: Fate) -> Any:
            write_log(self.log_file)
            world = MortalWorld(self.url, self.receiver, fate)
            world.sql.announcing = self.announcing
            return job(world)

        process = begin(in_it, fate)
        self._alive.add(process)
        return process

    def ends(self, process: Process) -> Ended:
        """Wait for the end of a process."""
        self._alive.discard(process)
        ended = process.wait()
        self.kills += ended.killed
        return ended

    def kills_everywhere(self, jobs: Iterable[Job], *, step: int = 1) -> Iterator[Ended]:
        """Do one job after the other, killed at its first point, at its second (or as many further), and so on, until one lives."""
        for n, job in enumerate(jobs):
            ended = self.child(job, Fate(nth=1 + n * step))
            yield ended
            if not ended.killed:
                return
        raise AssertionError("there are more points than jobs")

    def acknowledge(self, **what: Json) -> None:
        """Write down, durably for whoever reads after a kill, what a client was told."""
        fd = os.open(self.acks_file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(fd, json.dumps(what).encode() + b"\n")
        os.close(fd)

    def converge(self, within: float = LONGEST - 10, outside: "Talkative | None" = None) -> float:
        """Let an engine that nobody kills work until no run waits for anything but people; return how long it took."""
        began = time.monotonic()

        def work(w: MortalWorld) -> list[str]:
            engine = w.engine(slots=4, outside=outside)
            while (left := busy(w)) and time.monotonic() - began < within:
                time.sleep(0.02)
            engine.stop()
            return left

        left = self.does(work)
        assert left == [], f"still busy after {within} s: {left}"
        return time.monotonic() - began

    def check(self) -> None:
        """Fail with everything that does not hold; nothing may be under way."""

        def look(w: MortalWorld) -> list[str]:
            with w.database.reader.connect() as connection:
                return violations(read_books(connection, self.ledger(), self.acks(), self.called(), self.posted(), self._texts()))

        wrong = self.does(look)
        assert wrong == [], "\n".join(wrong)

    def _texts(self) -> dict[str, str]:
        """What stands in files."""
        files = (self.ledger_file, self.called_file, self.posted_file, self.acks_file, self.log_file)
        return {file.name: file.read_text() for file in files if file.exists()}


class Talkative(Protocol):
    def relay(self, w: MortalWorld) -> Relay: ...

    def couriers(self, w: MortalWorld) -> list[Callable[[], object]]: ...


class Everything(logging.Formatter):
    """A record with all that goes with it."""

    def format(self, record: logging.LogRecord) -> str:
        return json.dumps({name: str(value) for name, value in vars(record).items()} | {"text": super().format(record)})


def write_log(file: Path) -> None:
    """Let a process write down whatever it logs."""
    handler = logging.FileHandler(file)
    handler.setFormatter(Everything())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def busy(w: MortalWorld) -> list[str]:
    """Return the runs that somebody holds, or whose turn comes soon by itself."""
    soon = and_(executions.c.due_at < datetime.now(UTC) + timedelta(minutes=1), executions.c.status != Status.SUSPENDED)
    with w.database.reader.connect() as connection:
        return list(connection.execute(select(executions.c.id).where(or_(executions.c.held, soon))).scalars())


@contextmanager
def crew_on(url: str, directory: Path, luck: Callable[[], Fault] = Fault) -> Iterator[Crew]:
    crew = Crew(url, directory).open(luck)
    try:
        yield crew
    finally:
        crew.close()
