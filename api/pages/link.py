"""Confirming whose account somewhere is, by the code that was given in a conversation: first look, then confirm."""

from collections.abc import Sequence

from starlette.responses import Response

from api.pages.page import Page, signed_in
from bot.link import hash_of
from core.domain.messages import LinkCode
from core.domain.people import Person
from core.errors import Invalid

LONGEST_CODE = 40


def show(page: Page) -> Response:
    return _form(page)


def look(page: Page) -> Response:
    """Show which account a code stands for, and for whom it would be; the code is not used up."""
    try:
        found = page.use_cases.link_account.look(page.caller, _code(page), page.form.text("email"))
    except Invalid as error:
        return _form(page, problems=error.problems)
    return _form(page, found=found)


def confirm(page: Page) -> Response:
    try:
        linked = page.use_cases.link_account.confirm(page.caller, _code(page), page.form.text("email"))
    except Invalid as error:
        return _form(page, problems=error.problems)
    account = f"{linked.login or linked.external_id} at {linked.provider}"
    return page.redirect("/link", say=f"{account} is {page.form.text('email')} from now on.")


def _code(page: Page) -> str:
    return hash_of(page.form.text("code")[:LONGEST_CODE])


def _form(page: Page, *, found: tuple[LinkCode, Person] | None = None, problems: Sequence[str] = ()) -> Response:
    return page.render("link.html", title="Whose account is it?", here="account", status=400 if problems else 200, found=found,
                       problems=problems, code=page.form.text("code"), email=page.form.text("email"))


ROUTES = [signed_in("GET", "/link", show), signed_in("POST", "/link", look), signed_in("POST", "/link/confirm", confirm)]
