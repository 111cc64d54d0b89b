"""Who calls: from the Authorization header to a person or an application."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.tokens import BadToken, Claims, TokenIssuer
from core.domain.people import Caller, Role, project_key
from core.errors import RoleTooLow
from core.ports.database import Database


class Unauthorized(Exception):
    """Nobody we know. The text is for the log; the caller learns nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    database: Database
    issuer: TokenIssuer

    def caller(self, authorization: Sequence[str]) -> Caller:
        """Return on whose behalf a request is made. `authorization`: every header of that name."""
        try:
            claims = self.issuer.verify(bearer(authorization))
        except BadToken as error:
            raise Unauthorized(str(error)) from None
        with self.database.read() as tx:
            found = tx.tokens.bearer(claims.token_id, claims.subject)
        if found is None or found[0].revoked_at is not None:
            raise Unauthorized("unknown or revoked token")
        role = _role(claims)
        person = found[1] if role is not Role.APPLICATION else None
        if role is not Role.APPLICATION and (person is None or person.disabled):
            raise Unauthorized("unknown or disabled person")
        projects = None if claims.projects is None else frozenset(project_key(p) for p in claims.projects)
        return Caller(subject=claims.subject, role=role, person=person, projects=projects, execution=claims.execution,
                      token=claims.token_id)


def bearer(authorization: Sequence[str]) -> str:
    """Return the token of the one Authorization header there is."""
    if len(authorization) != 1:
        raise Unauthorized("no token" if not authorization else "two Authorization headers")
    scheme, _, token = authorization[0].partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorized("no bearer token")
    return token


def _role(claims: Claims) -> Role:
    if type(claims.role) is not str or claims.role not in list(Role):
        raise RoleTooLow(tuple(Role))
    return Role(claims.role)
