"""A flow type of the configuration file that a pipeline does: the whole service, from the file to the pipeline's report."""

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from api.app import build_app
from api.settings import load_settings
from api.wiring.installation import Installation, open_installation
from api.wiring.service import wire
from core.domain.people import Person, Project, Role
from core.ports.tokens import MintedToken
from tests.api.edge import PREFIX, served
from tests.core.stage import until
from tests.doubles.dispatch_webhook import SECRET, DispatchWebhook, Fault
from tests.world import PROJECT, new_id

FILE = """\
[[flow]]
id = "build"
category = "build"
approvers = ["owner@example.com"]

[[flow.parameters]]
name = "release"
type = "text"
required = true

[[flow.parameters]]
name = "password"
type = "text"
secret = true

[flow.dispatch]
provider = "webhook"
url = "{url}"
timeout = 2
"""
PASSWORD = "hunter2-of-the-pipeline"  # pragma: allowlist secret


def people(installation: Installation) -> dict[str, str]:
    """Write a small company down; return a token for each of those who call."""
    with installation.database.begin() as tx:
        project, now = Project(id=new_id(), identifier=PROJECT), tx.now()
        tx.project_register.add(project)
        found = {}
        for subject, role in (("requester@example.com", Role.MEMBER), ("owner@example.com", Role.OWNER), ("ci", Role.APPLICATION)):
            if role is not Role.APPLICATION:
                person = Person(id=new_id(), email=subject, name=subject)
                tx.people_register.add(person)
                tx.project_register.admit(project.id, person.id, role)
            token = MintedToken(id=new_id(), subject=subject, role=role, projects=None, created_at=now, expires_at=now + timedelta(hours=1))
            tx.tokens.add(token)
            found[subject.partition("@")[0]] = installation.issuer.mint(token)
    return found


@pytest.mark.parametrize("fault", [None, Fault(drop=True)])
def test_from_the_file_over_the_yes_to_the_report(tmp_path: Path, fault: Fault | None) -> None:
    tokens: dict[str, str] = {}
    base: list[str] = []

    def call(who: str, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        with Client(base_url=base[0], trust_env=False, headers={"Authorization": f"Bearer {tokens[who]}"}) as http:
            answer = http.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def pipeline(asked: Mapping[str, Any]) -> None:
        built = {"built": asked["parameters"]["release"]}
        for report in ({"status": "running", "cicdRunId": "1"}, {"status": "completed", "result": built}):
            assert call("ci", "POST", asked["reportTo"], report)["acknowledged"]

    with DispatchWebhook(started=pipeline) as receiver:
        file = tmp_path / "placet.toml"
        file.write_text(FILE.format(url=receiver.url))
        installation = open_installation(load_settings({
            "PLACET_HOME": str(tmp_path / "home"), "PLACET_CONFIG": str(file), "PLACET_DISPATCH_WEBHOOK_SECRET": SECRET}))
        tokens |= people(installation)
        service = wire(installation)
        service.engine.start()
        try:
            with served(build_app(service)) as url:
                base.append(url)
                receiver.faults = [fault] if fault else []
                began = time.monotonic()
                payload = {"id": "build", "repositoryIdentifier": PROJECT, "release": "v7", "password": PASSWORD}
                run = call("requester", "POST", f"{PREFIX}/run", {"payload": payload})["id"]
                asked = call("owner", "GET", f"{PREFIX}/approvals/{run}")
                assert (asked["status"], asked["question"]) == ("pending", 'Build: release = "v7", password = (not shown)')
                assert receiver.ledger == []
                call("owner", "POST", f"{PREFIX}/approvals/{run}/approve", {"approver": "Owner", "approverEmail": "owner@example.com"})
                assert until(lambda: call("owner", "GET", f"{PREFIX}/{run}")["status"] == "Completed")
                assert time.monotonic() - began < 5, "the relay waits for its round"
                shown = call("owner", "GET", f"{PREFIX}/{run}")
        finally:
            service.engine.stop()
            service.watch.close()
            installation.close()
    assert (shown["executionMode"], shown["result"], "password" in shown["payload"]) == ("cicd", {"built": "v7"}, False)
    assert receiver.requests[0]["parameters"] == {"release": "v7", "password": PASSWORD}
    assert receiver.requests[0]["reportWithinSeconds"] == 7200
    assert receiver.deeds() == ["started"]
