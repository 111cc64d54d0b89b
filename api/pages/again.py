"""Run an ended run again, as it was asked for."""

from starlette.responses import Response

from api.pages.deciding import deciding
from api.pages.page import Page, signed_in
from bot.card_facts import facts_of, reason_of, subjects_of


def ask(page: Page) -> Response:
    found = page.use_cases.find_executions.get(page.caller, page.path["id"])
    run = found.execution
    flow = page.use_cases.registry.find(run.flow)
    return page.render("again.html", title="Run again", here="requests", run=run, name=flow.name if flow else run.task_type,
                       subjects=subjects_of(flow, run.payload), facts=facts_of(flow, run.payload), reason=reason_of(flow, run.payload))


def again(page: Page) -> Response:
    with deciding(page, "rerunExecution", page.path["id"]):
        run = page.use_cases.rerun_flow.rerun(page.caller, page.path["id"], {})
    return page.redirect(f"/requests/{run.id}")


ROUTES = [signed_in("GET", "/requests/{id}/again", ask), signed_in("POST", "/requests/{id}/again", again)]
