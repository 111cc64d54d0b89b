"""A person's own account: who they are elsewhere, tokens of their own, whether they get mail, and where they are signed in."""

from collections.abc import Sequence
from datetime import timedelta

from starlette.responses import Response

from api.pages.page import Page, signed_in
from core.domain.people import Role
from core.engine.own_tokens import LONGEST_LIFE
from core.errors import Invalid
from core.ports.tokens import MintedToken

HOURS = tuple(range(1, LONGEST_LIFE // timedelta(hours=1) + 1))
ROLES = (Role.MEMBER, Role.OWNER)


def show(page: Page) -> Response:
    return _account(page)


def mint(page: Page) -> Response:
    """Mint a token and show its text, this once."""
    hours, role = page.form.text("hours"), page.form.text("role")
    try:
        if hours not in map(str, HOURS) or role not in list(ROLES):
            raise Invalid(("Choose how long the token lasts, and what its holder may be at most.",))
        token, text = page.use_cases.own_tokens.mint(
            page.caller, role=Role(role), project=page.form.text("repositoryIdentifier") or None, life=timedelta(hours=int(hours)))
    except Invalid as error:
        return _account(page, problems=error.problems)
    return _account(page, minted=token, text=text)


def revoke(page: Page) -> Response:
    page.use_cases.own_tokens.revoke(page.caller, page.path["id"])
    return page.redirect("/account", say="Revoked: from now on nobody is let in with that token.")


def switch_mail(page: Page) -> Response:
    off = page.form.text("mail") == "off"
    page.use_cases.own_account.switch_mail(page.caller, off=off)
    return page.redirect("/account", say="No more mail is sent to you." if off else "From now on you are told by mail.")


def end_session(page: Page) -> Response:
    page.use_cases.own_account.end_session(page.caller, page.path["id"])
    return page.redirect("/account", say="That browser is signed out.")


def end_others(page: Page) -> Response:
    ended = page.use_cases.own_account.end_others(page.caller, page.session.id)
    return page.redirect("/account", say=f"{ended} other {'session' if ended == 1 else 'sessions'} ended; this one goes on.")


def _account(page: Page, *, minted: MintedToken | None = None, text: str = "", problems: Sequence[str] = ()) -> Response:
    view = page.use_cases.own_account.view(page.caller)
    return page.render(
        "account.html", title="Account", here="account", status=400 if problems else 200, view=view, problems=problems, hours=HOURS,
        roles=ROLES, tokens=page.use_cases.own_tokens.list(page.caller), projects=page.use_cases.find_projects.list(page.caller),
        minted=minted, text=text, own_session=page.session.id)


ROUTES = [signed_in("GET", "/account", show), signed_in("POST", "/account/tokens", mint),
          signed_in("POST", "/account/tokens/{id}/revoke", revoke), signed_in("POST", "/account/sessions/{id}/end", end_session),
          signed_in("POST", "/account/mail", switch_mail),
          signed_in("POST", "/account/sessions/end-others", end_others)]
