"""A service whose settings name a mail server, as it is wired: people get their mail by its own threads."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.settings import SettingsError
from tests.api.edge import REQUEST, Edge, edge_on
from tests.doubles.mail_server import MailServer, mail_server
from tests.world import World

SOON = 30.0  # seconds


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def edge(world: World, server: MailServer, tmp_path: Path) -> Iterator[Edge]:
    with edge_on(world, tmp_path, smtp_url=f"smtp://127.0.0.1:{server.port}", smtp_from="placet@acme.org",
                 public_url="https://placet.example.org") as edge:
        yield edge


def arrives(edge: Edge, server: MailServer, who: str) -> bool:
    """Wait for a mail, with a clock that goes a hundred times as fast."""
    until = time.monotonic() + SOON
    while not server.to(who) and time.monotonic() < until:
        edge.world.later(seconds=5)
        time.sleep(0.05)
    return bool(server.to(who))


def test_a_request_over_rest_reaches_its_approvers_and_its_answer_the_requester(edge: Edge, server: MailServer) -> None:
    edge.service.engine.start()
    asked = edge.post("/approvals", "app:ci", REQUEST)
    assert asked.status_code == 201, asked.text
    assert arrives(edge, server, "bob")
    edge.world.approves("bob", str(edge.world.rows("SELECT ref FROM approvals")[0][0]))
    assert arrives(edge, server, "ann")
    assert "approved by bob@acme.org" in str(server.to("ann")[0]["Subject"])
    edge.service.engine.stop()
    assert re.search(r'placet_mails_total{outcome="sent"} [23]\.0', edge.service.metrics.render().decode()), "cat's may not have gone yet"


def test_without_a_mail_server_nothing_is_kept_for_anybody(world: World, tmp_path: Path) -> None:
    with edge_on(world, tmp_path) as edge:
        assert edge.post("/approvals", "app:ci", REQUEST).status_code == 201
        assert world.rows("SELECT count(*) FROM outbox") == [(0,)]


@pytest.mark.parametrize(("url", "said"), [
    ("smtp://placet:hunter2@mail.acme.org?tls=off", "without TLS a password would be read by others"),  # pragma: allowlist secret
    ("smtp://mail.acme.org/x", "it is smtp://user@host:port or smtps://user@host:port"),
])
def test_a_service_with_an_unsafe_mail_server_does_not_start(world: World, tmp_path: Path, url: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused, edge_on(world, tmp_path, smtp_url=url, smtp_from="placet@acme.org"):
        raise AssertionError("it has started")
    assert str(refused.value) == f"PLACET_SMTP_URL names no mail server: {said}."
