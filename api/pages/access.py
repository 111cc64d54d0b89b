"""Who has access now, until when and by whose yes, and the way to end it."""

from starlette.responses import Response

from api.pages.deciding import deciding
from api.pages.page import Page, signed_in
from core.engine.find_access import PAGE
from core.errors import AlreadyEnded


def show(page: Page) -> Response:
    number = page.number("page", 1)
    found, total = page.use_cases.find_access.live(page.caller, limit=PAGE, offset=(number - 1) * PAGE)
    return page.render("access.html", title="Who has access now", here="access", found=found, total=total, number=number, size=PAGE)


def ask(page: Page) -> Response:
    """Ask whether it is really meant: what was taken back is given again only by a new request."""
    found = page.use_cases.find_access.of_run(page.caller, page.path["id"])
    title = "End this access now?" if found.live else "End this run now?"
    return page.render("access_end.html", title=title, here="access", found=found, flows=page.use_cases.registry.flows)


def end(page: Page) -> Response:
    """End it; where it has ended meanwhile, by itself or by somebody else, say so."""
    with deciding(page, "endAccess", page.path["id"]):
        found = page.use_cases.find_access.of_run(page.caller, page.path["id"])
    gives_access, where = bool(found.live), "/access" if found.live else f"/requests/{found.execution.id}"
    try:
        with deciding(page, "endAccess", found.execution.id):
            page.use_cases.end_access.end(page.caller, found.execution.id)
    except AlreadyEnded:
        return page.redirect(where, say="This had ended already; what it did is taken back, if it is not yet.")
    return page.redirect(where, say="Ended. It is being taken back now; it stays in this list until that is done." if gives_access
                         else "Ended. What it did is being taken back now.")


ROUTES = [signed_in("GET", "/access", show), signed_in("GET", "/access/{id}/end", ask), signed_in("POST", "/access/{id}/end", end)]
