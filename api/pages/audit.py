"""The audit of a project, the newest rows first, for its owners."""

from urllib.parse import urlencode

from starlette.responses import Response

from api.pages.page import Page, signed_in

ROWS = 50


def show(page: Page) -> Response:
    """Show the rows before a number: an address means the same rows tomorrow."""
    owned = [each for each in page.use_cases.find_projects.list(page.caller) if each.owned]
    identifier = page.query("repositoryIdentifier") or (owned[0].project.identifier if owned else "")
    if not identifier:
        return page.render("audit.html", title="Audit", here="audit", projects=(), identifier="", found=None, older=None, newer=None)
    before = page.number("before", 0) or None
    found = page.use_cases.find_audit.page(page.caller, identifier, before=before, limit=ROWS)
    last = found.rows[-1].seq if found.rows else found.first
    first = found.rows[0].seq if found.rows else 0
    return page.render(
        "audit.html", title="Audit", here="audit", projects=owned, identifier=found.project.identifier, found=found,
        older=_address(found.project.identifier, last) if last > found.first else None,
        newer=_address(found.project.identifier, first + ROWS + 1) if first < found.last else None)


def _address(identifier: str, before: int) -> str:
    return "/audit?" + urlencode({"repositoryIdentifier": identifier, "before": before})


ROUTES = [signed_in("GET", "/audit", show)]
