"""Whatever stands in a token of an outside issuer: it is refused, or says exactly what is made of it."""

import time
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.oidc import OidcIssuer, RoleMapping
from api.tokens import BadToken
from core.domain.people import Role
from core.errors import RoleTooLow
from integrations.oidc.key_set import PublicKey, parse_keys
from tests.api.test_auth import base64url, segment
from tests.doubles.oidc_issuer import AUDIENCE, private_key, public_jwk

ISSUER = "https://login.example.com"
ODD: st.SearchStrategy[Any] = st.sampled_from([
    None, "", 0, -1, 1e400, float("nan"), True, [], {}, ["x"], {"a": [{}]}, "x" * 5_000, 10**400, "\ud800", "\x00", [[[[]]]], "none",
    "HS256", "RS256", "ES256", "first", "ec", "JWT", ISSUER, AUDIENCE, "staff"])
CLAIMS = st.dictionaries(st.sampled_from([
    "iss", "aud", "sub", "iat", "exp", "nbf", "jti", "roles", "email", "email_verified", "projects", "execution", "typ", "token_use",
    "nonce"]), ODD)
HEADERS = st.dictionaries(st.sampled_from(["alg", "typ", "kid", "crit", "b64", "cty", "jku", "jwk"]), ODD)


class Published:
    """Keys that never change."""

    keys = parse_keys({"keys": [public_jwk("first"), public_jwk("ec", "ES256")]}, ("RS256", "ES256"))

    def find(self, kid: str, algorithm: str) -> PublicKey | None:
        return self.keys.get((kid, algorithm))

    def refresh(self) -> None:
        return


OUTSIDE = OidcIssuer(
    issuer=ISSUER, audience=AUDIENCE, algorithms=["RS256", "ES256"], keys=Published(), email_claim="email",
    roles=RoleMapping(claim="roles", values={"staff": Role.MEMBER, "admins": Role.OWNER, "machines": Role.APPLICATION}))


def token(header: dict[str, Any], claims: dict[str, Any]) -> str:
    signing = f"{segment(header)}.{segment(claims)}"
    return f"{signing}.{base64url(jwt.get_algorithm_by_name('RS256').sign(signing.encode(), private_key('first')))}"


@given(CLAIMS, HEADERS)
def test_a_token_is_refused_or_says_what_is_made_of_it(more: dict[str, Any], header_more: dict[str, Any]) -> None:
    now = int(time.time())
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u-1", "iat": now, "exp": now + 60, "roles": ["staff"]} | more
    header = {"alg": "RS256", "typ": "JWT", "kid": "first"} | header_more
    try:
        found = OUTSIDE.outsider(token(header, claims))
    except (BadToken, RoleTooLow):
        return
    assert (header["alg"], header["kid"], claims["iss"], claims["aud"]) == ("RS256", "first", ISSUER, AUDIENCE)
    assert not {"crit", "b64"} & set(header)
    assert "nonce" not in claims
    assert (found.subject, found.role) == (claims["sub"], Role.MEMBER)
    assert found.email is None or (found.email == claims["email"] and claims["email_verified"] is True)
    assert (None if found.projects is None else list(found.projects)) == claims.get("projects")


@given(st.lists(st.sampled_from(["staff", "admins", "machines", "other", None, 1]), max_size=5))
def test_a_role_is_one_that_was_named(named: list[Any]) -> None:
    known = {name for name in named if name in ("staff", "admins", "machines")}
    if not known or "machines" in known and len(known) > 1:
        with pytest.raises(RoleTooLow):
            OUTSIDE.roles.role({"roles": named})
        return
    assert OUTSIDE.roles.role({"roles": named}) is (
        Role.OWNER if "admins" in known else Role.MEMBER if "staff" in known else Role.APPLICATION)
