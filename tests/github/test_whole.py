"""The service as it is wired, its engine running, and GitHub across the network on both sides."""

import time
from collections.abc import Callable
from pathlib import Path

from core.domain.identities import Identity
from core.domain.messages import Place
from tests.api.edge import ACCESS, edge_on
from tests.doubles.github.double import GitHub
from tests.doubles.github.setting import pem
from tests.world import PROJECT, World

SECRET = "a-secret-of-the-webhook"


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    """Wait until something holds."""
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def test_a_request_by_rest_is_shown_answered_and_done_on_github(world: World, tmp_path: Path) -> None:
    key = tmp_path / "app.pem"
    key.touch(0o600)
    key.write_text(pem())
    with GitHub() as github:
        bob = github.person("bob")
        there = github.repository(PROJECT, bob="write")
        app = github.app("placet", secret=SECRET)
        installation = github.install(app, "acme")
        github.open_issue("bob", PROJECT)
        person, place = world.caller("bob").person, f"github:{installation.id}/{there.id}"
        assert person is not None
        bound = Place(provider="github", place=place, project_id=world.project().id)
        with world.database.begin() as tx:
            tx.places.bind(bound, tx.now())
            tx.identities.link(Identity(provider="github", external_id=str(bob.id), person_id=person.id, login="bob", linked_at=tx.now()))
        with edge_on(world, tmp_path / "home", github_app_id=str(app.id), github_private_key_file=str(key), github_webhook_secret=SECRET,
                     github_url=github.url) as edge:
            github.hook(app).target = f"{edge.http.base_url}/webhooks/github"
            edge.service.engine.start()
            try:
                started = edge.post("/run", "ann", {"payload": {**ACCESS, "workItemRef": {"type": "github-issue", "key": "1"}}})
                assert started.status_code == 201
                assert within(20, lambda: "waiting for approval" in "".join(github.comments("acme/app#1")))
                github.comment("bob", "acme/app#1", "/approve")
                assert within(20, lambda: "approved by bob@" in github.comments("acme/app#1")[0])
                assert world.see(started.json()["id"]).execution.status in ("running", "suspended")
            finally:
                edge.service.engine.stop()
            unsigned = edge.http.post("/webhooks/github", content=b"{}", headers={"x-github-event": "ping", "x-github-delivery": "d"})
            assert unsigned.status_code == 401
        assert github.problems == []
