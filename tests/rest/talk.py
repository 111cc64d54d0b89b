"""What people say to the service, in as few words as a test needs."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from httpx import Response

from core.domain.flow_types import FlowType
from core.domain.people import Role
from tests.api.edge import REQUEST, Edge, edge_on
from tests.rest.described import Described
from tests.rest.flows import FLOWS
from tests.world import PROJECT, World


@contextmanager
def described_edge(database_url: str, home: Path, flows: Iterable[FlowType] = FLOWS) -> Iterator[Edge]:
    """A company's service, each of whose answers is compared with the document that it serves.

    Everybody has a token from before a test moves the clock: one of tomorrow would not be accepted yet.
    """
    world = World(database_url, flows=flows).company()
    with edge_on(world, home) as edge:
        for who in ("ann", "bob", "cat", "dan", "eve", "app:ci"):
            edge.token(who)
        edge.http.event_hooks["response"].append(Described(edge.http.get("/openapi.json").json()).check)
        yield edge
    world.close()


def run(edge: Edge, flow: str, who: str = "ann", **parameters: Any) -> str:
    """Start a run and let it work; return its id."""
    started = edge.post("/run", who, {"payload": {"id": flow, "repositoryIdentifier": PROJECT, **parameters}})
    assert started.status_code == 201, started.text
    edge.world.work()
    return str(started.json()["id"])


def ask(edge: Edge, who: str = "app:ci", task: str = "job-1", **more: Any) -> dict[str, Any]:
    """Ask for approval on behalf of somebody else's run."""
    asked = request(edge, who, task, **more)
    assert asked.status_code == 201, asked.text
    return dict(asked.json())


def request(edge: Edge, who: str = "app:ci", task: str = "job-1", **more: Any) -> Response:
    requested_by = "ci-bot" if who.startswith("app:") else edge.world.caller(who).subject
    return edge.post("/approvals", who, {**REQUEST, "taskId": task, "requestedBy": requested_by, **more})


def approve(edge: Edge, who: str, target: str, *, role: Role = Role.OWNER, **more: Any) -> Response:
    body = {"approver": who.title(), "approverEmail": email(edge, who), **more}
    return edge.post(f"/approvals/{target}/approve", who, body, role=role)


def reject(edge: Edge, who: str, target: str, *, role: Role = Role.OWNER, **more: Any) -> Response:
    body = {"rejector": who.title(), "rejectorEmail": email(edge, who), **more}
    return edge.post(f"/approvals/{target}/reject", who, body, role=role)


def bearer(edge: Edge, who: str, *, projects: tuple[str, ...] | None = None, execution: str | None = None,
           role: Role = Role.OWNER, act_for: bool = False, break_glass: bool = False) -> dict[str, str]:
    """The header of a token that narrows what is seen, or gives an owner's rights: `act_for`, `break_glass`."""
    token = edge.remember(who, role=role, projects=projects, execution=execution, act_for=act_for, break_glass=break_glass)
    return {"Authorization": f"Bearer {edge.issuer.mint(token)}"}


def email(edge: Edge, who: str) -> str:
    """The e-mail of a person; an application takes Bob's."""
    return "bob@acme.org" if who.startswith("app:") else edge.world.caller(who).subject


def asks_for_access(edge: Edge, who: str = "ann", **more: Any) -> str:
    """Somebody asks for access for themselves; the run stands at its gate."""
    own = {"username": email(edge, who), "targetOrg": "payments-prod", "accessLevel": "Admin", "durationMinutes": 60}
    return run(edge, "request-elevated-privileges", who, **own | more)


def approval(edge: Edge, target: str, who: str = "bob") -> dict[str, Any]:
    shown = edge.get(f"/approvals/{target}", who)
    assert shown.status_code == 200, shown.text
    return dict(shown.json())


def shown(edge: Edge, run_id: str, who: str = "bob") -> dict[str, Any]:
    found = edge.get(f"/{run_id}", who)
    assert found.status_code == 200, found.text
    return dict(found.json())


def runs(edge: Edge, who: str = "bob", **query: Any) -> Mapping[str, Any]:
    listed = edge.get("/runs", who, params={"repositoryIdentifier": PROJECT, **query})
    assert listed.status_code == 200, listed.text
    return dict(listed.json())


def configure(edge: Edge, who: str, flow: str, what: str, method: str = "POST", *, project: str = PROJECT, **more: Any) -> Response:
    """Set something of a flow type: `what` is enable, disable or override."""
    return edge.call(method, f"/types/{flow}/{what}", who, json={"repositoryIdentifier": project, **more})


def said(answer: Response) -> str:
    """What a refusal says, as one text."""
    body = answer.json()
    assert (body["statusCode"], answer.status_code >= 400) == (answer.status_code, True)
    message = body["message"]
    return message if isinstance(message, str) else " ".join(message)
