"""Connecting an account elsewhere with oneself, by the code that was given in a conversation: first look, then confirm."""

from collections.abc import Sequence

from starlette.responses import Response

from api.pages.page import Page, signed_in
from bot.link import hash_of
from core.domain.messages import LinkCode
from core.errors import Invalid

LONGEST_CODE = 40


def show(page: Page) -> Response:
    return _form(page)


def look(page: Page) -> Response:
    """Show which account a code stands for, and whose it would be; the code is not used up."""
    try:
        found = page.use_cases.link_account.look(page.caller, _code(page))
    except Invalid as error:
        return _form(page, problems=error.problems)
    return _form(page, found=found)


def confirm(page: Page) -> Response:
    try:
        linked = page.use_cases.link_account.confirm(page.caller, _code(page))
    except Invalid as error:
        return _form(page, problems=error.problems)
    return page.redirect("/account", say=f"{linked.login or linked.external_id} at {linked.provider} is you from now on.")


def _code(page: Page) -> str:
    return hash_of(page.form.text("code")[:LONGEST_CODE])


def _form(page: Page, *, found: LinkCode | None = None, problems: Sequence[str] = ()) -> Response:
    return page.render("link.html", title="Connect an account", here="account", status=400 if problems else 200, found=found,
                       problems=problems, code=page.form.text("code"))


ROUTES = [signed_in("GET", "/link", show), signed_in("POST", "/link", look), signed_in("POST", "/link/confirm", confirm)]
