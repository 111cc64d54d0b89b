"""The authorization code flow of an issuer, as its client: where a browser is sent, and what its code is exchanged for.

RFC 6749 4.1, RFC 7636 (PKCE), RFC 9207 (which issuer answers), OpenID Connect Core 3.1.
"""

import base64
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Lock
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from core.ports.sign_in import CodeRefused, IssuerAway
from integrations.oidc.discovery import address_in, discover
from integrations.oidc.documents import Documents, NoDocument

FRESH, PAUSE = 3_600.0, 5.0  # for how long the addresses are kept, and how long nobody asks again who got no answer
WITHIN = 5.0
AT_ONCE = 8  # calls: whoever brings made-up codes, or comes while the issuer hangs, keeps no more threads waiting
REFUSED = 400  # also for a client that it does not know; a wrong secret is 401
BASIC, POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """`tells_itself`: it puts its own name into each answer (RFC 9207)."""

    authorization: str
    token: str
    in_body: bool
    tells_itself: bool


@dataclass(slots=True)
class _Known:
    endpoints: Endpoints | None = None
    next_at: float | None = None
    failed: str | None = None

    def due(self, now: float) -> bool:
        return self.next_at is None or now >= self.next_at


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFlow:
    """`secret`: None for a client that has none, which PKCE alone protects then."""

    issuer: str
    client_id: str
    secret: str | None = field(repr=False)
    scopes: str
    redirect_uri: str
    documents: Documents
    clock: Callable[[], float] = time.monotonic
    _known: _Known = field(default_factory=_Known)
    _lock: Lock = field(default_factory=Lock)
    _room: BoundedSemaphore = field(default_factory=lambda: BoundedSemaphore(AT_ONCE))

    def address(self, *, state: str, nonce: str, challenge: str) -> str:
        """Return where a browser is sent to sign in; raise IssuerAway while the issuer does not say where that is."""
        at = self.endpoints().authorization
        asked = {"response_type": "code", "client_id": self.client_id, "redirect_uri": self.redirect_uri, "scope": self.scopes,
                 "state": state, "nonce": nonce, "code_challenge": challenge, "code_challenge_method": "S256"}
        return f"{at}{'&' if urlsplit(at).query else '?'}{urlencode(asked)}"

    def is_its_own(self, told: str | None) -> bool:
        """Tell whether an answer comes from this issuer, as far as it says which it is of."""
        return told == self.issuer if told is not None else not self.endpoints().tells_itself

    def exchange(self, code: str, verifier: str) -> str:
        """Return the ID token that a code is worth, once; raise CodeRefused or IssuerAway."""
        endpoints = self.endpoints()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri, "code_verifier": verifier}
        authorization = None
        if self.secret is None or endpoints.in_body:
            form |= {"client_id": self.client_id} | ({} if self.secret is None else {"client_secret": self.secret})
        else:
            both = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}"
            authorization = f"Basic {base64.b64encode(both.encode()).decode()}"
        try:
            with self._in_turn():
                answer = self.documents.post(endpoints.token, form, seconds=WITHIN, authorization=authorization)
        except NoDocument as error:
            if error.status == REFUSED:
                raise CodeRefused(str(error)) from None
            raise IssuerAway(str(error)) from None
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise IssuerAway("its answer to a code holds no ID token")
        return token

    def endpoints(self) -> Endpoints:
        """Return them as the issuer told within the last hour, or as it told last if it does not answer now; raise IssuerAway."""
        known = self._known
        if known.due(self.clock()):
            with self._in_turn(), self._lock:
                if known.due(self.clock()):
                    try:
                        known.endpoints, known.failed = _endpoints(discover(self.documents, self.issuer, WITHIN)), None
                    except NoDocument as error:
                        known.failed = str(error)
                    known.next_at = self.clock() + (FRESH if known.failed is None else PAUSE)
        if known.endpoints is None:
            raise IssuerAway(known.failed or "it was not asked yet")
        return known.endpoints

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._room.acquire(blocking=False):
            raise IssuerAway("too many sign in at once")
        try:
            yield
        finally:
            self._room.release()


def _endpoints(document: dict[str, Any]) -> Endpoints:
    methods = document.get("token_endpoint_auth_methods_supported", [BASIC])
    challenges = document.get("code_challenge_methods_supported")
    if challenges is not None and (not isinstance(challenges, list) or "S256" not in challenges):
        raise NoDocument("it does not take PKCE with S256")
    return Endpoints(
        authorization=address_in(document, "authorization_endpoint", "to sign in at"),
        token=address_in(document, "token_endpoint", "for codes"),
        in_body=isinstance(methods, list) and BASIC not in methods and POST in methods,
        tells_itself=document.get("authorization_response_iss_parameter_supported") is True)
