"""R47: a service that is told to stop under load lets go of nothing that it has acknowledged."""

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from httpx import Client, HTTPError

from tests.cli.command_line import CommandLine
from tests.cli.program import Served, environment, serving

LOAD = 6


@dataclass
class Seen:
    """What the callers were answered, and what `/readyz` said until nobody answered there any more."""

    acknowledged: list[str] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    readiness: list[tuple[int, list[str]]] = field(default_factory=list)


def asking(served: Served, token: str, seen: Seen, gone: Event) -> None:
    """Start runs on connections that are kept, until the port is closed. No answer at all acknowledges nothing."""
    payload = {"id": "request-elevated-privileges", "repositoryIdentifier": "acme/app", "username": "requester@example.com",
               "targetOrg": "production", "accessLevel": "admin", "durationMinutes": 5}
    with Client(timeout=20, headers={"Authorization": f"Bearer {token}"}) as client:
        while not gone.is_set():
            try:
                answer = client.post(f"{served.url}/sfp/api/flows/run", json={"payload": payload})
            except HTTPError:
                time.sleep(0.1)
                continue
            seen.statuses.append(answer.status_code)
            if answer.is_success:
                seen.acknowledged.append(answer.json()["id"])


def watching(served: Served, seen: Seen, gone: Event) -> None:
    while not gone.is_set():
        try:
            with Client(timeout=20) as client:
                answer = client.get(f"{served.url}/readyz")
            seen.readiness.append((answer.status_code, answer.json()["problems"]))
        except HTTPError:
            pass
        time.sleep(0.1)


def test_r47_told_to_stop_under_load_it_says_so_first_and_loses_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    here = CommandLine({"PLACET_HOME": str(home)})
    for who in ("requester", "owner"):
        assert here("people", "add", f"{who}@example.com").code == 0
    assert here("projects", "add", "acme/app", "--owner", "owner@example.com").code == 0
    token = here("tokens", "mint", "--application", "ci").out.strip()
    seen, gone = Seen(), Event()
    with (serving(cwd=tmp_path, environ=environment(PLACET_PORT="0", PLACET_HOME=str(home))) as served,
          ThreadPoolExecutor(LOAD + 1) as callers):
        for _ in range(LOAD):
            callers.submit(asking, served, token, seen, gone)
        callers.submit(watching, served, seen, gone)
        try:
            time.sleep(2)
            before, began = len(seen.acknowledged), time.monotonic()
            served.process.terminate()
            assert served.process.wait(20) == 0
            assert time.monotonic() - began < 10
        finally:
            gone.set()
    assert 0 < before < len(seen.acknowledged), "requests that came after the signal are answered, too"
    assert set(seen.statuses) == {201}
    assert seen.readiness[0] == (200, [])
    assert seen.readiness[-1] == (503, ["This process is going down."])
    with sqlite3.connect(home / "placet.db") as database:
        stored = {str(row[0]) for row in database.execute("SELECT id FROM executions")}
    assert set(seen.acknowledged) <= stored
    assert "Traceback" not in served.log.read_text()
