"""Placet as it is served."""

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.domain.json import Json
from tests.bench.client import Client
from tests.bench.company import ANSWERS, API, Company
from tests.bench.flows import FLOW, MARKS
from tests.bench.processes import PATIENCE, DidNotStart, Group, answers, free_port, start

ROOT = Path(__file__).parents[2]
ENTRY_POINTS = "[placet.flows]\nbench = tests.bench.flows:wait_for_a_yes\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """`ready_after`: seconds from its start to ready."""

    company: Company
    group: Group
    ready_after: float
    port: int
    client: Client

    def call(self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, Json] | None = None) -> Mapping[str, Json]:
        answer = self.client.call(method, API + path, headers, body)
        assert isinstance(answer, Mapping)
        return answer

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


@contextmanager
def served(company: Company, directory: Path, *, flows: bool = True, extra: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Serve a company; `flows`: with the bench's own."""
    service = serve(company, directory, flows=flows, extra=extra)
    try:
        yield service
    finally:
        service.client.close()
        service.group.end()


def serve(company: Company, directory: Path, *, flows: bool = True, extra: Mapping[str, str] | None = None) -> Service:
    port = free_port()
    environ = {**environ_of(company, directory, flows=flows), "PLACET_PORT": str(port), **(extra or {})}
    group = start([sys.executable, "-m", "api.cli.main", "serve"], environ=environ, log=directory / f"placet-{port}.log", cwd=ROOT)
    try:
        ready_after = group.wait_for(lambda: answers(port, "/readyz"))
    except DidNotStart:
        group.kill()
        raise
    return Service(company=company, group=group, ready_after=ready_after, port=port, client=Client(port))


def environ_of(company: Company, directory: Path, *, flows: bool) -> dict[str, str]:
    return {**_inherited(directory, flows), **company.environ, MARKS: str(company.marks)}


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
