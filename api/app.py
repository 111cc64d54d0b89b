"""The service over HTTP, made of a wiring."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from api import docs, health, metrics
from api.call import to_bytes
from api.envelope import Envelope
from api.errors import HANDLERS, http_error, nothing_here
from api.openapi import document
from api.pages.app import page_routes
from api.pages.page import error_page
from api.route import PREFIX
from api.routes import approvals, deliveries, executions, flow_types, internal, logs, people, runs, schedules
from api.wiring.service import Service

OPERATIONS = (*runs.ROUTES, *flow_types.ROUTES, *approvals.ROUTES, *people.ROUTES, *schedules.ROUTES, *internal.ROUTES,
              *executions.ROUTES, *logs.ROUTES)


def build_app(service: Service) -> FastAPI:
    """Return the application; its engine runs from its start to its end."""

    @asynccontextmanager
    async def life(app: FastAPI) -> AsyncIterator[None]:
        service.engine.start()
        if service.outside is not None:
            service.outside.prepare()
        if service.pages.issuer is not None:
            service.pages.issuer.prepare()
        yield
        await run_in_threadpool(service.engine.stop)
        await run_in_threadpool(service.watch.close)
        service.installation.close()

    described = document(OPERATIONS)
    as_json, as_page = to_bytes(described), docs.page(described)

    shown = service.installation.settings.docs

    def openapi(request: Request) -> Response:
        return Response(as_json, media_type="application/json") if docs.open_to(request, shown) else nothing_here()

    def docs_page(request: Request) -> Response:
        return HTMLResponse(as_page, headers={"Content-Security-Policy": docs.POLICY}) if docs.open_to(request, shown) else nothing_here()

    async def http_error_or_page(request: Request, error: HTTPException) -> Response:
        """Say it to a browser as a page."""
        looks = error.status_code == 404 and request.method == "GET" and "text/html" in request.headers.get("accept", "")
        if looks and not request.url.path.startswith(PREFIX):
            return error_page(service.pages, 404, "There is nothing at this address.")
        return await http_error(request, error)

    app = FastAPI(
        title="Placet", version=version("placet"), openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False,
        exception_handlers={**HANDLERS, HTTPException: http_error_or_page}, lifespan=life,
        routes=[*OPERATIONS, *health.ROUTES, *deliveries.ROUTES, *metrics.ROUTES, *page_routes(),
                Route("/openapi.json", openapi), Route("/docs", docs_page)])
    app.add_middleware(Envelope, watch=service.watch)
    app.state.use_cases = service.use_cases
    app.state.pages = service.pages
    app.state.edge = service.edge
    app.state.reception = service.reception
    app.state.health = service.health
    app.state.metrics = service.metrics
    return app
