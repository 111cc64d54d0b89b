"""A service as it is called over the network: a real server, on a company's database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from fastapi import FastAPI
from httpx import Client, Response
from uvicorn import Config, Server

from api.app import build_app
from api.settings import load_settings
from api.tokens import TokenIssuer
from api.wiring.installation import Installation
from api.wiring.service import Service, bind_use_cases, wire
from core.domain.people import Role
from core.engine.asking_limits import AskingLimits
from core.ports.tokens import MintedToken
from tests.fakes.signatures import FakeSignatures
from tests.world import PROJECT, World, new_id

PREFIX = "/sfp/api/flows"
ACCESS: Mapping[str, Any] = {
    "id": "request-elevated-privileges", "repositoryIdentifier": PROJECT, "username": "ann@acme.org", "targetOrg": "payments-prod",
    "accessLevel": "Admin", "durationMinutes": 60}
REQUEST: Mapping[str, Any] = {
    "taskId": "job-1", "requestedBy": "ann@acme.org", "context": {"taskType": "deploy"},
    "callback": {"type": "none", "repositoryIdentifier": PROJECT}}


def new_issuer(issuer: str = "placet", audience: str = "placet") -> TokenIssuer:
    key = Ed25519PrivateKey.generate()
    return TokenIssuer(
        signing_key=key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(), issuer=issuer, audience=audience,
        verifying_key=key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


@dataclass
class Edge:
    """`who` calls: the part of a person's e-mail before the @, `app:<name>`, or None for nobody."""

    world: World
    service: Service
    app: FastAPI
    http: Client
    tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def issuer(self) -> TokenIssuer:
        return self.service.installation.issuer

    def remember(self, who: str, *, role: Role = Role.OWNER, projects: tuple[str, ...] | None = None,
                 execution: str | None = None, act_for: bool = False, break_glass: bool = False) -> MintedToken:
        """Write a token down, so that its text is accepted."""
        subject = who.removeprefix("app:") if who.startswith("app:") else self.world.caller(who).subject
        with self.world.database.begin() as tx:
            now = tx.now()
            token = MintedToken(id=new_id(), subject=subject, role=Role.APPLICATION if who.startswith("app:") else role, projects=projects,
                                created_at=now, expires_at=now + timedelta(hours=1), execution=execution, act_for=act_for,
                                break_glass=break_glass)
            tx.tokens.add(token)
        return token

    def token(self, who: str, role: Role = Role.OWNER) -> str:
        if (who, role) not in self.tokens:
            self.tokens[who, role] = self.issuer.mint(self.remember(who, role=role))
        return self.tokens[who, role]

    def call(self, method: str, path: str, who: str | None = "ann", *, role: Role = Role.OWNER, **more: Any) -> Response:
        own = {"Authorization": f"Bearer {self.token(who, role)}"} if who else {}
        return self.http.request(method, PREFIX + path, headers={**own, **more.pop("headers", {})}, **more)

    def get(self, path: str, who: str | None = "ann", **more: Any) -> Response:
        return self.call("GET", path, who, **more)

    def post(self, path: str, who: str | None = "ann", body: Any = None, **more: Any) -> Response:
        return self.call("POST", path, who, **({"json": body} if body is not None else {}), **more)

    def asks_for_access(self) -> str:
        """Ann asks for access over REST; the run stands at its gate. Return its id."""
        started = self.post("/run", "ann", {"payload": {**ACCESS}})
        assert started.status_code == 201, started.text
        self.world.work()
        return str(started.json()["id"])

    def security(self) -> list[tuple[str, str]]:
        """Who did what that was refused, as the audit has it."""
        return [(str(actor), str(facts)) for actor, facts in
                self.world.rows("SELECT actor, facts FROM audit WHERE kind = 'security' ORDER BY project_id, seq")]


@contextmanager
def edge_on(world: World, home: Path, *, body_seconds: float = 10, port: int = 0, **given: str) -> Iterator[Edge]:
    settings = load_settings({"PLACET_HOME": str(home), **{f"PLACET_{name.upper()}": value for name, value in given.items()}})
    wired = wire(Installation(
        settings=settings, database=world.database, vault=world.vault, issuer=new_issuer(), signatures=FakeSignatures()))
    world.database.nudge = world.nudged.append
    bound = bind_use_cases(settings, world.database, world.registry, world.vault, wired.installation.issuer,
                           words=wired.use_cases.handle.words)
    limits = AskingLimits(open=settings.open_requests_limit, denials=world.limits.denials)
    bound = replace(bound, run_flow=replace(bound.run_flow, limits=limits), rerun_flow=replace(bound.rerun_flow, limits=limits),
                    request_approval=replace(bound.request_approval, limits=limits))
    service = replace(wired, use_cases=bound, edge=replace(wired.edge, body_seconds=body_seconds))
    app = build_app(service)
    with served(app, port) as url, Client(base_url=url, trust_env=False) as http:
        yield Edge(world, service, app, http)


@contextmanager
def served(app: FastAPI, port: int = 0) -> Iterator[str]:
    """Serve without the engine: tests let it work by hand."""
    server = Server(Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="off", timeout_graceful_shutdown=1))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
