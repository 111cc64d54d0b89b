"""Whom GitHub knows: Apps by their JWTs, installations and people by their tokens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from tests.doubles.github.permissions import Caller
from tests.doubles.github.routing import Refused
from tests.doubles.github.state import State, Token


class Unknown(Exception):
    """Nobody GitHub knows; nothing is counted for them."""

    def __init__(self, refusal: Refused):
        super().__init__(str(refusal))
        self.refusal = refusal


@dataclass
class Credentials:
    """`now`: what JWTs and tokens are held against."""

    state: State
    now: Callable[[], datetime]
    tokens: dict[str, Token] = field(default_factory=dict)

    def who(self, headers: Mapping[str, str]) -> str:
        """Return who asks, in the ledger's words."""
        try:
            caller = self.caller(headers)
        except (Unknown, Refused):
            return "unknown"
        return "nobody" if caller is None else caller.kind

    def caller(self, headers: Mapping[str, str]) -> Caller | None:
        """Return who asks; None for nobody. Refuse those who claim to be somebody and are not."""
        given = headers.get("authorization")
        if given is None:
            return None
        scheme, _, secret = given.partition(" ")
        if scheme.lower() not in ("bearer", "token"):
            raise Unknown(Refused(401, "Bad credentials"))
        if secret.count(".") == 2:
            return self._app(secret)
        token = self.tokens.get(secret)
        if token is None or token.revoked or (token.expires_at is not None and token.expires_at <= self.now()):
            raise Unknown(Refused(401, "Bad credentials"))
        if token.installation is None:
            assert token.account is not None
            if token.account.gone:
                raise Unknown(Refused(401, "Bad credentials"))
            return Caller(account=token.account, token=token)
        if token.installation.deleted:
            raise Unknown(Refused(401, "Bad credentials"))
        if token.installation.suspended_at is not None:
            raise Refused(403, "This installation has been suspended")
        return Caller(app=token.installation.app, installation=token.installation, account=token.installation.app.bot, token=token)

    def _app(self, encoded: str) -> Caller:
        """An App, by a JWT as GitHub wants it: RS256, the App's id as issuer, at most ten minutes, not of the future."""
        undecodable = Unknown(Refused(401, "A JSON web token could not be decoded"))
        try:
            claims = jwt.decode(encoded, options={"verify_signature": False})
            issuer = str(claims.get("iss"))
            app = next((one for one in self.state.apps.values() if issuer in (str(one.id), one.client_id)), None)
        except jwt.PyJWTError:
            raise undecodable from None
        if app is None:
            raise Unknown(Refused(404, "Integration not found"))
        if not any(_signed_by(encoded, key) for key in app.keys):
            raise undecodable
        now = self.now().timestamp()
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(expires, int | float):
            raise Unknown(Refused(401, "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
                                        "assertion expires"))
        if expires <= now:
            raise Unknown(Refused(401, "'Expiration time' claim ('exp') is in the past"))
        if expires > now + 660:
            raise Unknown(Refused(401, "'Expiration time' claim ('exp') is too far in the future"))
        if not isinstance(issued, int | float) or issued > now + 60:
            raise Unknown(Refused(401, "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued"))
        return Caller(app=app, account=app.bot)


def _signed_by(encoded: str, key: RSAPublicKey) -> bool:
    try:
        jwt.decode(encoded, key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False, "verify_nbf": False,
                                                               "verify_aud": False})
    except jwt.PyJWTError:
        return False
    return True
