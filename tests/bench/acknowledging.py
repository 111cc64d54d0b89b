"""Target 7: how soon a platform's delivery is acknowledged while its API is down and answers pile up."""

import hashlib
import hmac
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from threading import local

from sqlalchemy import text

from core.domain.identities import Identity
from core.domain.messages import Place
from tests.bench.client import Client, Refused
from tests.bench.company import ANSWERS, API, Company, found_company, opened
from tests.bench.figures import Row, at_most, p50_p95, percentile
from tests.bench.placet import ROOT, environ_of
from tests.bench.postgres import Postgres
from tests.bench.processes import answers, free_port, started
from tests.doubles.scripted_home import PLACE, PROVIDER, SECRET, SIGNATURE, ScriptedHome

A_SECOND, SENDERS, WITHIN = 50, 16, 100.0
ACCOUNT = "102"
WHERE = "github:bench/p0#7"


def measure(postgres: Postgres, directory: Path, *, seconds: float) -> Iterator[Row]:
    for name in ("PostgreSQL", "SQLite"):
        company = found_company(directory / f"acknowledging-{name}", postgres.create("acknowledging") if name == "PostgreSQL" else None)
        _settle_in(company)
        port = free_port()
        environ = {**environ_of(company, directory, flows=False), "PLACET_PORT": str(port)}
        command, log = [sys.executable, "-m", "tests.bench.homely"], directory / f"homely-{name}.log"
        with started(command, environ=environ, log=log, cwd=ROOT) as group:
            group.wait_for(partial(answers, port, "/readyz"))
            _ask(company, port)
            times = _deliver(port, int(seconds * A_SECOND))
        _check(company, len(times))
        p99 = percentile(times, 0.99)
        yield Row(target=7, what=f"{A_SECOND} deliveries/s acknowledged, their platform's API down, {name}", placet=p50_p95(times),
                  beside=f"p99 {p99:.1f} ms", wanted=[at_most(p99, WITHIN, "ms", "p99")])


def _settle_in(company: Company) -> None:
    """Let the project be at home at the platform, and its owner have an account there."""
    with opened(company) as database, database.begin() as tx:
        person, project = tx.people.find(ANSWERS), tx.projects.find("bench/p0")
        assert person is not None
        assert project is not None
        now = tx.now()
        tx.identities.link(Identity(provider=PROVIDER, external_id=ACCOUNT, person_id=person.id, login="answers", linked_at=now))
        tx.places.bind(Place(provider=PROVIDER, place=PLACE, project_id=project.id), now)


def _ask(company: Company, port: int) -> None:
    """Ask for something, and discuss it on the platform."""
    client = Client(port)
    asked = client.call("POST", f"{API}/approvals", company.asking, company.request("at-home", "bench/p0"))
    client.close()
    assert isinstance(asked, Mapping)
    with opened(company) as database, database.begin() as tx:
        (approval,) = tx.approval_search.of_run(str(asked["id"]))
        tx.approvals.discuss(approval.id, [WHERE])


def _deliver(port: int, count: int) -> list[float]:
    """Send on time, however long the answers take; return how long each took from when it was to be sent."""
    home, own = ScriptedHome(now=lambda: datetime.now(UTC)), local()
    home.account("answers", ACCOUNT)
    start = time.monotonic() + 0.5

    def send(number: int) -> float:
        due = start + number / A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        if not hasattr(own, "connection"):
            own.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        delivery = replace(home.delivery(home.writes("answers", "approve", at=WHERE, delivered=False)), delivery_id=f"d{number}")
        own.connection.request("POST", f"/webhooks/{PROVIDER}", delivery.body, _signed(delivery.body, delivery.delivery_id))
        answer = own.connection.getresponse()
        answer.read()
        if answer.status != 202:
            raise Refused(f"{answer.status} for a delivery")
        return (time.monotonic() - due) * 1_000

    with ThreadPoolExecutor(SENDERS) as senders:
        return list(senders.map(send, range(count)))


def _signed(body: str, delivery_id: str) -> Mapping[str, str]:
    signature = hmac.new(SECRET, body.encode(), hashlib.sha256).hexdigest()
    return {"Content-Type": "application/json", "X-Delivery": delivery_id, "X-Event": "comment", SIGNATURE: signature}


def _check(company: Company, sent: int) -> None:
    """See that all are kept, and wait for a platform that was asked."""
    with opened(company) as database, database.read() as tx:
        waiting, tried = tx.connection.execute(text(
            "SELECT count(*), sum(CASE WHEN tries > 0 THEN 1 ELSE 0 END) FROM inbox "
            "WHERE handled_at IS NULL AND set_aside_at IS NULL")).one()
    if waiting != sent or not tried:
        raise LookupError(f"{sent} deliveries were acknowledged, {waiting} wait, and the platform was asked about {tried}")

