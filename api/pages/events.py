"""Word to an open page that what it shows has changed: one line, never what has changed."""

from collections.abc import AsyncIterator

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from api.errors import Refused, status_of
from api.pages.forms import fit
from api.pages.page import refuse_other_hosts
from api.pages.pages import Pages
from api.pages.render import HEADERS
from api.pages.session import cookie_of
from core.domain.people import Caller, Role
from core.engine.sign_in import SignedIn
from core.errors import CoreError

QUIET = 20.0  # seconds; then the session is looked at again, and the connection shown to be alive


async def events(request: Request) -> Response:
    pages: Pages = request.app.state.pages
    try:
        refuse_other_hosts(request, pages)
        cookie = cookie_of(request, pages.address.secure)
        who = await run_in_threadpool(pages.sign_in.peek, cookie) if cookie else None
        if who is None:
            return Response(status_code=204, headers=HEADERS)  # tells the browser not to come again
        run = request.query_params.get("run")
        runs, projects = await run_in_threadpool(_watched, pages, who, None if run is None else fit(run))
    except Refused as error:
        return Response(status_code=error.status, headers=HEADERS)
    except CoreError as error:
        return Response(status_code=status_of(error), headers=HEADERS)
    since = request.query_params.get("since", "")
    return StreamingResponse(_told(pages, cookie, runs, projects, since), media_type="text/event-stream",
                             headers={**HEADERS, "X-Accel-Buffering": "no"})


def _watched(pages: Pages, who: SignedIn, run: str | None) -> tuple[list[str], list[str]]:
    caller = Caller(subject=who.person.email, role=Role.OWNER, person=who.person)
    if run is not None:
        return [pages.story.seen(caller, run).id], []
    with pages.database.read() as tx:
        return [], sorted(tx.people.roles(who.person.id))


async def _told(pages: Pages, cookie: str, runs: list[str], projects: list[str], since: str) -> AsyncIterator[bytes]:
    with pages.notifier.tab(runs=runs, projects=projects, since=since) as tab:
        yield b"retry: 2000\n\n"
        async for changed in pages.notifier.changes(tab, QUIET):
            if not await _still(pages, cookie):
                yield b"event: signed-out\ndata: \n\n"
                return
            yield b"event: changed\ndata: \n\n" if changed else b":\n\n"


async def _still(pages: Pages, cookie: str) -> bool:
    try:
        return await run_in_threadpool(pages.sign_in.peek, cookie) is not None
    except CoreError:
        return True  # the database is away; the next look tells


ROUTES = [Route("/events", events, methods=["GET"])]
