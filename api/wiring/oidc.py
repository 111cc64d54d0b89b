"""The outside issuer whose tokens are accepted, and where people sign in, if the settings name one; only then are its libraries loaded."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from api.oidc import IdTokens, OidcIssuer, RoleMapping
from api.pages.issuer import Issuer
from api.settings import Settings, SettingsError, split
from core.domain.people import Role
from core.ports.sign_in import IssuerAway
from integrations.keys.private_file import KeysError, read_private

if TYPE_CHECKING:
    from integrations.oidc.code_flow import CodeFlow
    from integrations.oidc.jwks import Jwks

CALLBACK = "/sign-in/callback"


def outside_issuer(settings: Settings, told: Callable[[bool], None]) -> OidcIssuer | None:
    """Nothing is asked of it yet. `told` hears whether it gave its keys, each time that it is asked."""
    if settings.oidc_issuer is None or settings.oidc_audience is None:
        return None
    from integrations.oidc.keys import CachedKeys

    return OidcIssuer(
        issuer=settings.oidc_issuer, audience=settings.oidc_audience, algorithms=split(settings.oidc_algorithms),
        keys=CachedKeys(_jwks(settings, settings.oidc_issuer).fetch, told=told), roles=role_mapping(settings),
        email_claim=settings.oidc_email_claim)


def issuer_of_pages(settings: Settings, outside: OidcIssuer | None, told: Callable[[bool], None]) -> Issuer | None:
    """Return where people sign in, if we are a client there. `outside`: the issuer's keys are had once, for both."""
    flow = _code_flow(settings)
    if flow is None:
        return None
    from integrations.oidc.keys import CachedKeys

    keys = outside.keys if outside is not None else CachedKeys(_jwks(settings, flow.issuer).fetch, told=told)
    return Issuer(flow=flow, tokens=IdTokens(issuer=flow.issuer, audience=flow.client_id, algorithms=split(settings.oidc_algorithms),
                                             keys=keys, email_claim=settings.oidc_email_claim))


def role_mapping(settings: Settings) -> RoleMapping:
    given = {Role.OWNER: settings.oidc_owner_values, Role.MEMBER: settings.oidc_member_values,
             Role.APPLICATION: settings.oidc_application_values}
    return RoleMapping(claim=settings.oidc_role_claim, values={value: role for role, values in given.items() for value in split(values)})


def oidc_problem(settings: Settings, seconds: float) -> str | None:
    """Say why the issuer's tokens cannot be verified now, or nobody can sign in there; None if all is well, or there is no issuer."""
    if settings.oidc_issuer is None:
        return None
    from integrations.oidc.documents import NoDocument

    try:
        keys = _jwks(settings, settings.oidc_issuer).fetch(seconds)
        flow = _code_flow(settings)
        if flow is not None:
            flow.endpoints()
    except (NoDocument, IssuerAway, SettingsError) as error:
        return str(error)
    return None if keys else f"it publishes no key for {settings.oidc_algorithms}"


def _jwks(settings: Settings, issuer: str) -> "Jwks":
    from integrations.oidc.documents import Documents
    from integrations.oidc.jwks import Jwks

    return Jwks(issuer=issuer, url=settings.oidc_jwks_url, algorithms=split(settings.oidc_algorithms), documents=Documents())


def _code_flow(settings: Settings) -> "CodeFlow | None":
    if settings.oidc_issuer is None or settings.oidc_client_id is None or settings.public_url is None:
        return None
    from integrations.oidc.code_flow import CodeFlow
    from integrations.oidc.documents import Documents

    return CodeFlow(
        issuer=settings.oidc_issuer, client_id=settings.oidc_client_id, secret=_client_secret(settings), scopes=settings.oidc_scopes,
        redirect_uri=settings.public_url + CALLBACK, documents=Documents())


def _client_secret(settings: Settings) -> str | None:
    file = settings.oidc_client_secret_file
    if file is None:
        return settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret is not None else None
    try:
        secret = (read_private(file) or "").strip()
    except KeysError as error:
        raise SettingsError(str(error)) from None
    if not secret:
        raise SettingsError(f"PLACET_OIDC_CLIENT_SECRET_FILE: there is no secret in {file}.")
    return secret
