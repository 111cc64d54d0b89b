"""Who is let in, and on what terms."""

import base64
import hmac
import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key

from api.app import OPERATIONS
from api.tokens import TYPE
from core.domain.people import Role
from tests.api.edge import PREFIX, Edge

RUNS = "/runs?repositoryIdentifier=acme/app"
HOUR = 3600


def claims(edge: Edge, who: str = "bob", **more: Any) -> dict[str, Any]:
    """The claims of a token that is remembered; None takes one away."""
    token = edge.remember(who)
    now = int(datetime.now(UTC).timestamp())
    given = {"jti": token.id, "sub": token.subject, "role": "owner", "iss": "placet", "aud": "placet", "iat": now, "exp": now + HOUR} | more
    return {k: v for k, v in given.items() if v is not None}


def signed(edge: Edge, body: dict[str, Any], **header: Any) -> str:
    """A token with our key's signature, whatever it says."""
    key = load_pem_private_key(edge.issuer.signing_key.encode(), None)
    assert isinstance(key, Ed25519PrivateKey)
    signing = f"{segment({'alg': 'EdDSA', 'typ': TYPE} | header)}.{segment(body)}"
    return f"{signing}.{base64url(key.sign(signing.encode()))}"


def segment(value: Any) -> str:
    return base64url(json.dumps(value).encode())


def base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def status(edge: Edge, token: str) -> int:
    return edge.get(RUNS, None, headers={"Authorization": f"Bearer {token}"}).status_code


def every_operation(edge: Edge) -> list[tuple[str, str]]:
    paths = edge.http.get("/openapi.json").json()["paths"]
    return [(method.upper(), path.removeprefix(PREFIX)) for path, methods in paths.items() for method in methods]


def test_a01_no_token_is_unauthorized_everywhere(same_edge: Edge) -> None:
    operations = every_operation(same_edge)
    assert len(operations) == len(OPERATIONS)
    for method, path in operations:
        answer = same_edge.call(method, re.sub(r"\{\w+\}", "x", path), None, content=b"{")
        assert (answer.status_code, answer.json()) == (401, {"statusCode": 401, "message": "unauthorized", "error": "Unauthorized"}), path
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_of_ours_is_accepted(same_edge: Edge) -> None:
    assert same_edge.get(RUNS, "bob").status_code == 200
    assert status(same_edge, signed(same_edge, claims(same_edge))) == 200


def test_a02_an_unsigned_token_is_unauthorized(same_edge: Edge) -> None:
    body = claims(same_edge)
    for algorithm in ("none", "None", "NONE"):
        assert status(same_edge, f"{segment({'alg': algorithm, 'typ': TYPE})}.{segment(body)}.") == 401
        assert status(same_edge, f"{segment({'alg': algorithm, 'typ': TYPE})}.{segment(body)}.eA") == 401


def test_a03_a_token_signed_with_our_public_key_is_unauthorized(same_edge: Edge) -> None:
    pem = same_edge.issuer.verifying_key.encode()
    for key in (pem, load_pem_public_key(pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)):
        signing = f"{segment({'alg': 'HS256', 'typ': TYPE})}.{segment(claims(same_edge))}"
        assert status(same_edge, f"{signing}.{base64url(hmac.digest(key, signing.encode(), 'sha256'))}") == 401


def test_a_token_of_another_algorithm_is_unauthorized(same_edge: Edge) -> None:
    assert status(same_edge, jwt.encode(claims(same_edge), generate_private_key(65537, 2048), "RS256", headers={"typ": TYPE})) == 401


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub", "iat", "jti", "role"])
def test_a05_a_token_without_a_required_claim_is_unauthorized(same_edge: Edge, claim: str) -> None:
    assert status(same_edge, signed(same_edge, {k: v for k, v in claims(same_edge).items() if k != claim})) == 401


