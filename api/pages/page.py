"""A page somebody looks at, and the one way to it: host, session, form, and only then what it shows."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.call import note
from api.errors import Refused, first_line, status_of
from api.pages.forms import Form, fit, read_form
from api.pages.notifier import stamp
from api.pages.pages import Pages
from api.pages.render import HEADERS, page_response
from api.pages.session import cookie_of, csrf_token, forget_said, is_csrf_token, keep_said, said_before
from api.refusals import Attempt
from api.use_cases import UseCases
from bot.replies import reply
from core.domain.people import Caller, Person, Role
from core.engine.sign_in import SignedIn
from core.errors import CoreError, Unavailable
from core.ports.database import Database
from core.ports.sessions import Session

TITLES = {400: "That did not work", 403: "Not allowed", 404: "Nothing here", 409: "Too late", 413: "Too long", 429: "Too much at once",
          503: "Not now"}
LONGEST_WAY = 500
log = logging.getLogger("placet.pages")


class Page:
    """What a page's function has at hand."""

    def __init__(self, request: Request, pages: Pages, signed_in: SignedIn, cookie: str, form: Form):
        self.request = request
        self.pages = pages
        self.session: Session = signed_in.session
        self.person: Person = signed_in.person
        self.caller = Caller(subject=self.person.email, role=Role.OWNER, person=self.person)
        self.form = form
        self.cookie = cookie

    @property
    def use_cases(self) -> UseCases:
        found: UseCases = self.request.app.state.use_cases
        return found

    @property
    def database(self) -> Database:
        return self.pages.database

    @property
    def path(self) -> dict[str, Any]:
        return {name: fit(value) for name, value in self.request.path_params.items()}

    @property
    def secure(self) -> bool:
        return self.pages.address.secure

    @property
    def in_part(self) -> bool:
        """Whether the page's own script asks, to put a piece of the answer in the place of what it shows."""
        return self.request.headers.get("hx-request") == "true"

    @cached_property
    def csrf(self) -> str:
        return csrf_token(self.cookie)

    def query(self, name: str, default: str = "") -> str:
        return fit(self.request.query_params.get(name, default))

    def number(self, name: str, default: int) -> int:
        """Return a number of at least 1 from the address; whatever else stands there is the default."""
        text = self.query(name)
        return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else default

    def stream(self) -> str:
        """Return where a page of all that its reader belongs to hears of what changes from now on; asked before that is read."""
        with self.database.read() as tx:
            seen = tx.stir.look([], sorted(tx.people.roles(self.person.id)))
        return f"/events?since={stamp(seen)}"

    def render(self, template: str, *, title: str, here: str = "", status: int = 200, said: tuple[str, str] | None = None,
               waiting: int | None = None, **facts: Any) -> Response:
        """Show a page. `here`: which part of the navigation it belongs to; `said`: a kind (yes, no) and a sentence to stand above it.

        `waiting`: how much waits for whoever looks, where that is known already.
        """
        before = said_before(self.request, self.cookie, self.secure)
        with self.database.read() as tx:
            now = tx.now()
        shown = page_response(self.pages.templates, template, status, {
            "title": title, "here": here, "said": said or before, "now": now, "me": self.person, "csrf_token": self.csrf,
            "waiting": self.pages.waiting.count(self.caller) if waiting is None else waiting, **facts})
        if before is not None:
            forget_said(shown, self.secure)
        return shown

    def redirect(self, where: str, *, say: str = "", kind: str = "yes") -> Response:
        """Lead on with GET; `say`: what the next page says, once."""
        response = RedirectResponse(where, 303, headers=HEADERS)
        if say:
            keep_said(response, self.cookie, say, kind, self.secure)
        return response

    def refused(self, operation: str, target: str, error: CoreError) -> None:
        """Write a refused decision to the audit, as of every surface."""
        self.pages.refused.record(self.caller, Attempt(operation=operation, target=target, project=None), error)


Show = Callable[[Page], Response]


@dataclass(frozen=True, slots=True)
class _SignedIn:
    """`show`, for whoever is signed in."""

    show: Show

    async def __call__(self, request: Request) -> Response:
        pages: Pages = request.app.state.pages
        try:
            refuse_other_hosts(request, pages)
            cookie = cookie_of(request, pages.address.secure)
            form = Form()
            if request.method == "POST":
                form = await own_form(request, pages)
            signed_in = await run_in_threadpool(pages.sign_in.who, cookie) if cookie else None
            if signed_in is None:
                return RedirectResponse(_sign_in_first(request), 303, headers=HEADERS)
            if request.method == "POST" and not is_csrf_token(form.text("csrf"), cookie):
                raise Refused(403, "This form was not made for your session. Load the page again, and send it anew; nothing was changed.")
            note(request, subject=signed_in.person.email)
            return await run_in_threadpool(self._shown, Page(request, pages, signed_in, cookie, form))
        except Refused as error:
            return error_page(pages, error.status, error.message if isinstance(error.message, str) else " ".join(error.message))
        except CoreError as error:
            return core_error_page(pages, error)

    def _shown(self, page: Page) -> Response:
        try:
            return self.show(page)
        except CoreError as error:
            return page.render("error.html", title=TITLES.get(status_of(error), "That did not work"), status=status_of(error),
                               message=_told(error))


def signed_in(method: str, path: str, show: Show) -> Route:
    """Return the route to a page that one has to be signed in for."""
    return Route(path, _endpoint(_SignedIn(show)), methods=[method])


def _endpoint(page: _SignedIn) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        return await page(request)

    return endpoint


def refuse_other_hosts(request: Request, pages: Pages) -> None:
    if not pages.address.is_ours(request.headers.getlist("host")):
        raise Refused(400, "Placet's pages are not at this address. Whoever runs it sets the right one with PLACET_PUBLIC_URL.")


async def own_form(request: Request, pages: Pages) -> Form:
    """Return a form that one of our pages has sent."""
    if not pages.address.is_own_form(request.headers):
        raise Refused(403, "This form did not come from a page of Placet, so nothing was done. Open the page itself, and send it there.")
    return await read_form(request)


def core_error_page(pages: Pages, error: CoreError) -> Response:
    return error_page(pages, status_of(error), _told(error))


def error_page(pages: Pages, status: int, message: str) -> Response:
    """Say what went wrong to whoever it is, signed in or not."""
    return page_response(pages.templates, "outside.html", status, {"title": TITLES.get(status, "That did not work"), "message": message})


def _told(error: CoreError) -> str:
    if isinstance(error, Unavailable):
        log.warning("unavailable", extra={"what": error.what, "reason": first_line(error.__cause__)})
    return reply(error)


def _sign_in_first(request: Request) -> str:
    way = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/sign-in" if request.method != "GET" or way == "/" or len(way) > LONGEST_WAY else f"/sign-in?to={quote(way, safe='/')}"
