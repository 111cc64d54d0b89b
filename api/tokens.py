"""Tokens of ours: a JWT signed by the installation's own key, made and understood at one place."""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, lru_cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from core.ports.tokens import MintedToken

ALGORITHM, TYPE = "EdDSA", "placet+jwt"
LONGEST = 8_192
LEEWAY = timedelta(seconds=30)
REQUIRED = ["exp", "iss", "aud", "sub", "iat", "jti", "role"]
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class BadToken(Exception):
    """Not one that is accepted, or not any more. The text is for the log."""


class NotOurs(BadToken):
    """Not one that we made: by its size or its header."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says of its bearer. `role` is as it stands there, whatever it is."""

    token_id: str
    subject: str
    role: Any
    projects: tuple[str, ...] | None
    execution: str | None
    expires_at: float
    act_for: bool = False
    break_glass: bool = False


@dataclass(frozen=True, kw_only=True)
class TokenIssuer:
    """The keys are in PEM. `older_key`: during a rotation, what was signed with the key before is accepted too."""

    signing_key: str = field(repr=False)
    verifying_key: str
    issuer: str
    audience: str
    older_key: str | None = None

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        key = load_pem_private_key(self.signing_key.encode(), None)
        assert isinstance(key, Ed25519PrivateKey)
        return key

    @cached_property
    def public(self) -> tuple[Ed25519PublicKey, ...]:
        keys = [load_pem_public_key(pem.encode()) for pem in (self.verifying_key, self.older_key) if pem is not None]
        return tuple(key for key in keys if isinstance(key, Ed25519PublicKey))

    def mint(self, token: MintedToken) -> str:
        """Return the text of a token. It is accepted once the token is remembered, and kept nowhere."""
        claims: dict[str, Any] = {
            "jti": token.id, "sub": token.subject, "role": token.role.value, "iss": self.issuer, "aud": self.audience,
            "iat": token.created_at, "exp": token.expires_at}
        if token.projects is not None:
            claims["projects"] = list(token.projects)
        if token.execution is not None:
            claims["execution"] = token.execution
        claims |= {name: True for name, given in (("act_for", token.act_for), ("break_glass", token.break_glass)) if given}
        return jwt.encode(claims, self._private, ALGORITHM, headers={"typ": TYPE})

    def verify(self, text: str) -> Claims:
        """Check signature, purpose and time; raise BadToken. Whether it is remembered and not revoked is not looked at here."""
        if len(text) > LONGEST or not _COMPACT.fullmatch(text):
            raise NotOurs("no token")
        claims = _decode(self, text)
        if time.time() >= claims.expires_at + LEEWAY.total_seconds():
            raise BadToken("ExpiredSignatureError")
        return claims


@lru_cache(maxsize=1_000)
def _decode(issuer: TokenIssuer, text: str) -> Claims:
    """Do what comes out the same for every request with this token."""
    try:
        if jwt.get_unverified_header(text) != {"alg": ALGORITHM, "typ": TYPE}:
            raise NotOurs("header")
        claims = _signed(issuer, text)
    except (jwt.PyJWTError, RecursionError) as error:
        raise BadToken(type(error).__name__) from None
    return Claims(token_id=text_claim(claims, "jti"), subject=text_claim(claims, "sub"), role=claims["role"],
                  projects=project_claim(claims), execution=text_claim(claims, "execution") if "execution" in claims else None,
                  expires_at=float(claims["exp"]), act_for=_right(claims, "act_for"), break_glass=_right(claims, "break_glass"))


def _signed(issuer: TokenIssuer, text: str) -> dict[str, Any]:
    """Check with the newest key; only where that has not signed it, with the older one."""
    refused = jwt.InvalidSignatureError()
    for key in issuer.public:
        try:
            return dict(jwt.decode(text, key, algorithms=[ALGORITHM], audience=issuer.audience, issuer=issuer.issuer, leeway=LEEWAY,
                                   options={"require": REQUIRED}))
        except jwt.InvalidSignatureError as error:
            refused = error
    raise refused


def text_claim(claims: Mapping[str, Any], name: str) -> str:
    value = claims[name]
    if not isinstance(value, str) or not 1 <= len(value) <= 300 or not value.isprintable():
        raise BadToken(f"{name} claim")
    return value


def _right(claims: Mapping[str, Any], name: str) -> bool:
    """Return whether a claim gives a right: only `true` does, and nothing else may stand there."""
    if claims.get(name, True) is not True:
        raise BadToken(f"{name} claim")
    return name in claims


def project_claim(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    if "projects" not in claims:
        return None
    value = claims["projects"]
    if not isinstance(value, list) or not all(isinstance(p, str) and p.isprintable() for p in value):
        raise BadToken("projects claim")
    return tuple(value)
