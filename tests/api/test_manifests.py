"""What stands in manifests/ holds against the service as it is."""

import json
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from api.settings import load_settings
from core.domain.audit import Event
from integrations.database.tables import outbox
from integrations.prometheus.metrics import Metrics
from tests.api.test_metrics import samples
from tests.databases import SqliteTemplate
from tests.world import World

MANIFESTS = Path(__file__).parents[2] / "manifests"
_METRIC = re.compile(r"\b(?:placet|process)_[a-z_]+\b")
_LABEL = re.compile(r'(\w+)=~?"([^"$]*)"')


def yaml_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((MANIFESTS / name).read_text())
    return found


def expressions() -> Iterator[str]:
    for group in yaml_of("prometheus/alerts.yaml")["groups"]:
        for rule in group["rules"]:
            yield rule["expr"]
    for panel in json.loads((MANIFESTS / "grafana" / "placet.json").read_text())["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


@pytest.fixture
def served(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[dict[str, float]]:
    """All samples of a service in which everything has happened once."""
    world = World(sqlite.copy(tmp_path)).company()
    metrics = Metrics(world.database)
    world.database.tell = metrics.event
    world.approves("bob", world.asks_for_access())
    world.database.tell(Event(kind="security", actor="ann", facts={"refusal": "SelfApproval"}))
    metrics.request("GET", "/x", 401, 0.1, None)
    metrics.issuer_asked(True)
    metrics.delivery_lost("github")
    claim = world.advance.claim()
    assert claim is not None
    metrics.stretch(claim, 0.1)
    with world.database.writer.begin() as connection:
        connection.execute(outbox.insert(), {"id": "o", "kind": "ring-next", "content": {}, "created_at": datetime.now(UTC),
                                             "due_at": datetime.now(UTC), "tries": 0})
    yield samples(metrics.render())
    world.close()


def test_every_metric_that_is_drawn_or_alerted_on_exists(served: dict[str, float]) -> None:
    names = {key.partition(" ")[0] for key in served}
    drawn = {name for expression in expressions() for name in _METRIC.findall(expression)}
    assert len(drawn) > 15
    assert drawn - names == set()


def test_every_label_that_is_grouped_or_selected_by_exists(served: dict[str, float]) -> None:
    labels = {part.partition("=")[0] for key in served for part in key.split(" ")[1:]} | {"job"}
    groups = [group for expression in expressions() for group in re.findall(r"by \(([^)]*)\)", expression)]
    named = {label.strip() for group in groups for label in group.split(",")}
    named |= {label for expression in expressions() for label, _ in _LABEL.findall(expression)}
    assert named - labels == set()
    ages = {value for expression in expressions() for label, value in _LABEL.findall(expression) if label == "age"}
    assert {f"placet_open_approvals age={age}" for age in ages} <= set(served)


def test_every_alert_says_what_to_do() -> None:
    rules = [rule for group in yaml_of("prometheus/alerts.yaml")["groups"] for rule in group["rules"]]
    assert all(rule["annotations"]["summary"] and rule["annotations"]["action"] for rule in rules)
    assert len({rule["alert"] for rule in rules}) == len(rules)


def test_compose_sets_only_what_placet_knows_and_hardens_each_of_its_containers() -> None:
    services = yaml_of("compose.yaml")["services"]
    ours = {name: service for name, service in services.items() if name != "db"}
    assert set(ours) == {"migrate", "placet", "operator"}
    for service in ours.values():
        given = load_settings({**service["environment"], "PLACET_HOME": "/var/lib/placet"})
        assert given.postgres
        assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert "PLACET_MIGRATE_DATABASE_URL" not in ours["placet"]["environment"]
    assert ours["placet"]["ports"] == ["127.0.0.1:8484:8484"]
    assert "ports" not in services["db"]


def test_the_secrets_that_compose_uses_are_declared_and_not_in_the_repository() -> None:
    compose = yaml_of("compose.yaml")
    used = {secret for service in compose["services"].values() for secret in service["secrets"]}
    assert used == set(compose["secrets"])
    ignored = (MANIFESTS.parent / ".gitignore").read_text().split()
    assert "/manifests/secrets/" in ignored
    assert all(secret["file"].startswith("secrets/") for secret in compose["secrets"].values())


def test_the_image_is_not_run_by_root_and_holds_the_packages_of_the_wheel() -> None:
    text = (MANIFESTS / "Dockerfile").read_text()
    lines = text.splitlines()
    user = next(n for n, line in enumerate(lines) if line.startswith("USER "))
    assert lines[user] == "USER 10001:10001"
    assert lines[user + 1:].count("USER root") == 0
    assert "--require-hashes" in text
    assert set(re.findall(r"^COPY (\w+) \1$", text, re.MULTILINE)) == {"api", "bot", "core", "integrations"}
    assert f"EXPOSE {load_settings({}).port}" in text
    assert socket.inet_aton(re.findall(r"PLACET_HOST=(\S+)", text)[0]) == bytes(4)
