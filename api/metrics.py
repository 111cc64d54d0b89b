"""`/metrics`: for whoever has the token, or on the loopback if that is set; for everybody else it is not there."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import Unauthorized, bearer
from api.errors import nothing_here
from api.nearby import nearby

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsPage:
    """`token` opens it from anywhere. `on_loopback` opens it to this machine, but for what a proxy on it passes on."""

    render: Callable[[], bytes]
    token: str | None = field(repr=False)
    on_loopback: bool

    def answer(self, request: Request) -> Response:
        if not (self.on_loopback and nearby(request)):
            if self.token is None:
                return nothing_here()
            if not hmac.compare_digest(bearer(request.headers.getlist("authorization")).encode(), self.token.encode()):
                raise Unauthorized("no token of /metrics")
        return Response(self.render(), media_type=CONTENT_TYPE)


def metrics(request: Request) -> Response:
    page: MetricsPage = request.app.state.metrics
    return page.answer(request)


ROUTES = [Route("/metrics", metrics)]
