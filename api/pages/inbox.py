"""What waits for my answer, and answering it without opening it."""

from dataclasses import dataclass

from starlette.responses import Response

from api.pages.answer import given, one_of
from api.pages.page import Page, signed_in
from bot.cards import Card
from bot.make_card import Story, card_of
from bot.replies import reply
from core.domain.approvals import Approval, Risk, Verdict
from core.engine.find_waiting import Waiting
from core.errors import CoreError

SIZE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`direct`: it may be answered from here, since what decides fits."""

    card: Card
    approval: Approval
    direct: bool


def show(page: Page, status: int = 200, said: tuple[str, str] | None = None) -> Response:
    stream = page.stream()
    found = page.pages.waiting.page(page.caller, page.number("page", 1), SIZE)
    rows = [_row(page, each) for each in found.requests]
    return page.render("inbox.html", title="Inbox", here="inbox", status=status, said=said, rows=rows, total=found.total,
                       waiting=found.total, page=found.page, size=SIZE, next_lapse=found.next_lapse, stream=stream)


def answer_several(page: Page) -> Response:
    """Approve exactly those that are ticked: each by its ref and the digest that was shown with it."""
    ticked = list(dict.fromkeys(page.form.all("ticked")))[:SIZE]
    if not ticked:
        return show(page, 400, ("no", "Nothing was ticked, so nothing was approved. Tick the requests that you have read."))
    counted, refused = 0, []
    for each in ticked:
        ref, _, digest = each.partition(":")
        try:
            given(page, ref, Verdict.APPROVE, digest, None)
            counted += 1
        except CoreError as error:
            page.refused("page-approve", ref, error)
            refused.append(f"`{ref[:12].lower()}`: {reply(error)}")
    told = f"Your yes to {one_of(counted, 'request')} is counted." if counted else "None was approved."
    return page.redirect("/", say=" ".join([told, *refused]), kind="no" if refused else "yes")


def _row(page: Page, waiting: Waiting) -> Row:
    flow = page.use_cases.registry.find(waiting.execution.flow)
    told = Story(approval=waiting.approval, execution=waiting.execution, project=waiting.project, flow=flow,
                 now=waiting.approval.requested_at)
    card = card_of(told)
    return Row(card=card, approval=waiting.approval, direct=waiting.approval.risk is not Risk.HIGH and not card.high_risk)


ROUTES = [signed_in("GET", "/", show), signed_in("POST", "/approve", answer_several)]
