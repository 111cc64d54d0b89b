"""Run an ended run again, as it was asked for."""

from starlette.responses import Response

from api.pages.deciding import deciding
from api.pages.page import Page, signed_in


def ask(page: Page) -> Response:
    found = page.use_cases.find_executions.get(page.caller, page.path["id"])
    return page.render("again.html", title="Run again", here="requests", run=found.execution)


def again(page: Page) -> Response:
    with deciding(page, "rerunExecution", page.path["id"]):
        run = page.use_cases.rerun_flow.rerun(page.caller, page.path["id"], {})
    return page.redirect(f"/requests/{run.id}")


ROUTES = [signed_in("GET", "/requests/{id}/again", ask), signed_in("POST", "/requests/{id}/again", again)]
