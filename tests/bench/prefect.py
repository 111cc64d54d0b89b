"""Prefect, the reference: its own server, on the same PostgreSQL, in an environment of its own."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.domain.json import Json
from tests.bench.client import Client
from tests.bench.load import Exchange
from tests.bench.placet import ROOT
from tests.bench.postgres import Postgres
from tests.bench.processes import Group, answers, free_port, started

ENVIRONMENT = ROOT / ".venv-bench"
LOCK = ROOT / ".ci" / "bench.lock"
PAUSED: dict[str, Json] = {"type": "PAUSED", "name": "Paused", "state_details": {"pause_timeout": "2100-01-01T00:00:00Z", "pause_key": "1"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prefect:
    """`flow_id`: a flow to make runs of."""

    group: Group
    port: int
    client: Client
    environ: Mapping[str, str]
    ready_after: float
    flow_id: str

    def create(self) -> Exchange:
        """A run that is made paused: one request, where its own client makes three."""
        return _request("/api/flow_runs/", {"flow_id": self.flow_id, "name": "@item@", "state": PAUSED})

    def resume(self) -> Exchange:
        return _request("/api/flow_runs/@id@/resume", {})

    def waits(self, run_id: str) -> bool:
        wanted: dict[str, Json] = {"id": {"any_": [run_id]}, "state": {"type": {"any_": ["PAUSED"]}}}
        return self.client.call("POST", "/api/flow_runs/count", {}, {"flow_runs": wanted}) == 1

    def resume_now(self, run_id: str) -> None:
        self.client.call("POST", f"/api/flow_runs/{run_id}/resume", {}, {})


@contextmanager
def prefect_server(postgres: Postgres, database: str, home: Path) -> Iterator[Prefect]:
    """Serve from a home; its database is made with it."""
    port = free_port()
    if not home.exists():
        home.mkdir()
        postgres.create(database)
    environ = {
        **{k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}, "PREFECT_HOME": str(home), "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false", "PREFECT_LOGGING_LEVEL": "ERROR", "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
        "PREFECT_API_DATABASE_CONNECTION_URL": postgres.url(database, "postgresql+asyncpg")}
    command = [str(ENVIRONMENT / "bin" / "prefect"), "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with started(command, environ=environ, log=home / "log") as group:
        ready_after = group.wait_for(lambda: answers(port, "/api/health"), every=0.05)
        client = Client(port)
        made = client.call("POST", "/api/flows/", {}, {"name": "bench"})
        assert isinstance(made, Mapping)
        yield Prefect(group=group, port=port, client=client, environ=environ, ready_after=ready_after, flow_id=str(made["id"]))
        client.close()


@contextmanager
def running_flow(prefect: Prefect, marks: Path, times: int) -> Iterator[Group]:
    """Run a flow that waits for a yes, so many times, one after the other."""
    command = [str(ENVIRONMENT / "bin" / "python"), "-P", str(Path(__file__).parent / "prefect_flow.py"), str(marks), str(times)]
    environ = {**prefect.environ, "PREFECT_API_URL": f"http://127.0.0.1:{prefect.port}/api"}
    with started(command, environ=environ, log=marks.with_suffix(".log")) as group:
        yield group


def install() -> bool:
    """Install what the lock names, if it is not there; tell whether it is."""
    stamp, wanted = ENVIRONMENT / "installed", hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    print(f"Installing Prefect into {ENVIRONMENT.name} ...", file=sys.stderr)
    pip = [str(ENVIRONMENT / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", str(LOCK)]
    for command in ([sys.executable, "-m", "venv", str(ENVIRONMENT)], pip):
        if subprocess.run(command, check=False).returncode != 0:
            return False
    stamp.write_text(wanted)
    return True


def _request(path: str, body: Mapping[str, Json]) -> Exchange:
    return Exchange(method="POST", path=path, headers={}, body=json.dumps(body))
