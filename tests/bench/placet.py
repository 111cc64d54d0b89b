"""Placet as it is served, with a company in its database."""

import json
import os
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from api.cli.register import Register, TokenOrder
from api.settings import Settings, load_settings
from api.wiring import Installation, migrate_database, new_id, open_installation
from core.domain.approvals import Verdict
from core.domain.json import Json
from core.domain.people import Caller, Role
from core.engine.decide_approval import AnswerRequest, DecideApproval
from integrations.database.database import SqlDatabase
from tests.bench.flows import FLOW, MARKS
from tests.bench.load import Exchange
from tests.bench.processes import PATIENCE, DidNotStart, Group, free_port, start

ROOT = Path(__file__).parents[2]
ASKS, ANSWERS = "asks@bench.example", "answers@bench.example"
PROJECTS = 16
API = "/sfp/api/flows"
ENTRY_POINTS = "[placet.flows]\nbench = tests.bench.flows:wait_for_a_yes\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One database with somebody who answers, and a program that asks; `home` holds the keys."""

    home: Path
    database_url: str
    program: str
    person: str

    @property
    def environ(self) -> dict[str, str]:
        return {"PLACET_HOME": str(self.home), "PLACET_DATABASE_URL": self.database_url, "PLACET_LOG_LEVEL": "info"}

    @property
    def settings(self) -> Settings:
        return load_settings(self.environ)

    @property
    def asking(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.program}"}

    @property
    def answering(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.person}"}

    def request(self, task_id: str, project: str) -> Mapping[str, Json]:
        return {"taskId": task_id, "requestedBy": ASKS, "callback": {"type": "none", "repositoryIdentifier": project},
                "context": {"taskType": "deploy", "targetOrg": "production", "accessLevel": "admin", "durationMinutes": 60}}

    def create(self) -> Exchange:
        """A program asks about something that is named by the item; each client does so in a project of its own."""
        body = json.dumps(self.request("@item@", "bench/p@client@"))
        return Exchange(method="POST", path=f"{API}/approvals", headers=self.asking, body=body)

    def approve(self, target: str) -> Exchange:
        body = {"approver": "Answers", "approverEmail": ANSWERS}
        return Exchange(method="POST", path=f"{API}/approvals/{target}/approve", headers=self.answering, body=json.dumps(body))


def found_company(home: Path, database_url: str | None = None) -> Company:
    """Make keys, schema, people, projects and tokens. Without a URL the database is SQLite's file in the home."""
    open_installation(load_settings({"PLACET_HOME": str(home)})).close()  # makes the keys, which with PostgreSQL are to be given
    empty = Company(home=home, database_url=database_url or f"sqlite:///{home}/placet.db", program="", person="")
    migrate_database(empty.settings)
    installed = open_installation(empty.settings)
    try:
        register = Register(database=installed.database, new_id=new_id, operator="bench")
        for email in (ASKS, ANSWERS):
            register.add_person(email, email.partition("@")[0].title())
        for number in range(PROJECTS):
            register.add_project(f"bench/p{number}", [ANSWERS])
            register.admit(f"bench/p{number}", ASKS, Role.MEMBER)
        day = timedelta(hours=24)
        return Company(home=home, database_url=empty.database_url,
                       program=_minted(installed, register, TokenOrder(application="bench", life=day)),
                       person=_minted(installed, register, TokenOrder(person=ANSWERS, life=day)))
    finally:
        installed.close()


@contextmanager
def opened(company: Company) -> Iterator[SqlDatabase]:
    """Open a company's database, without serving it."""
    database = SqlDatabase(company.database_url)
    try:
        yield database
    finally:
        database.close()


def _minted(installed: Installation, register: Register, order: TokenOrder) -> str:
    return installed.issuer.mint(register.remember_token(order))


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`ready_after`: seconds from its start to ready."""

    company: Company
    group: Group
    port: int
    ready_after: float

    def call(self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Json] | None = None) -> dict[str, Json]:
        """One request, for what is not measured."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{API}{path}", method=method, data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json", **headers})
        with urllib.request.urlopen(request, timeout=30) as answer:
            said: dict[str, Json] = json.load(answer)
        return said


    def approve(self, target: str) -> None:
        self.call("POST", f"/approvals/{target}/approve", self.company.answering, {"approver": "Answers", "approverEmail": ANSWERS})


def parked(service: Service, count: int) -> list[str]:
    """Start runs of the bench's flow, and wait until all of them wait for a yes."""
    company, payload = service.company, {"id": FLOW, "repositoryIdentifier": "bench/p0"}
    runs = [str(service.call("POST", "/run", company.asking, {"payload": payload})["id"]) for _ in range(count)]
    until = time.monotonic() + PATIENCE
    while service.call("GET", "/approvals/pending", company.answering)["count"] != count:
        if time.monotonic() > until:
            raise TimeoutError("the runs do not come to their gate")
        time.sleep(0.1)
    return runs


def approve_at_rest(company: Company, target: str) -> None:
    """Approve while nothing serves the company."""
    with opened(company) as database:
        with database.read() as tx:
            person = tx.people.find(ANSWERS)
        answer = AnswerRequest(verdict=Verdict.APPROVE, claimed_email=ANSWERS, name="Answers", surface="rest")
        DecideApproval(database=database).decide(Caller(subject=ANSWERS, role=Role.OWNER, person=person), target, answer)


@contextmanager
def served(company: Company, directory: Path, *, flows: bool = True, extra: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Serve a company; `flows`: with the bench's own."""
    service = serve(company, directory, flows=flows, extra=extra)
    try:
        yield service
    finally:
        service.group.end()


def serve(company: Company, directory: Path, *, flows: bool = True, extra: Mapping[str, str] | None = None) -> Service:
    port = free_port()
    environ = {**_inherited(directory, flows), **company.environ, "PLACET_PORT": str(port), MARKS: str(marks_of(company)), **(extra or {})}
    group = start([sys.executable, "-m", "api.cli.main", "serve"], environ=environ, log=directory / f"placet-{port}.log", cwd=ROOT)
    try:
        ready_after = group.wait_for(lambda: answers(port, "/readyz"))
    except DidNotStart:
        group.kill()
        raise
    return Service(company=company, group=group, port=port, ready_after=ready_after)


def marks_of(company: Company) -> Path:
    """Return where the bench's flow writes down that it goes on."""
    return company.home / "marks"


def answers(port: int, path: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _inherited(directory: Path, flows: bool) -> dict[str, str]:
    """Return an environment in which the bench's flow is installed as any package's flows are."""
    installed = directory / "installed"
    metadata = installed / "placet_bench-1.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: placet-bench\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text(ENTRY_POINTS)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PLACET_")}
    paths = [*([str(installed)] if flows else []), *filter(None, [kept.get("PYTHONPATH")])]
    return {**kept, "PYTHONPATH": os.pathsep.join(paths)}
