"""The way in by a link, and out: a link shows a button, the button signs in, once."""

from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.errors import Refused
from api.pages.page import Page, core_error_page, error_page, own_form, refuse_other_hosts, signed_in
from api.pages.pages import Pages
from api.pages.render import HEADERS, page_response
from api.pages.session import clear_cookie, cookie_of, forget_said, set_cookie
from core.errors import CoreError, LinkSpent

NO_LINK = "Placet does not know you in this browser. Open the link that you were given."
SPENT = "This link signs nobody in any more: it was used, or is older than 15 minutes."


async def ask(request: Request) -> Response:
    """Show whom a link signs in. Whoever only looks, such as a mail's scanner, does not use it up."""
    pages: Pages = request.app.state.pages
    try:
        refuse_other_hosts(request, pages)
        text = request.query_params.get("link", "")
        person = await run_in_threadpool(pages.sign_in.whose, text) if text else None
    except Refused as error:
        return error_page(pages, error.status, str(error))
    except CoreError as error:
        return core_error_page(pages, error)
    return page_response(pages.templates, "sign_in.html", 200 if person or not text else 403, {
        "title": "Sign in", "person": person, "link": text, "to": own_way(request.query_params.get("to", "")),
        "message": SPENT if text else "" if pages.issuer else NO_LINK, "issuer": pages.issuer})


async def enter(request: Request) -> Response:
    """Use a link up. The session is a new one, whatever cookie the browser came with."""
    pages: Pages = request.app.state.pages
    secure = pages.address.secure
    try:
        refuse_other_hosts(request, pages)
        form = await own_form(request, pages)
        use = partial(pages.sign_in.use, form.text("link"), agent=request.headers.get("user-agent", ""), before=cookie_of(request, secure))
        cookie, _ = await run_in_threadpool(use)
    except Refused as error:
        return error_page(pages, error.status, str(error))
    except LinkSpent:
        return page_response(pages.templates, "sign_in.html", 403, {
            "title": "Sign in", "person": None, "link": "", "to": "", "message": SPENT, "issuer": pages.issuer})
    except CoreError as error:
        return core_error_page(pages, error)
    response = RedirectResponse(own_way(form.text("to")), 303, headers=HEADERS)
    set_cookie(response, cookie, secure)
    return response


def leave(page: Page) -> Response:
    """End the session."""
    page.pages.sign_in.out(page.cookie)
    response = RedirectResponse("/sign-in", 303, headers=HEADERS)
    clear_cookie(response, page.secure)
    forget_said(response, page.secure)
    return response


def own_way(to: str) -> str:
    """Return where to go on to: a path of these pages, never another site's."""
    plain = to.isascii() and to.isprintable() and to.startswith("/") and not to.startswith(("//", "/sign-in", "/events"))
    return to if plain and "\\" not in to else "/"


ROUTES = [Route("/sign-in", ask, methods=["GET"]), Route("/sign-in", enter, methods=["POST"]), signed_in("POST", "/sign-out", leave)]
