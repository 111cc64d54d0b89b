"""Around every request: its id, its line in the log, the security headers, and a plain answer to a fault of ours."""

import logging
import time
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import refusal
from api.logs import request_id
from api.watch import Watch

log = logging.getLogger("placet.requests")
STREAM = "text/event-stream"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Envelope:
    """No id is taken from outside: a log could be written with it. `watch` is told of each request, once it is over.

    A stream is open for as long as somebody looks; what it took is the time until it began.
    """

    def __init__(self, app: ASGIApp, watch: Watch):
        self.app = app
        self.watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        own_id, began, status = uuid4().hex, time.perf_counter(), 0
        answered: float | None = None
        facts: dict[str, str] = {}
        request_id.set(own_id)
        scope["placet.facts"] = facts

        async def answer(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = own_id
                if headers.get("Content-Type", "").startswith(STREAM):
                    answered = time.perf_counter()
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self.app(scope, receive, answer)
        except Exception:  # the outer edge: whatever went wrong, it is logged here once and told nobody
            log.exception("fault")
            if status:
                raise
            body = f"Something went wrong here. Whoever runs Placet finds it in the log under {own_id}."
            await refusal(500, body)(scope, receive, answer)
        finally:
            route, seconds = _route(scope), (answered or time.perf_counter()) - began
            self.watch.request(scope["method"], route, status, seconds, facts.get("execution_id"))
            log.info("request", extra={"method": scope["method"], "route": route, "status": status,
                                       "ms": round(seconds * 1000, 1), **facts})


def _route(scope: Scope) -> str | None:
    """Return what was asked for, as we have named it; None for an address at which there is nothing."""
    route: str | None = getattr(scope.get("route"), "path", None)
    fixed = "endpoint" in scope and not scope.get("path_params")
    return route or (scope["path"] if fixed else None)
