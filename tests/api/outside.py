"""A company's service that accepts the tokens of an outside issuer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from httpx import Response

from api.auth import Authentication
from api.cli.register import Register
from core.domain.identities import oidc_provider
from tests.api.edge import Edge, edge_on
from tests.doubles.oidc_issuer import OidcDouble, oidc_issuer
from tests.rest.described import Described
from tests.world import World, new_id

RUNS = "/runs?repositoryIdentifier=acme/app"


@dataclass
class Outside:
    edge: Edge
    issuer: OidcDouble

    def link(self, who: str, subject: str) -> None:
        register = Register(database=self.edge.world.database, new_id=new_id, operator="test")
        register.link(self.edge.world.caller(who).subject, oidc_provider(self.issuer.issuer), subject)

    def call(self, token: str, path: str = RUNS, method: str = "GET", **more: Any) -> Response:
        return self.edge.call(method, path, None, headers={"Authorization": f"Bearer {token}"}, **more)

    def status(self, token: str) -> int:
        return self.call(token).status_code

    @property
    def authentication(self) -> Authentication:
        service = self.edge.service
        return Authentication(database=self.edge.world.database, issuer=service.installation.issuer, outside=service.outside)

    def believe(self, authentication: Authentication) -> None:
        """Let callers be looked at by another one from now on."""
        self.edge.app.state.edge = replace(self.edge.service.edge, authenticate=authentication.caller)


@contextmanager
def outside_on(database_url: str, home: Path, **more: str) -> Iterator[Outside]:
    """Ann and Bob are linked to u-ann and u-bob."""
    world = World(database_url).company()
    with oidc_issuer() as issuer, edge_on(world, home, body_seconds=10, port=0, **issuer.settings(**more)) as edge:
        edge.http.event_hooks["response"].append(Described(edge.http.get("/openapi.json").json()).check)
        outside = Outside(edge, issuer)
        outside.link("ann", "u-ann")
        outside.link("bob", "u-bob")
        yield outside
    world.close()
