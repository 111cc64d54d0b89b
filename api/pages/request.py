"""One request with its whole story, and the box in which it is answered."""

import secrets
from datetime import datetime, timedelta

from starlette.responses import Response

from api.pages.answer import given, told
from api.pages.notifier import stamp
from api.pages.page import Page, signed_in
from api.pages.states import WORDS, kind_of, kind_of_run
from api.pages.steps import shown_steps
from api.pages.thread import thread
from bot.cards import State
from bot.make_card import Story, card_of
from core.domain.approvals import Status as Answered
from core.domain.approvals import Verdict
from core.domain.executions import TERMINAL, Execution, Mode
from core.domain.messages import LONGEST_TEXT, PAGE, Author, Message
from core.domain.people import email_key
from core.errors import CoreError, Invalid

LONGEST_NONCE, MOST_LISTED = 64, 50
OLDEST_READ = timedelta(days=1)  # longer than a session lasts


def show(page: Page, status: int = 200, said: tuple[str, str] | None = None, replies: tuple[str, ...] = (), written: str = "") -> Response:
    story = page.pages.story.get(page.caller, page.path["target"])
    run, asked = story.execution, story.asked
    flow = page.use_cases.registry.find(run.flow)
    card = card_of(Story(approval=asked, execution=run, project=story.project, flow=flow, now=story.now, grants=story.grants,
                         vocabulary=page.use_cases.handle.words.of(story.project)))
    ended = run.status in TERMINAL
    answered = {email_key(a.email): a for a in asked.answers if a.withdrawn_at is None} if asked else {}
    is_open = card.state is State.OPEN
    others = [a for a in story.approvals if asked is not None and a.id != asked.id]
    return page.render(
        "request.html", title=card.title, here="requests" if story.own else "inbox", status=status, said=said, story=story, run=run,
        asked=asked, card=card, kind=kind_of(card), kind_of_run=kind_of_run, words=WORDS,
        steps=shown_steps(story.steps, ended=ended or run.outcome is not None, now=story.now), answered=answered,
        is_open=is_open, entries=thread(story.said, story.rows), replies=replies, written=written, nonce=secrets.token_urlsafe(16),
        stream=f"/events?run={run.id}&since={stamp(story.stir)}",
        ref=asked.ref.lower() if asked else run.id, may_cancel=story.own and (is_open or not ended),
        may_end=not ended and (story.own or story.owner), ours=run.mode is Mode.FLOW, ended=ended,
        open_too=[a for a in others if a.status is Answered.PENDING][:MOST_LISTED],
        older=[a for a in others if a.status is not Answered.PENDING], most=MOST_LISTED, lapsed=asked is not None
        and asked.status in (Answered.EXPIRED, Answered.REJECTED), may_answer=card.may_answer)


def answer(page: Page) -> Response:
    """Approve or reject by a button; a refusal is said where the request is shown."""
    target, verdict = page.path["target"], _verdict(page.form.text("verdict"))
    try:
        approval = given(page, target, verdict, page.form.text("digest"), page.form.text("reason"),
                         confirmed=page.form.text("confirmed") == "yes")
    except CoreError as error:
        page.refused(f"page-{verdict}", target, error)
        raise
    back = "/" if page.form.text("from") == "inbox" else f"/requests/{approval.ref.lower()}"
    return page.redirect(back, say=told(approval, verdict))


def say(page: Page) -> Response:
    """Take what somebody writes on the same way as what is written in any other home."""
    text = page.form.text("text")
    if not text:
        return show(page, 400, ("no", "Nothing was written. Write `approve`, `reject: reason` or `help`, or what you want to say."))
    if len(text.encode()) > LONGEST_TEXT:
        raise Invalid(("a message holds up to 64 kB.",))
    run = page.pages.story.seen(page.caller, page.path["target"])
    outcome = page.use_cases.handle.handle(_message(page, run, text), caller=page.caller)
    page.pages.notifier.wake()
    if outcome.said:
        return show(page, replies=outcome.said)
    return page.redirect(f"/requests/{page.path['target']}#thread")


def said(page: Page) -> Response:
    """Lead whoever was given the address of a reply to where the request is."""
    return page.redirect(f"/requests/{page.path['target']}#thread")


def _message(page: Page, run: Execution, text: str) -> Message:
    """The form's own number makes a message that is sent twice one; it is nobody else's, and of no other request.

    It is as old as what its writer had read: a request that was opened since is not what they answer.
    """
    with page.database.read() as tx:
        now = tx.now()
    nonce = page.form.text("nonce")[:LONGEST_NONCE] or secrets.token_urlsafe(16)
    author = Author(provider=PAGE, id=page.person.id, login=page.person.email, name=page.person.name, human=True)
    return Message(provider=PAGE, id=f"{run.id}:{page.person.id}:{nonce}", conversation=f"{PAGE}:{run.id}", place="", text=text,
                   written_at=_read_at(page.form.text("read"), now), addressed=True, author=author)


def _read_at(text: str, now: datetime) -> datetime:
    """Return when the page was made into which somebody wrote, as it says itself; else now."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return now
    return max(min(at, now), now - OLDEST_READ) if at.tzinfo is not None else now


def _verdict(text: str) -> Verdict:
    if text not in list(Verdict):
        raise Invalid(("verdict must be approve or reject.",))
    return Verdict(text)


ROUTES = [signed_in("GET", "/requests/{target}", show), signed_in("POST", "/requests/{target}/answer", answer),
          signed_in("POST", "/requests/{target}/say", say), signed_in("GET", "/requests/{target}/say", said)]
