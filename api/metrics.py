"""`/metrics`: for whoever has the token, or on the loopback if that is set; for everybody else it is not there."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.auth import Unauthorized, bearer
from api.errors import nothing_here
from api.settings import is_loopback

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsPage:
    """`token` opens it from anywhere. `on_loopback` opens it to this machine, but for what a proxy on it passes on."""

    render: Callable[[], bytes]
    token: str | None = field(repr=False)
    on_loopback: bool

    def answer(self, request: Request) -> Response:
        near = request.client is not None and is_loopback(request.client.host) and not any(name in request.headers for name in FORWARDED)
        if not (self.on_loopback and near):
            if self.token is None:
                return nothing_here()
            if not hmac.compare_digest(bearer(request.headers.getlist("authorization")).encode(), self.token.encode()):
                raise Unauthorized("no token of /metrics")
        return Response(self.render(), media_type=CONTENT_TYPE)


def metrics(request: Request) -> Response:
    page: MetricsPage = request.app.state.metrics
    return page.answer(request)


ROUTES = [Route("/metrics", metrics)]