def test_a_token_is_accepted_until_its_end_and_a_minute_of_grace_at_most(same_edge: Edge) -> None:
    now = int(datetime.now(UTC).timestamp())
    assert status(same_edge, signed(same_edge, claims(same_edge, exp=now - 61))) == 401
    assert status(same_edge, signed(same_edge, claims(same_edge, exp=now - 5))) == 200
    assert status(same_edge, signed(same_edge, claims(same_edge, iat=now + 61))) == 401


def test_a_token_that_was_accepted_ends_all_the_same(same_edge: Edge) -> None:
    token = signed(same_edge, claims(same_edge, exp=int(time.time()) - 28))
    assert status(same_edge, token) == 200
    until = time.monotonic() + 10
    while status(same_edge, token) == 200:
        assert time.monotonic() < until
        time.sleep(0.2)
    assert status(same_edge, token) == 401


def test_a06_the_audience_must_be_ours(same_edge: Edge) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge, aud="other"))) == 401
    assert status(same_edge, signed(same_edge, claims(same_edge, aud=["other"]))) == 401
    assert status(same_edge, signed(same_edge, claims(same_edge, aud=["other", "placet"]))) == 200


@pytest.mark.parametrize("issuer", ["p", "plac", "placet/", "PLACET", "", ["placet"]])
def test_a07_the_issuer_must_be_ours_exactly(same_edge: Edge, issuer: Any) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge, iss=issuer))) == 401


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c", "kid"])
def test_a09_a_header_that_brings_its_own_key_is_unauthorized(same_edge: Edge, name: str) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge), **{name: "https://keys.example.com/"})) == 401


def test_a10_a_critical_extension_is_unauthorized(same_edge: Edge) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge), crit=["urn:x"], **{"urn:x": 1})) == 401


@pytest.mark.parametrize("role", [["owner"], {"owner": True}, "Owner", "admin", "owner ", "", 1, True, "owner,member"])
def test_a11_only_an_exact_role_counts(same_edge: Edge, role: Any) -> None:
    answer = same_edge.get(RUNS, None, headers={"Authorization": f"Bearer {signed(same_edge, claims(same_edge, role=role))}"})
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("This needs the role owner, member or application.")


def test_a11_null_is_no_role(same_edge: Edge) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge) | {"role": None})) == 401


def test_a13_a_token_in_query_or_cookie_is_not_looked_at(same_edge: Edge) -> None:
    token = same_edge.token("bob")
    for name in ("access_token", "token", "authorization"):
        assert same_edge.get(f"{RUNS}&{name}={token}", None).status_code == 401
        assert same_edge.get(RUNS, None, headers={"Cookie": f"{name}={token}"}).status_code == 401


def test_a14_a_huge_token_is_unauthorized(same_edge: Edge) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge, more="x" * 100_000))) == 401
    nested: Any = []
    for _ in range(900):
        nested = [nested]
    assert status(same_edge, f"{segment({'alg': 'EdDSA', 'typ': nested})}.e30.eA") == 401
    deep = base64url(b"[" * 5_000)
    assert status(same_edge, f"{deep}.e30.eA") == 401
    assert status(same_edge, f"{segment({'alg': 'EdDSA', 'typ': TYPE})}.{deep}.eA") == 401


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "placet", "PLACET+JWT", "", None])
def test_a15_a_token_for_another_purpose_is_unauthorized(same_edge: Edge, kind: str | None) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge), typ=kind)) == 401


def test_a17_two_authorization_headers_are_unauthorized(same_edge: Edge) -> None:
    token = same_edge.token("bob")
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    assert same_edge.http.get(PREFIX + RUNS, headers=twice).status_code == 401
    assert same_edge.get(RUNS, None, headers={"Authorization": f"Bearer {token}, Bearer {token}"}).status_code == 401


@pytest.mark.parametrize("header", ["Basic {}", "{}", "Bearer", "Bearer  {}", "Token {}", "Bearer {}x", "Bearer {}, x"])
def test_only_a_bearer_token_counts(same_edge: Edge, header: str) -> None:
    assert same_edge.get(RUNS, None, headers={"Authorization": header.format(same_edge.token("bob"))}).status_code == 401


