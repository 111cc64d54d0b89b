"""J03: /metrics, who may read it, and what stands there."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text

from api.settings import load_settings
from api.wiring.installation import open_installation
from api.wiring.service import metrics_page, wire
from core.domain.audit import Event
from integrations.embedded.engine import EmbeddedFlowEngine
from integrations.prometheus.metrics import Metrics
from tests.api.edge import Edge, edge_on
from tests.core.stage import until
from tests.databases import SqliteTemplate
from tests.pages.browse import browsing
from tests.world import World

TOKEN = "a-token-of-sixteen"
FROM_PROXY = {"X-Forwarded-For": "203.0.113.9"}


class Quiet:
    """No other process."""

    def announce(self) -> None:
        return

    def wait(self, seconds: float) -> None:
        return

    def close(self) -> None:
        return


@contextmanager
def metered(edge: Edge, **settings: str) -> Iterator[Metrics]:
    metrics = Metrics(edge.world.database)
    given = load_settings({"PLACET_HOME": "/nowhere", **{f"PLACET_{name.upper()}": value for name, value in settings.items()}})
    before = edge.app.state.metrics
    edge.app.state.metrics = metrics_page(given, metrics)
    edge.world.database.tell = metrics.event
    try:
        yield metrics
    finally:
        edge.app.state.metrics = before


def status(edge: Edge, headers: dict[str, str] | None = None) -> int:
    return edge.http.get("/metrics", headers=headers).status_code


def samples(page: bytes) -> dict[str, float]:
    """All samples, each under its name and labels."""
    return {sample.name + "".join(f" {name}={value}" for name, value in sorted(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(page.decode()) for sample in family.samples}


def test_as_shipped_there_is_no_such_page(same_edge: Edge) -> None:
    answer, nothing = same_edge.http.get("/metrics"), same_edge.http.get("/nothing")
    assert (answer.status_code, answer.json()) == (404, nothing.json())


def test_on_the_loopback_it_is_open_if_so_set_but_not_to_what_a_proxy_passes_on(same_edge: Edge) -> None:
    with metered(same_edge, metrics="loopback"):
        assert status(same_edge) == 200
        assert status(same_edge, FROM_PROXY) == 404
        assert status(same_edge, {"Forwarded": "for=203.0.113.9"}) == 404


def test_a_token_opens_it_from_anywhere_and_nothing_else_does(same_edge: Edge) -> None:
    with metered(same_edge, metrics_token=TOKEN):
        assert status(same_edge, {"Authorization": f"Bearer {TOKEN}", **FROM_PROXY}) == 200
        for wrong in (None, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN},
                      {"Authorization": f"Bearer {same_edge.token('bob')}"}):
            assert status(same_edge, wrong) == 401
        assert same_edge.http.get(f"/metrics?token={TOKEN}").status_code == 401


def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"PLACET_METRICS_TOKEN must be a text of 16 to 200 characters\.$"):
        load_settings({"PLACET_METRICS_TOKEN": "short"})


@pytest.mark.database
def test_decisions_and_refusals_are_counted_once_they_are_committed(each_edge: Edge) -> None:
    edge = each_edge
    with metered(edge) as metrics:
        approved, rejected, expired = (edge.asks_for_access() for _ in range(3))
        edge.post(f"/approvals/{approved}/approve", "ann", {"approver": "Ann", "approverEmail": "ann@acme.org"})
        edge.post(f"/approvals/{approved}/approve", "bob", {"approver": "Bob", "approverEmail": "bob@acme.org"})
        edge.post(f"/approvals/{rejected}/reject", "cat", {"rejector": "Cat", "rejectorEmail": "cat@acme.org"})
        edge.world.later(hours=25)
        edge.world.sweep()
        edge.world.work()
        found = samples(metrics.render())
    assert expired
    assert found["placet_decisions_total outcome=approved surface=rest"] == 1
    assert found["placet_decisions_total outcome=rejected surface=rest"] == 1
    assert found["placet_decisions_total outcome=expired surface=none"] == 1
    assert found["placet_decision_seconds_bucket le=60.0 outcome=approved"] == 1
    assert found["placet_decision_seconds_bucket le=43200.0 outcome=expired"] == 0
    assert found["placet_refusals_total refusal=SelfApproval"] == 1
    assert found["placet_events_total kind=decide"] == 2


@pytest.mark.database
def test_what_waits_is_read_from_the_database(each_edge: Edge) -> None:
    edge = each_edge
    with metered(edge) as metrics:
        edge.asks_for_access()
        edge.world.later(hours=2)
        edge.asks_for_access()
        _insert(edge.world, "INSERT INTO outbox (id, kind, content, created_at, due_at, tries) SELECT 'o', 'ring-next', '{}', at, at, 0 "
                            "FROM audit ORDER BY at LIMIT 1")
        _insert(edge.world, "INSERT INTO callbacks (id, execution_id, about, event, body, put_at, set_aside_at) "
                            "SELECT id, id, id, 'started', '{}', created_at, created_at FROM executions")
        _insert(edge.world, "INSERT INTO closed_callbacks (execution_id, at, reason) SELECT id, created_at, 'gone' FROM executions LIMIT 1")
        _insert(edge.world, "UPDATE steps SET undo_tries = 7 WHERE position = 1")
        found = samples(metrics.render())
    assert [found[f"placet_open_approvals age={age}"] for age in ("0", "1h", "4h")] == [2, 1, 0]
    assert found["placet_outbox_depth kind=ring-next"] == 1
    assert 7_200 <= found["placet_outbox_age_seconds kind=ring-next"] < 7_300
    assert found["placet_undos_stuck"] == 2
    assert found["placet_callbacks_set_aside"] == 1
    assert (found["placet_runs_due"], found["placet_runs_due_age_seconds"]) == (0, 0)
    assert found["placet_database_up"] == 1


def _insert(world: World, statement: str) -> None:
    with world.database.writer.begin() as connection:
        connection.execute(text(statement))


def test_while_the_database_is_away_the_rest_is_told(edge: Edge) -> None:
    with metered(edge, metrics="loopback") as metrics:
        metrics.request("GET", "/x", 200, 0.1, None)
        edge.world.database.reader.dispose()
        Path(str(edge.world.database.url.database)).unlink()
        Path(str(edge.world.database.url.database)).mkdir()
        found = samples(edge.http.get("/metrics").content)
    assert found["placet_database_up"] == 0
    assert found["placet_requests_total method=GET route=/x status=200"] == 1
    assert "placet_runs_due" not in found


def test_requests_are_counted_by_route_and_not_by_what_callers_make_up(tmp_path: Path, sqlite: SqliteTemplate) -> None:
    world = World(sqlite.copy(tmp_path)).company()
    with edge_on(world, tmp_path) as edge:
        run = edge.asks_for_access()
        for path in (f"/{run}", "/no-such-run"):
            edge.get(path, "bob")
        edge.get(f"/{run}", None)
        edge.http.get("/made/up/1")
        edge.http.get("/made/up/2")
        edge.http.request("PURGE", "/livez")
        found = samples(edge.service.metrics.render())
    world.close()
    of_run = {key: value for key, value in found.items() if re.match(r"placet_requests_total .*route=/sfp/api/flows/\{id[^/]*\} ", key)}
    assert {key.rpartition("status=")[2]: value for key, value in of_run.items()} == {"200": 1, "404": 1, "401": 1}
    assert found["placet_requests_total method=GET route=none status=404"] == 2
    assert found["placet_requests_total method=other route=/livez status=405"] == 1


@pytest.fixture
def engine_on() -> Callable[[World, Metrics], EmbeddedFlowEngine]:
    def engine_on(world: World, metrics: Metrics) -> EmbeddedFlowEngine:
        return EmbeddedFlowEngine(world.advance, Quiet(), slots=1, worked=metrics.stretch)

    return engine_on


def test_stretches_and_lost_leases_are_counted(world: World, engine_on: Callable[[World, Metrics], EmbeddedFlowEngine]) -> None:
    metrics = Metrics(world.database)
    run = world.run("ann", username="ann@acme.org", targetOrg="x", accessLevel="Admin", durationMinutes=5)
    assert world.advance.claim() is not None  # a worker that is killed now
    world.later(seconds=timedelta(minutes=1).total_seconds())
    engine = engine_on(world, metrics)
    engine.start()
    assert until(lambda: world.see(run).approval is not None and samples(metrics.render())["placet_leases_lost_total"] == 1)
    engine.stop()
    found = samples(metrics.render())
    assert found["placet_stretches_total flow=request-elevated-privileges"] == 1
    assert found["placet_stretch_seconds_count flow=request-elevated-privileges"] == 1


def test_a_service_as_wired_counts(tmp_path: Path) -> None:
    installed = open_installation(load_settings({"PLACET_HOME": str(tmp_path)}))
    service = wire(installed)
    service.watch.request("GET", None, 404, 0.1, None)
    assert samples(service.metrics.render())["placet_requests_total method=GET route=none status=404"] == 1
    installed.database.tell(Event(kind="security", actor="ann", facts={"refusal": "SelfApproval"}))
    assert samples(service.metrics.render())["placet_refusals_total refusal=SelfApproval"] == 1
    installed.close()


def test_an_open_page_is_no_slow_request(tmp_path: Path, sqlite: SqliteTemplate) -> None:
    with browsing(sqlite.copy(tmp_path), tmp_path) as web:
        browser = web.browser("ann")
        with browser.http.stream("GET", "/events") as stream:
            next(stream.iter_raw())
            time.sleep(0.8)
        end, counted = time.monotonic() + 5, "placet_request_seconds_count route=/events"
        while samples(web.edge.service.metrics.render()).get(counted) != 1:
            assert time.monotonic() < end
            web.edge.service.pages.notifier.wake()
            time.sleep(0.05)
        assert samples(web.edge.service.metrics.render())["placet_request_seconds_sum route=/events"] < 0.7
