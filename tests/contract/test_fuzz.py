"""Thousands of requests as each role: no 5xx, and no answer that the served document does not tell of."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.api.edge import Edge, edge_on
from tests.contract.fuzz import REQUESTS, SEED, Fuzz, operations
from tests.contract.stage import WISHES, Stage
from tests.databases import SqliteTemplate
from tests.rest.flows import FLOWS
from tests.world import World


@pytest.fixture
def stage(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[Stage]:
    world = World(sqlite.copy(tmp_path), flows=FLOWS).company()
    with edge_on(world, tmp_path, open_requests_limit="10000") as edge:
        yield Stage(edge)
    world.close()


def bearer(edge: Edge, who: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {edge.token(who)}"}


ROLES: Mapping[str, tuple[str, Callable[[Edge], dict[str, str]]]] = {
    "nobody": ("bob", lambda edge: {}), "member": ("dan", lambda edge: bearer(edge, "dan")),
    "owner": ("bob", lambda edge: bearer(edge, "bob")), "application": ("app:ci", lambda edge: bearer(edge, "app:ci"))}


@pytest.mark.parametrize("role", ROLES)
def test_whatever_is_sent_every_answer_is_one_that_the_document_tells_of(stage: Stage, role: str) -> None:
    print(f"PLACET_TEST_SEED={SEED}")
    who, header = ROLES[role]
    fuzz = Fuzz(stage=stage, who=who, headers=header(stage.edge))
    every = operations(stage.edge.http.get("/openapi.json").json())
    assert len(every) == len(WISHES)
    for number, operation in enumerate(every, len(every) * list(ROLES).index(role)):
        fuzz.send(operation, -(-REQUESTS // len(every)), number)
    for name, met in fuzz.met.items():
        print(name, dict(met))
    assert sum(sum(met.values()) for met in fuzz.met.values()) >= REQUESTS
