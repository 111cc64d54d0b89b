"""The pages, by address."""

from starlette.routing import BaseRoute, Route

from api.pages import access, account, again, audit, elsewhere, events, history, inbox, link, request, requests, schedules, sign_in, start
from api.pages.assets import static


def page_routes() -> list[BaseRoute]:
    return [*inbox.ROUTES, *requests.ROUTES, *request.ROUTES, *sign_in.ROUTES, *elsewhere.ROUTES, *events.ROUTES, *again.ROUTES,
            *start.ROUTES, *history.ROUTES, *schedules.ROUTES, *audit.ROUTES, *access.ROUTES, *account.ROUTES, *link.ROUTES,
            Route("/static/{name}", static, methods=["GET"])]
