"""An issuer at which people sign in: as strict as the standards allow, and a liar on demand. It has one client, Placet."""

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt

from tests.doubles.oidc_issuer import DISCOVERY, KEYS, Answer, private_key, public_jwk, says

CLIENT, SECRET = "placet at acme", "s3cret: with + and /"
AUTHORIZE, TOKEN = "/authorize", "/token"
Forge = Callable[[dict[str, Any]], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a code stands for."""

    challenge: str
    nonce: str
    claims: Mapping[str, Any]


@dataclass
class SignInDouble:
    """`user`: who signs in at its page, as claims. `forge`: what it answers instead of the ID token that it should.

    `more`: what its discovery says besides. `answers`: what it says instead, by path. `forgets`: whether a code works again.
    """

    port: int
    redirect_uri: str
    secret: str | None = SECRET
    user: dict[str, Any] = field(default_factory=lambda: {"sub": "u-ann", "email": "ann@acme.org", "email_verified": True})
    forge: Forge | None = None
    more: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    forgets: bool = False
    codes: dict[str, Granted] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **more: str) -> dict[str, str]:
        """What an operator sets, without PLACET_."""
        own = {"oidc_client_secret": self.secret} if self.secret is not None else {}
        return {"oidc_issuer": self.url, "oidc_client_id": CLIENT, "oidc_email_claim": "email",
                "public_url": self.redirect_uri.removesuffix("/sign-in/callback"), **own, **more}

    def discovery(self) -> dict[str, Any]:
        return {"issuer": self.url, "jwks_uri": self.url + KEYS, "authorization_endpoint": self.url + AUTHORIZE,
                "token_endpoint": self.url + TOKEN, "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True, **self.more}

    def page(self, query: str) -> Answer:
        """Whoever comes is signed in as `user` and sent back."""
        asked = {name: values[0] for name, values in parse_qs(query, strict_parsing=True).items() if len(values) == 1}
        wanted = {"response_type": "code", "client_id": CLIENT, "redirect_uri": self.redirect_uri, "code_challenge_method": "S256"}
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        wrong += [name for name in ("state", "nonce", "code_challenge") if len(asked.get(name, "")) != 43]
        wrong += [] if "openid" in asked.get("scope", "").split() else ["scope"]
        if wrong:
            self.refused += wrong
            return says(", ".join(wrong).encode(), 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = Granted(challenge=asked["code_challenge"], nonce=asked["nonce"], claims=self.user)
        back = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return says(b"", 302, location=f"{asked['redirect_uri']}?{back}")

    def token(self, headers: Mapping[str, str], body: bytes) -> Answer:
        form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items() if len(values) == 1}
        if not self._is_client(headers.get("authorization", ""), form):
            self.refused.append("client")
            return says(b'{"error": "invalid_client"}', 401)
        code = form.get("code", "")
        granted = self.codes.get(code) if self.forgets else self.codes.pop(code, None)
        if (granted is None or form.get("grant_type") != "authorization_code" or form.get("redirect_uri") != self.redirect_uri
                or challenge_of(form.get("code_verifier", "")) != granted.challenge):
            self.refused.append("code")
            return says(b'{"error": "invalid_grant"}', 400)
        claims = self.claims(nonce=granted.nonce, **granted.claims)
        told = self.forge(claims) if self.forge is not None else self.signed(claims)
        return says(json.dumps({"access_token": "not for us", "token_type": "Bearer", "id_token": told}).encode())

    def claims(self, **claims: Any) -> dict[str, Any]:
        now = int(time.time())
        return {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 600, **claims}

    def signed(self, claims: Mapping[str, Any], kid: str = "first") -> str:
        """Sign claims; one that is None is left out."""
        return jwt.encode({name: value for name, value in claims.items() if value is not None}, private_key(kid), "RS256",
                          headers={"kid": kid})

    def _is_client(self, authorization: str, form: Mapping[str, str]) -> bool:
        if self.secret is None:
            return not authorization and form.get("client_id") == CLIENT
        scheme, _, both = authorization.partition(" ")
        given = base64.b64decode(both).decode() if scheme == "Basic" else ":"
        name, _, secret = given.partition(":")
        return (unquote_plus(name), unquote_plus(secret)) == (CLIENT, self.secret) and "client_secret" not in form


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@contextmanager
def sign_in_issuer(redirect_uri: str, **given: Any) -> Iterator[SignInDouble]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    double = SignInDouble(server.server_port, redirect_uri, **given)
    server.RequestHandlerClass = _handler(double)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield double
    finally:
        server.shutdown()
        server.server_close()


def _handler(double: SignInDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            where = urlsplit(self.path)
            documents = {DISCOVERY: double.discovery(), KEYS: {"keys": [public_jwk("first")]}}
            if where.path == AUTHORIZE:
                self._answer(where.path, double.page(where.query))
            else:
                known = where.path in documents
                self._answer(where.path, says(json.dumps(documents[where.path]).encode()) if known else says(b"", 404))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._answer(self.path, double.token(headers, body) if self.path == TOKEN else says(b"", 404))

        def _answer(self, path: str, usual: Answer) -> None:
            double.asked.append((self.command, path))
            try:
                double.answers.get(path, usual)(self)
            except OSError:
                self.close_connection = True  # whoever asked has had enough

        def log_message(self, format: str, *args: object) -> None:
            """`asked` says it."""

    return Handler