def test_the_scheme_may_be_written_in_any_case(same_edge: Edge) -> None:
    assert same_edge.get(RUNS, None, headers={"Authorization": f"bearer {same_edge.token('bob')}"}).status_code == 200


def test_a_token_that_is_not_remembered_is_unauthorized(same_edge: Edge) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge, jti="01a20d5e-0000-7000-8000-000000000000"))) == 401


def test_a_token_says_what_it_was_minted_with_or_is_unauthorized(same_edge: Edge) -> None:
    """Somebody with the signing key and a token of their own is neither somebody else, nor an application, nor sees more."""
    narrow = same_edge.remember("ann", role=Role.MEMBER, projects=("other/app",))
    own = claims(same_edge, "ann", jti=narrow.id, role="member", projects=["other/app"])
    assert status(same_edge, signed(same_edge, own)) == 200
    forgeries: tuple[dict[str, Any], ...] = (
        {"sub": "bob@acme.org"}, {"sub": "Ann@acme.org"}, {"role": "owner"}, {"role": "application"}, {"projects": ["acme/app"]},
        {"projects": []}, {"act_for": True}, {"break_glass": True})
    for forged in forgeries:
        assert status(same_edge, signed(same_edge, own | forged)) == 401, forged
    assert status(same_edge, signed(same_edge, {name: value for name, value in own.items() if name != "projects"})) == 401


def test_a_token_for_one_run_is_accepted_for_that_run_alone(same_edge: Edge) -> None:
    run, other = same_edge.asks_for_access(), same_edge.asks_for_access()
    bound = same_edge.remember("app:ci", execution=run)
    own = claims(same_edge, "app:ci", jti=bound.id, role="application", execution=run)
    assert status(same_edge, signed(same_edge, own)) == 200
    assert status(same_edge, signed(same_edge, own | {"execution": other})) == 401
    assert status(same_edge, signed(same_edge, {name: value for name, value in own.items() if name != "execution"})) == 401


def test_a_revoked_token_is_unauthorized_from_then_on(same_edge: Edge) -> None:
    token = same_edge.remember("bob")
    text = same_edge.issuer.mint(token)
    assert status(same_edge, text) == 200
    with same_edge.world.database.begin() as tx:
        tx.tokens.revoke(token.id, tx.now())
    assert status(same_edge, text) == 401


def test_a_disabled_person_is_unauthorized_from_then_on(edge: Edge) -> None:
    assert edge.get(RUNS, "bob").status_code == 200
    edge.world.disable("bob")
    assert edge.get(RUNS, "bob").status_code == 401


def test_a_person_whom_nobody_knows_is_unauthorized(same_edge: Edge) -> None:
    assert status(same_edge, signed(same_edge, claims(same_edge, sub="nobody@acme.org"))) == 401


def test_a_tokens_projects_narrow_what_is_seen(edge: Edge) -> None:
    run = edge.asks_for_access()
    elsewhere = signed(edge, claims(edge, projects=["other/app"]))
    here = signed(edge, claims(edge, projects=["ACME/app"]))
    assert edge.get(f"/{run}", None, headers={"Authorization": f"Bearer {elsewhere}"}).status_code == 404
    assert edge.get(f"/{run}", None, headers={"Authorization": f"Bearer {here}"}).status_code == 200
    assert status(edge, signed(edge, claims(edge, projects="acme/app"))) == 401


def test_an_application_sees_what_its_token_names(edge: Edge) -> None:
    run = edge.asks_for_access()
    assert edge.get(f"/{run}", "app:ci").status_code == 200
    body = claims(edge, "app:ci", role="application", execution="01a20d5e-0000-7000-8000-000000000000")
    assert edge.get(f"/{run}", None, headers={"Authorization": f"Bearer {signed(edge, body)}"}).status_code == 404
