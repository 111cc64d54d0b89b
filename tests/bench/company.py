"""The company that the bench's services serve: a database with somebody who answers, and a program that asks."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from api.cli.register import Register, TokenOrder
from api.settings import Settings, load_settings
from api.wiring.installation import Installation, open_installation
from api.wiring.starting import new_id
from api.wiring.upkeep import migrate_database
from core.domain.approvals import Verdict
from core.domain.json import Json
from core.domain.people import Caller, Role
from core.engine.decide_approval import AnswerRequest, DecideApproval
from integrations.database.database import SqlDatabase
from tests.bench.load import Exchange

ASKS, ANSWERS = "asks@bench.example", "answers@bench.example"
PROJECTS = 16
API = "/sfp/api/flows"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """`home` holds the keys. `program` and `person` are tokens."""

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
    def marks(self) -> Path:
        """Where the bench's flow writes down that it goes on."""
        return self.home / "marks"

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


def _minted(installed: Installation, register: Register, order: TokenOrder) -> str:
    return installed.issuer.mint(register.remember_token(order))


@contextmanager
def opened(company: Company) -> Iterator[SqlDatabase]:
    """Open a company's database, without serving it."""
    database = SqlDatabase(company.database_url)
    try:
        yield database
    finally:
        database.close()


def approve_at_rest(company: Company, target: str) -> None:
    """Approve while nothing serves the company."""
    with opened(company) as database:
        with database.read() as tx:
            person = tx.people.find(ANSWERS)
        answer = AnswerRequest(verdict=Verdict.APPROVE, claimed_email=ANSWERS, name="Answers", surface="rest")
        DecideApproval(database=database).decide(Caller(subject=ANSWERS, role=Role.OWNER, person=person), target, answer)
