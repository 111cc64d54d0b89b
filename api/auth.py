"""Who calls: from the Authorization header to a person or an application."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.oidc import OidcIssuer, Outsider
from api.tokens import BadToken, Claims, NotOurs, TokenIssuer
from core.domain.identities import oidc_provider
from core.domain.people import Caller, Role, project_key
from core.engine.know_outsider import KnowOutsider
from core.errors import RoleTooLow
from core.ports.database import Database
from core.ports.tokens import MintedToken


class Unauthorized(Exception):
    """Nobody we know. The text is for the log; the caller learns nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """`outside`: another issuer whose tokens are accepted beside our own."""

    database: Database
    issuer: TokenIssuer
    outside: OidcIssuer | None = None

    def caller(self, authorization: Sequence[str]) -> Caller:
        """Return on whose behalf a request is made. `authorization`: every header of that name."""
        token = bearer(authorization)
        try:
            return self._ours(self.issuer.verify(token))
        except NotOurs as error:
            if self.outside is None:
                raise Unauthorized(str(error)) from None
        except BadToken as error:
            raise Unauthorized(str(error)) from None
        try:
            return self._outsider(self.outside, self.outside.outsider(token))
        except BadToken as error:
            raise Unauthorized(f"outside issuer: {error}") from None

    def _ours(self, claims: Claims) -> Caller:
        with self.database.read() as tx:
            found = tx.tokens.bearer(claims.token_id, claims.subject)
        if found is None or found[0].revoked_at is not None:
            raise Unauthorized("unknown or revoked token")
        role = _role(claims)
        if not _is_as_minted(claims, role, found[0]):
            raise Unauthorized("another token was minted under this id")
        person = found[1] if role is not Role.APPLICATION else None
        if role is not Role.APPLICATION and (person is None or person.disabled):
            raise Unauthorized("unknown or disabled person")
        projects = None if claims.projects is None else frozenset(project_key(p) for p in claims.projects)
        return Caller(subject=claims.subject, role=role, person=person, projects=projects, execution=claims.execution,
                      token=claims.token_id, act_for=claims.act_for, break_glass=claims.break_glass)

    def _outsider(self, issuer: OidcIssuer, who: Outsider) -> Caller:
        """Find whom a subject is linked to, or whose e-mail this is. A link says who is a person, whatever role the token gives."""
        known, provider = KnowOutsider(database=self.database), oidc_provider(issuer.issuer)
        person = (known.whose if who.role is Role.APPLICATION else known.find)(provider, who.subject, who.email)
        projects = None if who.projects is None else frozenset(map(project_key, who.projects))
        if who.role is not Role.APPLICATION and person is not None and not person.disabled:
            return Caller(subject=person.email, role=who.role, person=person, projects=projects, execution=who.execution)
        if who.role is Role.APPLICATION and person is None:
            return Caller(subject=f"oidc:{who.subject}", role=who.role, projects=projects, execution=who.execution)
        raise Unauthorized(f"no such {who.role} here: {who.subject}")


def bearer(authorization: Sequence[str]) -> str:
    """Return the token of the one Authorization header there is."""
    if len(authorization) != 1:
        raise Unauthorized("no token" if not authorization else "two Authorization headers")
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("no bearer token")
    return token


def _is_as_minted(claims: Claims, role: Role, minted: MintedToken) -> bool:
    """Tell whether a token says what was written down when it was minted: the signing key alone makes nobody somebody else, or more."""
    said = (claims.subject, role, claims.act_for, claims.break_glass)
    narrowed = minted.projects is None or claims.projects == minted.projects
    bound = minted.execution is None or claims.execution == minted.execution
    return narrowed and bound and said == (minted.subject, minted.role, minted.act_for, minted.break_glass)


def _role(claims: Claims) -> Role:
    if type(claims.role) is not str or claims.role not in list(Role):
        raise RoleTooLow(tuple(Role))
    return Role(claims.role)
