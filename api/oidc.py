"""Tokens of an outside issuer: verified by its published keys, understood by what the settings say of its claims."""

import hmac
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from api.tokens import BadToken, project_claim, text_claim
from core.domain.people import Role, is_email
from core.errors import RoleTooLow

LONGEST = 16_384
LEEWAY = timedelta(seconds=30)
REQUIRED = ["exp", "iss", "aud", "sub", "iat"]
TYPES = (None, "jwt", "at+jwt", "application/at+jwt")
OF_ID_TOKENS = ("nonce", "at_hash", "c_hash", "s_hash")
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class NoKey(BadToken):
    """The key that a token is signed with is none that the issuer publishes, or its keys cannot be had."""


class IssuerKeys(Protocol):
    """The keys that an issuer publishes."""

    def find(self, kid: str, algorithm: str) -> RSAPublicKey | EllipticCurvePublicKey | Ed25519PublicKey | None: ...

    def refresh(self) -> object:
        """Begin to ask for them; do not wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outsider:
    """What a token of the issuer says of its bearer. `email`: only where the issuer is trusted to know it, and says that it does."""

    subject: str
    role: Role
    email: str | None
    projects: tuple[str, ...] | None
    execution: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleMapping:
    """`claim` holds a text or a list of texts; `values` says which stand for which role. A claim of that whole name comes before a path."""

    claim: str
    values: Mapping[str, Role]

    def role(self, claims: Mapping[str, Any]) -> Role:
        """Return the strongest role that is named. None, or a person's and an application's at once: RoleTooLow."""
        named = _at(claims, self.claim)
        texts = [named] if isinstance(named, str) else named if isinstance(named, list) else []
        roles = {self.values[text] for text in texts if isinstance(text, str) and text in self.values}
        if not roles or Role.APPLICATION in roles and len(roles) > 1:
            raise RoleTooLow(tuple(Role))
        return Role.OWNER if Role.OWNER in roles else roles.pop()


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedTokens:
    """What an issuer signs for one audience. `algorithms`: those that it signs with; each of its keys is for one of them."""

    issuer: str
    audience: str
    algorithms: Collection[str]
    keys: IssuerKeys
    email_claim: str | None = None

    def claims(self, text: str) -> dict[str, Any]:
        """Check signature, issuer, audience and time of any token of the issuer; raise BadToken."""
        if len(text) > LONGEST or not _COMPACT.fullmatch(text):
            raise BadToken("no token")
        try:
            kid, algorithm = self._named(jwt.get_unverified_header(text))
            key = self.keys.find(kid, algorithm)
            if key is None:
                raise NoKey("no key of the issuer has this id")
            return dict(jwt.decode(text, key, algorithms=[algorithm], audience=self.audience, issuer=self.issuer, leeway=LEEWAY,
                                   options={"require": REQUIRED}))
        except (jwt.PyJWTError, RecursionError, ValueError, OverflowError) as error:
            raise BadToken(type(error).__name__) from None

    def _named(self, header: Mapping[str, Any]) -> tuple[str, str]:
        """Return which key a token is signed with. Where that would be found, or what it is, no token tells us."""
        kid, algorithm, kind = header.get("kid"), header.get("alg"), header.get("typ")
        if not isinstance(kid, str) or algorithm not in self.algorithms or "crit" in header or "b64" in header:
            raise BadToken("header")
        if (kind.lower() if isinstance(kind, str) else kind) not in TYPES:
            raise BadToken("typ header")
        return kid, str(algorithm)

    def email(self, claims: Mapping[str, Any]) -> str | None:
        """Return whose address the issuer says it is, where it is trusted with that and has made sure of it."""
        email = claims.get(self.email_claim) if self.email_claim is not None else None
        return email if isinstance(email, str) and is_email(email) and claims.get("email_verified") is True else None


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcIssuer(SignedTokens):
    """Access tokens, with which people and applications call."""

    roles: RoleMapping

    def prepare(self) -> None:
        """Let the first token not have to wait for the keys."""
        self.keys.refresh()

    def outsider(self, text: str) -> Outsider:
        """Check an access token; raise BadToken, or RoleTooLow for one that gives no role here."""
        claims = self.claims(text)
        refuse_other_purposes(claims)
        return Outsider(
            subject=text_claim(claims, "sub"), role=self.roles.role(claims), email=self.email(claims), projects=project_claim(claims),
            execution=text_claim(claims, "execution") if "execution" in claims else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdTokens(SignedTokens):
    """ID tokens, which tell who has signed in at the issuer. The audience is our client's id there, and nobody else's."""

    def who(self, text: str, nonce: str) -> tuple[str, str | None]:
        """Return the subject, and their address where it counts. `nonce`: of the one question that this is to be the answer to."""
        claims = self.claims(text)
        if claims["aud"] not in (self.audience, [self.audience]) or claims.get("azp", self.audience) != self.audience:
            raise BadToken("for somebody else too")
        if "nonce" not in claims or not hmac.compare_digest(text_claim(claims, "nonce").encode(), nonce.encode()):
            raise BadToken("nonce claim")
        return text_claim(claims, "sub"), self.email(claims)


def refuse_other_purposes(claims: Mapping[str, Any]) -> None:
    """Raise BadToken for what the issuer signs to tell a browser, or itself, and not to open an interface."""
    kind, use = claims.get("typ", "Bearer"), claims.get("token_use", "access")
    if any(name in claims for name in OF_ID_TOKENS) or "events" in claims or use != "access" or str(kind).lower() != "bearer":
        raise BadToken("for another purpose")


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """Return the claim of a name, or what a name with dots leads to."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found
