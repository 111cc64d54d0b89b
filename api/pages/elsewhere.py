"""The way in by an outside issuer: a browser is sent there, and comes back with a code that is worth one ID token."""

import logging

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from api.errors import Refused
from api.oidc import NoKey
from api.pages.errand import Errand, errand_of, new_errand
from api.pages.issuer import Issuer
from api.pages.page import core_error_page, error_page, refuse_other_hosts
from api.pages.pages import Pages
from api.pages.render import HEADERS
from api.pages.session import clear_errand, cookie_of, errand_cookie_of, keep_errand, set_cookie
from api.pages.sign_in import own_way
from api.tokens import BadToken
from core.domain.identities import oidc_provider
from core.domain.people import Person
from core.engine.know_outsider import KnowOutsider
from core.errors import CoreError, NotLetIn
from core.ports.sign_in import CodeRefused, IssuerAway

NONE = "People do not sign in by an issuer here."
NOT_BEGUN = "This sign-in was not begun in this browser, or more than 10 minutes ago, so nothing was done. Begin it again."
NOT_TAKEN = "That sign-in is over: it was used, or took too long. Begin it again."
NOT_LET_IN = "You were not signed in there, so you are not signed in here. Begin it again, if you like."
NOT_BELIEVED = "What came back does not prove who you are, so nobody was signed in. Whoever runs Placet finds the reason in its log."
AWAY = ("Nobody can sign in at {name} now: it does not answer, or not usefully. Try again in a minute; "
        "a link of `placet people login-link` works meanwhile.")
log = logging.getLogger("placet.pages")


async def begin(request: Request) -> Response:
    """Send a browser to the issuer. Only a page of ours, or somebody who types the address, begins that."""
    pages: Pages = request.app.state.pages
    try:
        issuer = _issuer(request, pages)
        to = own_way(request.query_params.get("to", ""))
        if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
            return RedirectResponse("/sign-in", 303, headers=HEADERS)
        return await run_in_threadpool(_sent_there, pages, issuer, to)
    except Refused as error:
        return error_page(pages, error.status, str(error))
    except CoreError as error:
        return core_error_page(pages, error)


def _sent_there(pages: Pages, issuer: Issuer, to: str) -> Response:
    with pages.database.read() as tx:
        errand = new_errand(to, tx.now())
    try:
        where = issuer.flow.address(state=errand.state, nonce=errand.nonce, challenge=errand.challenge)
    except IssuerAway as away:
        return _away(pages, issuer, away)
    response = RedirectResponse(where, 303, headers=HEADERS)
    keep_errand(response, errand.cookie, pages.address.secure)
    return response


async def come_back(request: Request) -> Response:
    """Take a browser in that the issuer sends back, if it is the one that was sent there."""
    pages: Pages = request.app.state.pages
    try:
        issuer = _issuer(request, pages)
        return await run_in_threadpool(_taken_in, request, pages, issuer)
    except Refused as error:
        return error_page(pages, error.status, str(error))
    except CoreError as error:
        return core_error_page(pages, error)


def _taken_in(request: Request, pages: Pages, issuer: Issuer) -> Response:
    errand = _errand(request, pages)
    try:
        person, subject = _person(request, pages, issuer, errand)
        cookie, _ = pages.sign_in.enter(person, subject, agent=request.headers.get("user-agent", ""),
                                        before=cookie_of(request, pages.address.secure))
    except IssuerAway as away:
        return _away(pages, issuer, away)
    except Refused as error:
        response = error_page(pages, error.status, str(error))
    except CoreError as error:
        response = core_error_page(pages, error)
    else:
        response = RedirectResponse(own_way(errand.to), 303, headers=HEADERS)
        set_cookie(response, cookie, pages.address.secure)
    clear_errand(response, pages.address.secure)
    return response


def _errand(request: Request, pages: Pages) -> Errand:
    """Return what this browser was sent for; whatever another one brings, or this one a second time, is refused."""
    errand, state = errand_of(errand_cookie_of(request, pages.address.secure)), _one(request, "state")
    if errand is None or state is None or not errand.is_answered_by(state):
        raise Refused(403, NOT_BEGUN)
    with pages.database.read() as tx:
        if not errand.lasts(tx.now()):
            raise Refused(403, NOT_BEGUN)
    return errand


def _person(request: Request, pages: Pages, issuer: Issuer, errand: Errand) -> tuple[Person, str]:
    """Return whom the issuer says that it is, and as what the audit names that."""
    code = _one(request, "code")
    told = _one(request, "iss")
    if told is None and "iss" in request.query_params or not issuer.flow.is_its_own(told):
        log.error("sign_in.another_issuer")
        raise Refused(403, NOT_BELIEVED)
    if "error" in request.query_params or code is None:
        raise Refused(403, NOT_LET_IN)
    try:
        subject, email = issuer.tokens.who(issuer.flow.exchange(code, errand.verifier), errand.nonce)
    except CodeRefused as error:
        log.warning("sign_in.code_refused", extra={"reason": str(error)})
        raise Refused(403, NOT_TAKEN) from None
    except NoKey as error:
        raise IssuerAway(str(error)) from None
    except BadToken as error:
        log.error("sign_in.bad_id_token", extra={"reason": str(error)})
        raise Refused(403, NOT_BELIEVED) from None
    provider = oidc_provider(issuer.tokens.issuer)
    person = KnowOutsider(database=pages.database).find(provider, subject, email)
    if person is None or person.disabled:
        log.warning("sign_in.unknown_person", extra={"subject": subject})
        raise NotLetIn(email or subject)
    return person, f"{provider}#{subject}"


def _issuer(request: Request, pages: Pages) -> Issuer:
    refuse_other_hosts(request, pages)
    if pages.issuer is None:
        raise Refused(404, NONE)
    return pages.issuer


def _one(request: Request, name: str) -> str | None:
    """Return a parameter that stands there once."""
    given = request.query_params.getlist(name)
    return given[0] if len(given) == 1 and given[0] else None


def _away(pages: Pages, issuer: Issuer, away: IssuerAway) -> Response:
    log.warning("sign_in.issuer_away", extra={"reason": str(away)})
    return error_page(pages, 503, AWAY.format(name=issuer.name))


ROUTES = [Route("/sign-in/elsewhere", begin, methods=["GET"]), Route("/sign-in/callback", come_back, methods=["GET"])]
