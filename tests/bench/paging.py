"""Target 11: the page where many requests wait, and what many open pages cost everybody else."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import perf_counter

from api.wiring.starting import new_id
from core.engine.sign_in import SignIn
from tests.bench.client import Refused
from tests.bench.company import ANSWERS, API, Company, found_company, opened
from tests.bench.figures import Row, at_most, p50_p95
from tests.bench.placet import Service, served
from tests.bench.postgres import Postgres
from tests.bench.stock import copy_run

KINDS, OPEN, SHOWN = 10, 1_000, 50
TABS, ROUNDS, LOOKS, BETWEEN = 100, 5, 60, 20
INBOX, SLOWED = 50.0, 1.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A service at which somebody is signed in, for whom requests wait."""

    service: Service
    cookie: str
    waiting: str

    def get(self, path: str, *, token: bool = False) -> tuple[float, str]:
        """Return how many ms it took, and what was answered."""
        headers = dict(self.service.company.answering) if token else {"Cookie": f"placet={self.cookie}"}
        connection = HTTPConnection("127.0.0.1", self.service.port, timeout=30)
        connection.connect()
        began = perf_counter()
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        said = answer.read().decode()
        took = (perf_counter() - began) * 1_000
        connection.close()
        if answer.status != 200:
            raise Refused(f"{answer.status} for {path}")
        return took, said


def measure(postgres: Postgres, directory: Path, *, times: int) -> Iterator[Row]:
    for name in ("PostgreSQL", "SQLite"):
        company = found_company(directory / f"paging-{name}", postgres.create("paging") if name == "PostgreSQL" else None)
        with served(company, directory, flows=False) as service:
            desk = _desk(service, company)
            yield _inbox(desk, name, times)
            yield _beside_tabs(desk, name)


def _desk(service: Service, company: Company) -> Desk:
    """Ask for different things in different projects, and copy each request."""
    requests = [company.request(f"kind-{number}", f"bench/p{number}") for number in range(KINDS)]
    asked = [str(service.call("POST", "/approvals", company.asking, each)["id"]) for each in requests]
    with opened(company) as database:
        with database.writer.begin() as connection:
            for number, run in enumerate(asked):
                copy_run(connection, run, number * (OPEN // KINDS - 1), OPEN // KINDS - 1)
        sign_in = SignIn(database=database, new_id=new_id)
        with database.begin() as tx:
            person = tx.people.find(ANSWERS)
            assert person is not None
            link, _ = sign_in.link(tx, person)
        cookie, _ = sign_in.use(link, agent="bench", before="")
    return Desk(service=service, cookie=cookie, waiting=random.choice(asked))


def _inbox(desk: Desk, name: str, times: int) -> Row:
    shown = desk.get("/")[1]
    if f"{OPEN:,} requests" not in shown and f"{OPEN} requests" not in shown or shown.count("<article") != SHOWN:
        raise LookupError(f"the inbox does not show {SHOWN} of {OPEN} requests")
    took = [desk.get("/")[0] for _ in range(times)]
    return Row(target=11, what=f"inbox of {OPEN:,} open requests, {SHOWN} shown, {name}", placet=p50_p95(took),
               wanted=[at_most(median(took), INBOX, "ms", "p50")])


def _beside_tabs(desk: Desk, name: str) -> Row:
    """Look at a request over REST with and without open pages, in turn, while something happens now and then."""
    alone, beside = list[list[float]](), list[list[float]]()
    for number in range(ROUNDS + 1):
        before = _looks(desk, f"alone-{number}")
        with _tabs(desk):
            after = _looks(desk, f"beside-{number}")
        if number:  # the first is to warm up
            alone.append(before)
            beside.append(after)
    ratio = median(median(after) / median(before) for before, after in zip(alone, beside, strict=True))
    return Row(target=11, what=f"a look over REST, {TABS} pages open, {name}", placet=p50_p95([each for had in beside for each in had]),
               beside=f"none open {p50_p95([each for had in alone for each in had])}", ratio=ratio, wanted=[at_most(ratio, SLOWED, "×")])


def _looks(desk: Desk, prefix: str) -> list[float]:
    company, took = desk.service.company, []
    for number in range(LOOKS):
        if number % BETWEEN == 0:
            desk.service.call("POST", "/approvals", company.asking, company.request(f"{prefix}-{number}", "bench/p0"))
        took.append(desk.get(f"{API}/approvals/{desk.waiting}", token=True)[0])
    return took


@contextmanager
def _tabs(desk: Desk) -> Iterator[None]:
    with ExitStack() as opened_pages:
        for _ in range(TABS):
            connection = HTTPConnection("127.0.0.1", desk.service.port, timeout=30)
            opened_pages.callback(connection.close)
            connection.request("GET", "/events", headers={"Cookie": f"placet={desk.cookie}"})
            answer = connection.getresponse()
            if answer.status != 200 or not answer.readline():
                raise Refused(f"{answer.status} for an open page")
            opened_pages.callback(answer.close)
        yield
