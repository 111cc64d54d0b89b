"""What I asked for, the newest first."""

from starlette.responses import Response

from api.pages.page import Page, signed_in
from api.pages.states import kind_of
from bot.make_card import Story, card_of

SIZE = 50


def show(page: Page) -> Response:
    stream = page.stream()
    found = page.pages.waiting.own(page.caller, page.number("page", 1), SIZE)
    with page.database.read() as tx:
        now = tx.now()
        grants = {own.execution.id: tx.grants.of_run(own.execution.id) for own in found.runs}
    cards = [(own, card_of(Story(approval=own.approval, execution=own.execution, project=own.project, now=now,
                                 flow=page.use_cases.registry.find(own.execution.flow), grants=grants[own.execution.id])))
             for own in found.runs]
    return page.render("requests.html", title="My requests", here="requests", cards=cards, total=found.total, page=found.page, size=SIZE,
                       kind_of=kind_of, stream=stream)


ROUTES = [signed_in("GET", "/requests", show)]
