"""Runs that a pipeline does, as people, the pipeline and its receiver see them over the network."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import pytest

from api.wiring.providers import REPORT_PATH
from core.domain.flow_types import Dispatch, FlowType
from core.domain.parameters import Parameter, Secret
from core.engine.dispatch_flow import DispatchFlow
from core.engine.dispatch_gate import DispatchGate
from core.engine.relay import Relay
from core.flows.context import FlowContext
from integrations.webhooks.client import WebhookClient
from integrations.webhooks.dispatch import WebhookDispatcher
from tests.api.edge import PREFIX, Edge
from tests.doubles.dispatch_webhook import SECRET, DispatchWebhook, Fault
from tests.rest.talk import approve, described_edge, reject, runs, said, shown
from tests.threats.effects import no_effect
from tests.world import PROJECT

pytestmark = pytest.mark.database

CLIENT = WebhookClient()
PASSWORD = "hunter2-of-the-pipeline"  # pragma: allowlist secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    release: str = "v7"
    password: Annotated[str | None, Secret()] = None


def never(ctx: FlowContext, request: Build) -> None:
    raise AssertionError("a pipeline's run does not run here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ci:
    """A service, and a receiver whose pipelines report to it: each as told by `reports`, as soon as it is started."""

    edge: Edge
    receiver: DispatchWebhook
    relay: Relay
    reports: list[Mapping[str, Any]]

    def run(self, flow: str = "build", **parameters: Any) -> str:
        started = self.edge.post("/run", "ann", {"payload": {"id": flow, "repositoryIdentifier": PROJECT, **parameters}})
        assert (started.status_code, started.json()["status"]) == (201, "pending"), started.text
        return str(started.json()["id"])

    def deliver(self) -> int:
        return self.relay.deliver() + self.relay.carry()

    def report(self, target: str, status: str, who: str | None = "app:ci", **more: Any) -> Any:
        return self.edge.post(f"/executions/{target}/status", who, {"status": status, **more})


@contextmanager
def ci_on(database_url: str, home: Path) -> Iterator[Ci]:
    reports: list[Mapping[str, Any]] = []

    def begins(asked: Mapping[str, Any]) -> None:
        """What a pipeline does: it reports to where it was told to, with a token of its own."""
        for each in reports:
            answer = edge.http.post(asked["reportTo"], json=each, headers={"Authorization": f"Bearer {edge.token('app:ci')}"})
            assert answer.status_code == 200, answer.text

    with DispatchWebhook(started=begins) as receiver:
        def pipeline(name: str, **more: Any) -> FlowType:
            given: dict[str, Any] = {"dispatch": Dispatch(provider="webhook", target={"url": receiver.url}, timeout=timedelta(hours=1))}
            return FlowType(id=name, name=name.title(), description="", category="build", function=never,
                            **{"fields": Build, "asks": False, **given, **more})

        listed = (Parameter(name="release", title="Release", type="string", required=True),)
        with described_edge(database_url, home, [
                pipeline("build"), pipeline("asked", asks=True, fields=listed), pipeline("nowhere", missing="No secret is set.")]) as edge:
            world = edge.world
            given: dict[str, Any] = {"database": world.database, "registry": world.registry, "vault": world.vault}
            dispatchers = {"webhook": WebhookDispatcher([SECRET], CLIENT, PREFIX + REPORT_PATH)}
            yield Ci(edge=edge, receiver=receiver, reports=reports, relay=Relay(
                database=world.database, gate=DispatchGate(**given), pipelines=DispatchFlow(**given, dispatchers=dispatchers)))


@pytest.fixture
def ci(database_url: str, tmp_path: Path) -> Iterator[Ci]:
    with ci_on(database_url, tmp_path) as ci:
        yield ci


def test_from_the_request_over_the_yes_and_the_pipeline_to_its_report(ci: Ci) -> None:
    ci.reports.extend([{"status": "running", "cicdRunId": "1"}, {"status": "completed", "result": {"built": "v8"}}])
    target = ci.run("asked", release="v8")
    before = shown(ci.edge, target)
    assert (before["status"], before["executionMode"], before["approval"]["question"]) == ("Suspended", "cicd", 'Asked: release = "v8"')
    assert approve(ci.edge, "ann", target).status_code == 403
    assert approve(ci.edge, "bob", target).json()["status"] == "approved"
    ci.deliver()
    after = shown(ci.edge, target)
    assert (after["status"], after["success"], after["result"]) == ("Completed", True, {"built": "v8"})
    assert (after["cicdRunUrl"], "startedAt" in after) == ("https://ci.example/runs/1", True)
    assert [each["id"] for each in runs(ci.edge, executionMode="cicd")["runs"]] == [target]
    assert ci.receiver.deeds() == ["started"]
    assert ci.receiver.requests[0]["parameters"] == {"release": "v8"}


def test_a_no_ends_it_and_no_pipeline_ever_hears_of_it(ci: Ci) -> None:
    target = ci.run("asked", release="v8")
    assert reject(ci.edge, "bob", target, reason="not today").json()["status"] == "rejected"
    ci.deliver()
    assert (shown(ci.edge, target)["status"], shown(ci.edge, target)["error"]) == ("Failed", "rejected by bob@acme.org: not today")
    assert ci.receiver.ledger == []


@pytest.mark.parametrize("fault", [Fault(drop=True), Fault(status=500), Fault(status=429, headers={"retry-after": "60"})])
def test_whatever_befalls_the_dispatch_one_pipeline_is_started(ci: Ci, fault: Fault) -> None:
    target = ci.run()
    ci.receiver.faults = [fault]
    assert ci.deliver() == 0
    ci.edge.world.later(seconds=3)
    assert ci.deliver() == (0 if fault.headers else 1)
    ci.edge.world.later(seconds=60)
    ci.deliver()
    assert ci.receiver.deeds(target).count("started") == 1
    assert shown(ci.edge, target)["cicdRunUrl"] == "https://ci.example/runs/1"


def test_a_refusal_is_the_runs_error_and_shows_no_secret(ci: Ci) -> None:
    target = ci.run(password=PASSWORD)
    ci.receiver.faults = [Fault(status=422, body=f"no such branch for {PASSWORD}".encode())]
    ci.deliver()
    answer = ci.edge.get(f"/{target}", "bob")
    assert answer.json()["error"] == "its pipeline refused it: 422 (no such branch for [redacted])"
    assert PASSWORD not in answer.text
    assert PASSWORD not in str(ci.edge.world.rows("SELECT * FROM audit"))


def test_a_secret_is_sent_and_shown_nowhere(ci: Ci) -> None:
    target = ci.run(password=PASSWORD)
    ci.deliver()
    assert ci.receiver.requests[0]["parameters"]["password"] == PASSWORD
    assert PASSWORD not in ci.edge.get(f"/{target}", "bob").text


def test_a_cancel_is_answered_at_once_and_reaches_the_pipeline_when_it_is_there_again(ci: Ci) -> None:
    target = ci.run()
    ci.deliver()
    ci.receiver.faults = [Fault(status=503), Fault(drop=True)]
    cancelled = ci.edge.post(f"/{target}/cancel", "ann")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    for _ in range(3):
        ci.deliver()
        ci.edge.world.later(minutes=5)
    assert ci.receiver.deeds(target) == ["started", "stopped", "stopped again"]
    assert ci.report(target, "completed").json() == {"acknowledged": False, "id": target, "status": "cancelled"}


def test_a_cancel_before_it_was_handed_over_reaches_nobody(ci: Ci) -> None:
    target = ci.run()
    assert ci.edge.post(f"/{target}/cancel", "ann").status_code == 200
    ci.deliver()
    assert ci.receiver.ledger == []


def test_i08_a_pipelines_run_has_its_log_elsewhere(ci: Ci) -> None:
    target = ci.run()
    for path in ("logs", "logs/stream", "logs/download"):
        answer = ci.edge.get(f"/{target}/{path}", "ann")
        assert (answer.status_code, said(answer)) == (
            400, "Logs are there for flow executions only: this one runs in a pipeline, whose own page has them.")


def test_a_pipelines_run_is_not_run_again(ci: Ci) -> None:
    target = ci.run()
    ci.deliver()
    assert ci.report(target, "failed").status_code == 200
    ci.edge.world.sweep()
    assert ci.edge.post(f"/{target}/rerun", "ann", {}).status_code == 400


@pytest.mark.parametrize("status", ["running", "completed", "partial", "failed", "cancelled"])
def test_c07_nobody_reports_what_waits_for_a_yes(ci: Ci, status: str) -> None:
    target = ci.run("asked", release="v8")
    with no_effect(ci.edge, by="app:ci", refusal="NotReportable"):
        refused = ci.report(target, status, result={"done": True})
        assert (refused.status_code, said(refused)) == (409, "This report cannot be taken: no pipeline has been told of the run yet.")
    assert (shown(ci.edge, target)["status"], "result" in shown(ci.edge, target)) == ("Suspended", False)


def test_c08_what_has_ended_is_moved_by_no_report(ci: Ci) -> None:
    target = ci.run()
    ci.deliver()
    assert ci.report(target, "failed", result={"why": "no disk"}).json()["acknowledged"]
    for status, result in (("running", None), ("completed", {"why": "none"}), ("cancelled", None)):
        late = ci.report(target, status, result=result)
        assert (late.status_code, late.json()) == (200, {"acknowledged": False, "id": target, "status": "failed"})
    assert shown(ci.edge, target)["result"] == {"why": "no disk"}


@pytest.mark.parametrize(("who", "status"), [(None, 401), ("ann", 403), ("bob", 403)])
def test_c10_people_report_nothing(ci: Ci, who: str | None, status: int) -> None:
    target = ci.run()
    ci.deliver()
    assert ci.report(target, "completed", who=who).status_code == status
    assert shown(ci.edge, target)["status"] == "Waiting"


def test_who_set_a_weaker_gate_beside_the_open_one_would_be_refused(ci: Ci) -> None:
    target = ci.run("asked", release="v8")
    body = {"taskId": target, "requestedBy": "ci-bot", "approvers": ["dan@acme.org"], "hatchetEventKey": "dispatch", "context": {},
            "callback": {"type": "none", "repositoryIdentifier": PROJECT}}
    assert ci.edge.post("/approvals", "app:ci", body).status_code == 409
    assert approve(ci.edge, "dan", target).status_code == 403
    ci.deliver()
    assert ci.receiver.ledger == []


@pytest.mark.parametrize("answered", [True, False])
def test_a_later_gate_of_somebody_elses_making_opens_nothing(ci: Ci, answered: bool) -> None:
    """Asked between the yes and the dispatch, under the name of the gate itself: the yes to it is not the one that counts."""
    target = ci.run("asked", release="v8")
    approve(ci.edge, "bob", target)
    ci.edge.world.disable("bob")
    body = {"taskId": target, "requestedBy": "ci-bot", "approvers": ["dan@acme.org"], "hatchetEventKey": "dispatch", "context": {},
            "callback": {"type": "none", "repositoryIdentifier": PROJECT}}
    assert ci.edge.post("/approvals", "app:ci", body).status_code == 201
    if answered:
        assert approve(ci.edge, "dan", target).json()["status"] == "approved"
    ci.deliver()
    assert ci.receiver.ledger == []
    after = shown(ci.edge, target, "cat")
    assert (after["status"], after["approval"]["status"]) == ("Failed", "approved" if answered else "stale")


def test_a_type_without_its_secret_is_listed_and_not_run(ci: Ci) -> None:
    refused = ci.edge.post("/run", "ann", {"payload": {"id": "nowhere", "repositoryIdentifier": PROJECT}})
    assert (refused.status_code, said(refused)) == (400, "No secret is set.")


def test_the_same_request_twice_is_one_pipeline(ci: Ci) -> None:
    body, key = {"payload": {"id": "build", "repositoryIdentifier": PROJECT}}, {"Idempotency-Key": "once"}
    first, again = (ci.edge.post("/run", "ann", body, headers=key) for _ in range(2))
    assert first.json() == again.json()
    ci.deliver()
    assert ci.receiver.deeds() == ["started"]
