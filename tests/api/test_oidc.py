"""Who of an outside issuer is let in, and on what terms."""

import hmac
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from api.auth import Unauthorized
from api.oidc import OidcIssuer
from core.domain.people import Caller, Role
from core.errors import RoleTooLow
from integrations.oidc.documents import Documents
from integrations.oidc.jwks import Jwks
from integrations.oidc.keys import PAUSE, STALE, CachedKeys
from tests.api.edge import edge_on
from tests.api.outside import RUNS, Outside, outside_on
from tests.api.test_auth import base64url, segment
from tests.doubles.oidc_issuer import AUDIENCE, DISCOVERY, KEYS, drips, oidc_issuer, private_key, public_jwk, says
from tests.world import World

HEADER = {"alg": "RS256", "typ": "at+jwt", "kid": "first"}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def outside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    """The same one for the whole file, for tests that change neither people nor keys."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "sqlite":
        with outside_on(request.getfixturevalue("sqlite").copy(home), home, oidc_email_claim="email") as outside:
            yield outside
        return
    with request.getfixturevalue("postgres").database() as url, outside_on(url, home, oidc_email_claim="email") as outside:
        yield outside


@pytest.fixture
def own(database_url: str, tmp_path: Path) -> Iterator[Outside]:
    """One for a test that changes it; e-mails do not count there."""
    with outside_on(database_url, tmp_path) as outside:
        yield outside


def ann(outside: Outside, **more: Any) -> str:
    return outside.issuer.token(**{"sub": "u-ann", **more})


def signed(claims: dict[str, Any], **header: Any) -> str:
    """A token that the issuer has signed, whatever it says; for what no library would write."""
    signing = f"{segment(HEADER | header)}.{segment(claims)}"
    return f"{signing}.{base64url(jwt.get_algorithm_by_name('RS256').sign(signing.encode(), private_key('first')))}"


def claims_of(outside: Outside, **more: Any) -> dict[str, Any]:
    now = int(time.time())
    return {"iss": outside.issuer.issuer, "aud": AUDIENCE, "sub": "u-ann", "iat": now, "exp": now + 600, "roles": ["staff"]} | more


def caller(outside: Outside, token: str) -> Caller:
    return outside.authentication.caller([f"Bearer {token}"])


# -- who it is ------------------------------------------------------------------------------------------------------------------------


def test_a_linked_subject_is_the_person(outside: Outside) -> None:
    assert outside.status(ann(outside)) == 200
    who = caller(outside, ann(outside))
    assert (who.name, who.role, who.token) == ("ann@acme.org", Role.MEMBER, None)
    assert outside.status(signed(claims_of(outside))) == 200


def test_a_token_of_ours_is_accepted_as_before(outside: Outside) -> None:
    assert outside.edge.get(RUNS, "bob").status_code == 200


def test_a_subject_that_nobody_is_linked_to_is_unauthorized(outside: Outside) -> None:
    for subject in ("u-nobody", "U-ANN", "u-ann ", "ann@acme.org", "u-a", "u-ann%", "u-ann\x00", "", "x" * 301):
        assert outside.status(outside.issuer.token(sub=subject)) == 401


def test_a_verified_email_is_the_persons_where_the_issuer_is_trusted_with_it(outside: Outside) -> None:
    token = outside.issuer.token(sub="u-dan", email="Dan@acme.org", email_verified=True)
    assert caller(outside, token).name == "dan@acme.org"
    assert outside.status(token) == 200


@pytest.mark.parametrize("verified", [None, False, "true", "True", 1, [True], {"email": True}])
def test_an_email_that_the_issuer_has_not_verified_is_nobodys(outside: Outside, verified: Any) -> None:
    assert outside.status(outside.issuer.token(sub="u-dan", email="dan@acme.org", email_verified=verified)) == 401


@pytest.mark.parametrize("email", [
    "dan@acme.org\x00", ["dan@acme.org"], "", "%", "dan@acme.org,bob@acme.org", 1, "\ud800@acme.org", "x" * 9_000])
def test_what_is_no_ones_email_is_nobodys(outside: Outside, email: Any) -> None:
    assert outside.status(signed(claims_of(outside, sub="u-dan", email=email, email_verified=True))) == 401


def test_an_email_that_was_given_to_somebody_else_does_not_give_the_first_one_away(outside: Outside) -> None:
    """Ann is u-ann there. Whoever else is said to have her address is refused until an operator links them."""
    assert outside.status(outside.issuer.token(sub="u-heir", email="ann@acme.org", email_verified=True)) == 401


def test_a_link_comes_before_the_email(outside: Outside) -> None:
    assert caller(outside, ann(outside, email="bob@acme.org", email_verified=True)).name == "ann@acme.org"


def test_emails_do_not_count_unless_it_is_set(own: Outside) -> None:
    assert own.status(own.issuer.token(sub="u-dan", email="dan@acme.org", email_verified=True)) == 401
    assert own.status(own.issuer.token(sub="dan@acme.org", email="dan@acme.org", email_verified=True)) == 401


def test_a_disabled_person_is_unauthorized_from_then_on(own: Outside) -> None:
    assert own.status(ann(own)) == 200
    own.edge.world.disable("ann")
    assert own.status(ann(own)) == 401
    own.edge.world.disable("ann", False)
    assert own.status(ann(own)) == 200


def test_a_person_who_is_unlinked_is_unauthorized_from_then_on(own: Outside) -> None:
    assert own.status(ann(own)) == 200
    with own.edge.world.database.begin() as tx:
        tx.identities.unlink(f"oidc:{own.issuer.issuer}", "u-ann")
    assert own.status(ann(own)) == 401


def test_a_link_to_another_issuer_is_no_link_to_this_one(own: Outside) -> None:
    with own.edge.world.database.begin() as tx:
        found = tx.identities.find(f"oidc:{own.issuer.issuer}", "u-ann")
        assert found is not None
        tx.identities.unlink(f"oidc:{own.issuer.issuer}", "u-ann")
        for provider in ("oidc:https://login.example.com", "oidc", "github", own.issuer.issuer):
            tx.identities.link(replace(found[0], provider=provider))
    assert own.status(ann(own)) == 401


# -- applications ---------------------------------------------------------------------------------------------------------------------


def test_an_application_is_named_apart_from_those_of_our_own_tokens(outside: Outside) -> None:
    token = outside.issuer.token(sub="ci", roles=["machines"])
    assert outside.status(token) == 200
    assert (caller(outside, token).name, caller(outside, token).role) == ("app:oidc:ci", Role.APPLICATION)
    assert caller(outside, outside.edge.token("app:ci")).name == "app:ci"


def test_a_person_is_no_application(outside: Outside) -> None:
    """Who could act as either would ask as the one and answer as the other."""
    assert outside.status(ann(outside, roles=["machines"])) == 401
    assert outside.status(outside.issuer.token(sub="u-dan", email="dan@acme.org", email_verified=True, roles="machines")) == 401


def test_projects_and_execution_narrow_what_is_seen(outside: Outside) -> None:
    run = outside.edge.asks_for_access()
    cases: list[tuple[dict[str, Any], int]] = [
        ({}, 200), ({"projects": ["ACME/app"]}, 200), ({"projects": ["other/app"]}, 404), ({"projects": []}, 404),
        ({"execution": run}, 200), ({"execution": "01a20d5e-0000-7000-8000-000000000000"}, 404), ({"projects": "acme/app"}, 401),
        ({"projects": ["acme/app\x00"]}, 401), ({"projects": [1]}, 401), ({"execution": 1}, 401)]
    for who, roles in (("u-ann", "staff"), ("ci", "machines")):
        for more, seen in cases:
            assert outside.call(outside.issuer.token(sub=who, roles=roles, **more), f"/{run}").status_code == seen, more


# -- what a token may say -------------------------------------------------------------------------------------------------------------


def test_a02_an_unsigned_token_is_unauthorized(outside: Outside) -> None:
    for algorithm in ("none", "None", "NONE"):
        for signature in ("", "eA"):
            assert outside.status(f"{segment(HEADER | {'alg': algorithm})}.{segment(claims_of(outside))}.{signature}") == 401


def test_a03_a_token_signed_with_the_public_key_is_unauthorized(outside: Outside) -> None:
    public = private_key("first").public_key()
    jwk = json.dumps(public_jwk("first")).encode()
    for key in (public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), jwk,
                public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)):
        signing = f"{segment(HEADER | {'alg': 'HS256'})}.{segment(claims_of(outside))}"
        assert outside.status(f"{signing}.{base64url(hmac.digest(key, signing.encode(), 'sha256'))}") == 401


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_key_of_an_algorithm_that_is_not_set_does_not_count(own: Outside, algorithm: str) -> None:
    own.issuer.keys.append(public_jwk("other", algorithm))
    assert own.status(ann(own, kid="other", algorithm=algorithm)) == 401
    assert own.status(ann(own)) == 200


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_each_algorithm_that_is_set_counts_for_its_keys(database_url: str, tmp_path: Path, algorithm: str) -> None:
    with outside_on(database_url, tmp_path, oidc_algorithms="ES256,EdDSA") as own:
        own.issuer.keys.append(public_jwk("other", algorithm))
        assert own.status(ann(own, kid="other", algorithm=algorithm)) == 200
        assert own.status(ann(own)) == 401
        assert own.status(ann(own, kid="other")) == 401


@pytest.mark.parametrize("alg", ["RS384", "PS256", "RS512", "ES256", "rs256", "", None, ["RS256"], {"a": 1}, 1])
def test_the_header_does_not_choose_the_algorithm(outside: Outside, alg: Any) -> None:
    assert outside.status(signed(claims_of(outside), alg=alg)) == 401


@pytest.mark.parametrize("kid", [None, "", "second", "first ", 1, ["first"], {"first": 1}, "../first", "\ud800", "first\x00", "x" * 5_000])
def test_a_key_is_found_by_its_exact_id(outside: Outside, kid: Any) -> None:
    assert outside.status(signed(claims_of(outside), kid=kid)) == 401


def test_a_token_of_another_key_under_this_id_is_unauthorized(outside: Outside) -> None:
    assert outside.status(jwt.encode(claims_of(outside), private_key("forged"), "RS256", headers={"kid": "first", "typ": "at+jwt"})) == 401


@pytest.mark.parametrize("claim", ["exp", "iss", "aud", "sub", "iat"])
def test_a05_a_token_without_a_required_claim_is_unauthorized(outside: Outside, claim: str) -> None:
    assert outside.status(ann(outside, **{claim: None})) == 401


@pytest.mark.parametrize(("claim", "value"), [
    ("exp", "soon"), ("exp", float("inf")), ("exp", float("nan")), ("exp", [1]), ("exp", {}), ("iat", "x"), ("iat", float("inf")),
    ("iat", []), ("nbf", float("inf")), ("nbf", "x"), ("sub", 1), ("sub", ["u-ann"]), ("sub", {"u-ann": 1}), ("aud", 1), ("aud", {}),
    ("aud", [None]), ("iss", None), ("iss", 1)])
def test_a05_a_claim_of_another_shape_is_unauthorized(outside: Outside, claim: str, value: Any) -> None:
    assert outside.status(signed(claims_of(outside, **{claim: value}))) == 401


def test_a_token_is_accepted_until_its_end_and_a_minute_of_grace_at_most(outside: Outside) -> None:
    now = int(time.time())
    assert outside.status(ann(outside, exp=now - 61)) == 401
    assert outside.status(ann(outside, exp=now - 5)) == 200
    assert outside.status(ann(outside, iat=now + 61)) == 401
    assert outside.status(ann(outside, nbf=now + 61)) == 401


def test_a06_the_audience_must_be_ours(outside: Outside) -> None:
    for audience in ("other", ["other"], AUDIENCE + "/", AUDIENCE[:-1], "", []):
        assert outside.status(ann(outside, aud=audience)) == 401
    assert outside.status(ann(outside, aud=["other", AUDIENCE])) == 200


@pytest.mark.parametrize("issuer", ["http", "{}/", "{} ", "placet", "", ["{}"], "https://login.example.com"])
def test_a07_the_issuer_must_be_the_one_that_is_set_exactly(outside: Outside, issuer: Any) -> None:
    own = outside.issuer.issuer
    assert outside.status(signed(claims_of(outside, iss=issuer.format(own) if isinstance(issuer, str) else [own]))) == 401


@pytest.mark.parametrize("name", ["jku", "x5u", "jwk", "x5c"])
def test_a09_a_header_that_brings_its_own_key_is_not_obeyed_and_nothing_is_fetched(outside: Outside, name: str) -> None:
    with oidc_issuer() as attacker:
        attacker.keys = [public_jwk("forged")]
        address = attacker.url + KEYS
        brought = {"jku": address, "x5u": address, "jwk": public_jwk("forged"), "x5c": ["TUlJQg=="]}[name]
        for kid in ("first", "forged"):
            forged = jwt.encode(claims_of(outside), private_key("forged"), "RS256", headers={"kid": kid, "typ": "at+jwt", name: brought})
            assert outside.status(forged) == 401
        assert outside.status(signed(claims_of(outside), **{name: brought})) == 200
        assert attacker.asked == []


@pytest.mark.parametrize("header", [
    {"crit": ["urn:x"], "urn:x": 1}, {"crit": ["exp"]}, {"crit": []}, {"crit": None}, {"b64": False, "crit": ["b64"]}, {"b64": True}])
def test_a10_a_critical_extension_is_unauthorized(outside: Outside, header: dict[str, Any]) -> None:
    assert outside.status(signed(claims_of(outside), **header)) == 401


@pytest.mark.parametrize("roles", [
    None, "Staff", "staff ", "staff,admins", "staff admins", "", "owner", "member", [], ["Staff"], [["staff"]], [None, 1, {"staff": 1}],
    {"staff": True}, True, 1, "guest", ["staff", "machines"], ["admins", "machines"]])
def test_a11_only_an_exact_value_stands_for_a_role(outside: Outside, roles: Any) -> None:
    answer = outside.call(ann(outside, roles=roles))
    assert answer.status_code == 403
    assert answer.json()["message"].startswith("This needs the role owner, member or application.")


@pytest.mark.parametrize(("roles", "role"), [
    ("staff", Role.MEMBER), ("guests", Role.MEMBER), (["x", "guests", "staff"], Role.MEMBER), ("admins", Role.OWNER),
    (["staff", "admins"], Role.OWNER)])
def test_a_value_stands_for_its_role_and_the_higher_of_two_counts(outside: Outside, roles: Any, role: Role) -> None:
    assert caller(outside, ann(outside, roles=roles)).role is role


def test_the_role_claim_is_found_by_its_whole_name_or_by_a_path(database_url: str, tmp_path: Path) -> None:
    with outside_on(database_url, tmp_path, oidc_role_claim="realm_access.roles") as own:
        assert caller(own, ann(own, roles=None, realm_access={"roles": ["staff"]})).role is Role.MEMBER
        assert caller(own, ann(own, **{"realm_access.roles": "staff", "realm_access": {"roles": ["admins"]}})).role is Role.MEMBER
        for nowhere in ("staff", ["roles"], {"roles": {"staff": 1}}, {}, None):
            assert own.status(ann(own, realm_access=nowhere)) == 403


def test_the_project_caps_the_role_and_the_token_does(outside: Outside) -> None:
    """Ann is a member of the project, Bob owns it."""
    assert outside.call(ann(outside, roles="admins"), "/schedules/x/pause", "POST").status_code == 404
    assert outside.call(outside.issuer.token(sub="u-bob", roles="staff"), "/schedules/x/pause", "POST").status_code == 403
    disable = {"json": {"repositoryIdentifier": "acme/app"}}
    assert outside.call(ann(outside, roles="admins"), "/types/request-elevated-privileges/disable", "POST", **disable).status_code == 403


def test_a14_a_huge_token_is_unauthorized(outside: Outside) -> None:
    assert outside.status(signed(claims_of(outside, more="x" * 20_000))) == 401
    assert outside.status(signed(claims_of(outside, more="x" * 100_000))) == 401
    assert outside.status(signed(claims_of(outside, groups=["x" * 36] * 200))) == 200
    nested: Any = []
    for _ in range(900):
        nested = [nested]
    assert outside.status(f"{segment(HEADER | {'typ': nested})}.e30.eA") == 401
    assert outside.status(f"{segment(HEADER | {'kid': nested})}.e30.eA") == 401
    deep = base64url(b"[" * 10_000)
    assert outside.status(f"{deep}.e30.eA") == 401
    assert outside.status(f"{segment(HEADER)}.{deep}.eA") == 401
    signing = f"{segment(HEADER)}.{deep}"
    assert outside.status(f"{signing}.{base64url(jwt.get_algorithm_by_name('RS256').sign(signing.encode(), private_key('first')))}") == 401


@pytest.mark.parametrize("claims", [
    {"nonce": "n"}, {"nonce": ""}, {"at_hash": "h"}, {"c_hash": "h"}, {"s_hash": "h"}, {"token_use": "id"}, {"token_use": "refresh"},
    {"token_use": ["access"]}, {"typ": "ID"}, {"typ": "Refresh"}, {"typ": 1}, {"events": {}}])
def test_a15_a_token_that_is_not_made_to_open_an_interface_is_unauthorized(outside: Outside, claims: dict[str, Any]) -> None:
    assert outside.status(ann(outside, **claims)) == 401


@pytest.mark.parametrize("kind", ["placet+jwt", "id+jwt", "logout+jwt", "secevent+jwt", "dpop+jwt", "JOSE", "", 1, ["JWT"], {"typ": "JWT"}])
def test_a15_a_token_of_another_type_is_unauthorized(outside: Outside, kind: Any) -> None:
    assert outside.status(signed(claims_of(outside), typ=kind)) == 401


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt", None])
def test_an_access_token_is_accepted_whatever_its_issuer_calls_that(outside: Outside, kind: Any) -> None:
    assert outside.status(ann(outside, header={"typ": kind})) == 200
    assert outside.status(ann(outside, token_use="access", typ="Bearer", header={"typ": kind})) == 200


def test_no_right_comes_from_outside(outside: Outside) -> None:
    who = caller(outside, ann(outside, act_for=True, break_glass=True, role="owner", jti="x", token="x"))
    assert (who.act_for, who.break_glass, who.role, who.token) == (False, False, Role.MEMBER, None)


def test_a_token_of_ours_is_not_looked_at_as_one_of_theirs(outside: Outside) -> None:
    """Neither issuer can speak for the other."""
    token = outside.edge.remember("bob")
    ours = claims_of(outside, jti=token.id, sub=token.subject, role="owner", iss="placet", aud="placet")
    assert outside.status(signed(ours)) == 401
    assert outside.status(signed(ours, typ="placet+jwt")) == 401
    assert outside.status(signed(ours, typ="placet+jwt", alg="EdDSA")) == 401


# -- its keys -------------------------------------------------------------------------------------------------------------------------


def test_keys_are_rotated_and_taken_away(own: Outside) -> None:
    """The new key is published, signs, and the old one goes; time is moved by hand."""
    outside, now = own.edge.service.outside, [1_000.0]
    assert isinstance(outside, OidcIssuer)
    jwks = Jwks(issuer=own.issuer.issuer, url=None, algorithms=["RS256"], documents=Documents())
    heard: list[bool] = []
    keys = CachedKeys(jwks.fetch, told=heard.append, clock=lambda: now[0])
    authentication = own.authentication
    own.believe(type(authentication)(
        database=authentication.database, issuer=authentication.issuer,
        outside=OidcIssuer(issuer=outside.issuer, audience=outside.audience, algorithms=["RS256"], keys=keys, roles=outside.roles)))
    assert own.status(ann(own)) == 200
    own.issuer.keys.append(public_jwk("second"))
    now[0] += PAUSE
    assert [own.status(ann(own)), own.status(ann(own, kid="second"))] == [200, 200]
    del own.issuer.keys[0]
    now[0] += STALE
    assert [own.status(ann(own)), own.status(ann(own, kid="second"))] == [401, 200]
    own.issuer.answers = {DISCOVERY: says(b"", 503)}
    now[0] += STALE
    assert [own.status(ann(own)), own.status(ann(own, kid="second"))] == [401, 200]
    assert heard == [True, True, True, False]


@pytest.mark.parametrize("fault", ["away", "another issuer", "drips", "huge", "no keys"])
def test_an_issuer_that_does_not_answer_lets_nobody_in_and_keeps_nobody_out(own: Outside, fault: str) -> None:
    own.issuer.answers = {
        "away": {DISCOVERY: says(b"", 503)}, "another issuer": {DISCOVERY: says(b'{"issuer": "https://login.example.com"}')},
        "drips": {KEYS: drips(own.issuer.over)}, "huge": {KEYS: says(b"x" * 1_000_000)}, "no keys": {KEYS: says(b'{"keys": []}')}}[fault]
    began = time.monotonic()
    answer = own.call(ann(own))
    assert (answer.status_code, answer.json()) == (401, {"statusCode": 401, "message": "unauthorized", "error": "Unauthorized"})
    assert time.monotonic() - began < 4
    for _ in range(20):
        assert own.status(own.issuer.token(kid="random")) == 401
        assert own.edge.get(RUNS, "bob").status_code == 200
    assert len(own.issuer.asked) <= 2


def test_the_log_names_the_subject_and_never_the_token(own: Outside, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    tokens = [ann(own), own.issuer.token(sub="u-nobody"), ann(own, aud="other"), ann(own, kid="unknown"),
              own.issuer.token(sub="ci", roles="machines")]
    assert [own.status(token) for token in tokens] == [200, 401, 401, 401, 200]
    said = "\n".join(str(vars(record)) for record in caplog.records)
    assert "ann@acme.org" in said
    assert "u-nobody" in said
    assert "oidc:ci" in said
    for token in tokens:
        assert all(part not in said for part in token.split(".")[1:])


# -- without one ----------------------------------------------------------------------------------------------------------------------


def test_without_an_outside_issuer_its_tokens_are_unauthorized(database_url: str, tmp_path: Path) -> None:
    world = World(database_url).company()
    with oidc_issuer() as issuer, edge_on(world, tmp_path) as edge:
        for token in (issuer.token(sub="u-ann"), issuer.token(sub="ann@acme.org", email="ann@acme.org", email_verified=True)):
            assert edge.get(RUNS, None, headers={"Authorization": f"Bearer {token}"}).status_code == 401
        assert issuer.asked == []
    world.close()


def test_without_an_outside_issuer_nothing_of_it_is_loaded() -> None:
    code = "import api.app, sys; print([m for m in sys.modules if m.startswith('integrations.oidc')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2])
    assert found.stdout == "[]\n"


def test_a_caller_is_refused_by_the_same_exceptions_as_one_of_ours(outside: Outside) -> None:
    with pytest.raises(Unauthorized, match="outside issuer: InvalidAudienceError"):
        caller(outside, ann(outside, aud="other"))
    with pytest.raises(RoleTooLow):
        caller(outside, ann(outside, roles="none"))
