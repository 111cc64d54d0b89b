"""The service as this command line calls it, over REST."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote, urlsplit

from httpx import Client, HTTPError, InvalidURL, Response

from api.cli.answers import Body
from api.cli.claims import Claims, no_token, read_claims
from api.cli.problems import Code, Problem
from core.domain.json import Json

DEFAULT_URL = "http://127.0.0.1:8484"
TIMEOUT = 30.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_AWAY = (502, 503, 504)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Service:
    """One service, with one token. Each call answers the body as it came, or raises a Problem."""

    http: Client
    url: str
    token: str

    @property
    def claims(self) -> Claims:
        return read_claims(self.token)

    def get(self, *path: str, **query: str | int | None) -> Body:
        return self._call("GET", path, params={k: v for k, v in query.items() if v is not None})

    def post(self, *path: str, body: Mapping[str, Json] | None = None, idempotency_key: str | None = None) -> Body:
        headers = {"Idempotency-Key": idempotency_key} if idempotency_key else {}
        return self._call("POST", path, json=body, headers=headers)

    def _call(self, method: str, path: tuple[str, ...], *, params: Mapping[str, str | int] | None = None,
              json: Mapping[str, Json] | None = None, headers: Mapping[str, str] | None = None) -> Body:
        try:
            answer = self.http.request(method, "/".join(_segment(p) for p in path), params=params, json=json, headers=headers)
        except HTTPError as error:
            raise Problem(f"No answer from {self.url} ({_cause(error)}): see that `placet serve` runs there, or set PLACET_URL.",
                          Code.UNREACHABLE) from None
        if not answer.is_success:
            raise _refusal(answer, self.url)
        return _body(answer, self.url)


def _segment(text: str) -> str:
    if text in ("", ".", ".."):
        raise Problem(f"{text!r} names nothing: give an id, as `placet flows list` or `placet approvals` shows it.")
    return quote(text, safe="")


def _cause(error: HTTPError) -> str:
    return str(error) or type(error).__name__


def _body(answer: Response, url: str) -> Body:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise not_placet(url)
    return body


def not_placet(url: str) -> Problem:
    return Problem(f"What answers at {url} does not speak as Placet does: check PLACET_URL.", Code.UNREACHABLE)


def _refusal(answer: Response, url: str) -> Problem:
    if answer.status_code == 401:
        return Problem("The token in PLACET_TOKEN is not accepted (it has expired, was revoked or is another service's): "
                       "have a new one minted with `placet tokens mint --person YOU`.", Code.REFUSED)
    try:
        message = answer.json()["message"]
    except (ValueError, KeyError, TypeError):
        if answer.status_code in _AWAY:
            return Problem(f"{url} cannot answer now ({answer.status_code}): try again in a moment.", Code.UNREACHABLE)
        return not_placet(url)
    sentence = " ".join(str(m) for m in message) if isinstance(message, list) else str(message)
    after = answer.headers.get("Retry-After", "")
    if after.isdecimal():
        sentence = f"{sentence} Try again in {after} s."
    return Problem(sentence, Code.UNREACHABLE if answer.status_code in _AWAY else Code.REFUSED)


def service_url(environ: Mapping[str, str]) -> str:
    """Return where the service is, as PLACET_URL says it."""
    url = environ.get("PLACET_URL", "").strip() or DEFAULT_URL
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname:
            return url.rstrip("/")
    except ValueError:
        raise _no_url(url) from None
    raise _no_url(url)


def _no_url(url: str) -> Problem:
    return Problem(f"PLACET_URL must be like {DEFAULT_URL}, got {url!r}.")


def open_service(environ: Mapping[str, str] = os.environ) -> Service:
    """Return the service that PLACET_URL and PLACET_TOKEN name."""
    url = service_url(environ)
    token = environ.get("PLACET_TOKEN", "").strip()
    if not token:
        raise Problem("PLACET_TOKEN is not set: have a token minted with `placet tokens mint --person YOU`, and export it.")
    if not token.isascii() or not token.isprintable() or " " in token:
        raise no_token()
    return Service(_client(url, token), url, token)


def _client(url: str, token: str) -> Client:
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    try:
        return Client(base_url=f"{url}/sfp/api/flows/", headers=headers, timeout=TIMEOUT, trust_env=urlsplit(url).hostname not in _LOOPBACK)
    except (InvalidURL, ValueError):
        raise _no_url(url) from None


def understood(service: Service, parse: Callable[[Body], T], body: Body) -> T:
    """Return an answer as a value; raise Problem if it has not the shape that it should have."""
    try:
        return parse(body)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise not_placet(service.url) from None
