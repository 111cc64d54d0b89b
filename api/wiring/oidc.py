"""The outside issuer whose tokens are accepted, if the settings name one; only then are its libraries loaded."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from api.oidc import OidcIssuer, RoleMapping
from api.settings import Settings, split
from core.domain.people import Role

if TYPE_CHECKING:
    from integrations.oidc.jwks import Jwks


def outside_issuer(settings: Settings, told: Callable[[bool], None]) -> OidcIssuer | None:
    """Nothing is asked of it yet. `told` hears whether it gave its keys, each time that it is asked."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    from integrations.oidc.keys import CachedKeys

    return OidcIssuer(
        issuer=settings.oidc_issuer, audience=settings.oidc_audience, algorithms=split(settings.oidc_algorithms),
        keys=CachedKeys(_jwks(settings, settings.oidc_issuer).fetch, told=told), roles=role_mapping(settings),
        email_claim=settings.oidc_email_claim)


def role_mapping(settings: Settings) -> RoleMapping:
    given = {Role.OWNER: settings.oidc_owner_values, Role.MEMBER: settings.oidc_member_values,
             Role.APPLICATION: settings.oidc_application_values}
    return RoleMapping(claim=settings.oidc_role_claim, values={value: role for role, values in given.items() for value in split(values)})


def oidc_problem(settings: Settings, seconds: float) -> str | None:
    """Say why the outside issuer's tokens cannot be verified now; None if they can, or if there is no such issuer."""
    if settings.oidc_issuer is None:
        return None
    from integrations.oidc.documents import NoDocument

    try:
        keys = _jwks(settings, settings.oidc_issuer).fetch(seconds)
    except NoDocument as error:
        return str(error)
    return None if keys else f"it publishes no key for {settings.oidc_algorithms}"


def _jwks(settings: Settings, issuer: str) -> "Jwks":
    from integrations.oidc.documents import Documents
    from integrations.oidc.jwks import Jwks

    return Jwks(issuer=issuer, url=settings.oidc_jwks_url, algorithms=split(settings.oidc_algorithms), documents=Documents())
