"""What a collector of traces is sent: one trace a run, from its request to its last stretch."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.settings import SettingsError, load_settings
from api.watch import Watch
from api.wiring.service import traces
from integrations.opentelemetry.traces import Traces
from tests.api.edge import Edge, edge_on
from tests.databases import SqliteTemplate
from tests.world import World


@dataclass
class Collector:
    """Keeps every span that it is sent."""

    url: str
    spans: list[Any] = field(default_factory=list)

    def of_run(self, execution_id: str) -> list[str]:
        return [span.name for span in self.spans if UUID(bytes=span.trace_id) == UUID(execution_id)]


@contextmanager
def collecting() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.path == "/v1/traces"
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in resource.scope_spans:
                    kept.spans += scope.spans
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept = Collector(f"http://127.0.0.1:{server.server_port}")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture
def edge(sqlite: SqliteTemplate, tmp_path: Path, collector: Collector) -> Iterator[Edge]:
    world = World(sqlite.copy(tmp_path)).company()
    with edge_on(world, tmp_path, otlp_endpoint=collector.url) as edge:
        yield edge
    world.close()


def test_the_executions_id_links_request_decision_and_stretch(edge: Edge, collector: Collector) -> None:
    run = edge.asks_for_access()
    edge.post(f"/approvals/{run}/approve", "bob", {"approver": "Bob", "approverEmail": "bob@acme.org"})
    claim = edge.world.advance.claim()
    assert claim is not None
    edge.service.watch.stretch(claim, 0.25)
    edge.http.get("/livez")
    edge.service.watch.close()

    names = collector.of_run(run)
    assert {"POST /sfp/api/flows/run", "audit start", "audit ask", "audit decide", "stretch request-elevated-privileges"} <= set(names)
    assert "GET /livez" not in names
    assert any(span.name == "GET /livez" for span in collector.spans)
    stretch = next(span for span in collector.spans if span.name.startswith("stretch"))
    assert stretch.end_time_unix_nano - stretch.start_time_unix_nano == 250_000_000
    decision = next(span for span in collector.spans if span.name == "audit decide")
    said = {each.key: each.value.string_value for each in decision.attributes}
    assert (said["placet.outcome"], said["placet.execution_id"]) == ("approved", run)


def test_nobody_and_no_parameter_is_named(edge: Edge, collector: Collector) -> None:
    run = edge.asks_for_access()
    edge.post(f"/approvals/{run}/reject", "bob", {"rejector": "Bob", "rejectorEmail": "bob@acme.org", "reason": "hunter2"})
    edge.service.watch.close()
    assert collector.of_run(run)
    for word in ("acme.org", "payments-prod", "hunter2"):
        assert not any(word in str(span) for span in collector.spans)


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    away = Traces("http://127.0.0.1:9", "1")
    began = time.monotonic()
    for _ in range(100):
        away.request("GET", "/x", 200, 0.1, None)
    assert time.monotonic() - began < 1
    Watch([away]).close()
    assert time.monotonic() - began < 5


def test_without_an_address_nothing_is_traced() -> None:
    assert traces(load_settings({})) == []


def test_the_address_is_set_as_opentelemetry_names_it() -> None:
    assert load_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}).otlp_endpoint == "http://collector:4318"
    assert load_settings({"PLACET_OTLP_ENDPOINT": "https://a/", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://b"}).otlp_endpoint == "https://a/"
    assert load_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}).otlp_endpoint is None
    with pytest.raises(SettingsError, match=r"^PLACET_OTLP_ENDPOINT must be an http:// or https:// address\.$"):
        load_settings({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"})
