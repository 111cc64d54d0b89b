"""An outside issuer of tokens on the loopback: its keys rotate, and it misbehaves on demand."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

AUDIENCE = "https://placet.acme.org"
DISCOVERY, KEYS = "/.well-known/openid-configuration", "/keys"
PrivateKey: TypeAlias = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
Answer: TypeAlias = Callable[[BaseHTTPRequestHandler], None]


def private_key(kid: str, algorithm: str = "RS256") -> PrivateKey:
    """The key of this id, made once for all tests."""
    return _made(kid, algorithm)


@cache
def _made(kid: str, algorithm: str) -> PrivateKey:
    match algorithm:
        case "RS256":
            return generate_rsa(65_537, 2_048)
        case "ES256":
            return generate_ec(SECP256R1())
    return Ed25519PrivateKey.generate()


def public_jwk(kid: str, algorithm: str = "RS256") -> dict[str, Any]:
    match private_key(kid, algorithm):
        case RSAPrivateKey() as rsa:
            jwk = RSAAlgorithm.to_jwk(rsa.public_key(), as_dict=True)
        case EllipticCurvePrivateKey() as ec:
            jwk = ECAlgorithm.to_jwk(ec.public_key(), as_dict=True)
        case Ed25519PrivateKey() as ed:
            jwk = OKPAlgorithm.to_jwk(ed.public_key(), as_dict=True)
    return {**{name: value for name, value in jwk.items() if name != "key_ops"}, "kid": kid, "use": "sig", "alg": algorithm}


@dataclass
class OidcDouble:
    """`answers`: what is said instead of what is so, by path. `asked`: every path that was asked for."""

    port: int
    over: Event
    issuer: str = ""
    keys: list[dict[str, Any]] = field(default_factory=lambda: [public_jwk("first")])
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def settings(self, **more: str) -> dict[str, str]:
        """What an operator sets, without PLACET_."""
        return {"oidc_issuer": self.issuer, "oidc_audience": AUDIENCE, "oidc_owner_values": "admins", "oidc_member_values": "staff,guests",
                "oidc_application_values": "machines", **more}

    def token(self, *, kid: str = "first", algorithm: str = "RS256", header: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A token of this issuer; a claim or a header that is None is left out."""
        now = int(time.time())
        given = {"iss": self.issuer, "aud": AUDIENCE, "sub": "u-1", "iat": now, "exp": now + 600, "roles": ["staff"], **claims}
        headers = {"kid": kid, "typ": "at+jwt", **(header or {})}
        return jwt.encode({k: v for k, v in given.items() if v is not None}, private_key(kid, algorithm), algorithm,
                          headers={k: v for k, v in headers.items() if v is not None} | ({} if headers["typ"] else {"typ": None}))

    def discovery(self) -> dict[str, Any]:
        return {"issuer": self.issuer, "jwks_uri": self.url + KEYS}


@contextmanager
def oidc_issuer() -> Iterator[OidcDouble]:
    over = Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)
    server.daemon_threads = True
    double = OidcDouble(server.server_port, over)
    double.issuer = double.url
    server.RequestHandlerClass = _handler(double)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield double
    finally:
        over.set()
        server.shutdown()
        server.server_close()


def says(body: bytes, status: int = 200, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drips(over: Event) -> Answer:
    """A byte now and then, for ever."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.05):
            handler.wfile.write(b" ")
            handler.wfile.flush()

    return answer


def _handler(double: OidcDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            double.asked.append(self.path)
            documents = {DISCOVERY: double.discovery(), KEYS: {"keys": double.keys}}
            usual = says(json.dumps(documents[self.path]).encode()) if self.path in documents else says(b"", 404)
            try:
                double.answers.get(self.path, usual)(self)
            except OSError:
                self.close_connection = True  # whoever asked has had enough

        def log_message(self, format: str, *args: object) -> None:
            """`asked` says it."""

    return Handler
