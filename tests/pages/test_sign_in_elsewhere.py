"""Signing in at an outside issuer: by the browser that began it, once, as whom the issuer says; and what attackers would try."""

import base64
import hashlib
import hmac
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from core.domain.identities import Identity, oidc_provider
from tests.databases import SqliteTemplate
from tests.doubles.oidc_issuer import DISCOVERY, private_key, says
from tests.doubles.sign_in_issuer import AUTHORIZE, CLIENT, SECRET, TOKEN, SignInDouble, sign_in_issuer
from tests.pages.browse import Browser, Web, browsing

BEGIN, BACK = "/sign-in/elsewhere", "/sign-in/callback"
Claims = dict[str, Any]


@dataclass
class Door:
    web: Web
    issuer: SignInDouble

    def goes_there(self, browser: Browser, to: str = "/") -> str:
        """Begin in a browser; return the address that the issuer sends it back to, which nobody has opened yet."""
        begun = browser.get(f"{BEGIN}?{urlencode({'to': to})}")
        assert begun.status_code == 303, begun.text
        there = httpx.get(begun.headers["location"], trust_env=False)
        assert there.status_code == 302, there.text
        assert there.headers["location"].startswith(f"{self.web.origin}{BACK}?")
        return str(there.headers["location"])

    def signs_in(self, browser: Browser, to: str = "/") -> httpx.Response:
        return browser.get(self.goes_there(browser, to))

    def refuses(self, answer: httpx.Response, status: int = 403) -> str:
        """Nobody is signed in by an answer; return what it says."""
        assert answer.status_code == status, answer.text
        assert not any(cookie.startswith("placet=") for cookie in answer.headers.get_list("set-cookie"))
        assert self.sessions() == 0
        return answer.text

    def sessions(self) -> int:
        return len(self.web.world.rows("SELECT 1 FROM sessions WHERE ended_at IS NULL"))


@contextmanager
def door_of(database_url: str, home: Path, *, secret: str | None = SECRET, **given: str) -> Iterator[Door]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = int(taken.getsockname()[1])
    with sign_in_issuer(f"http://127.0.0.1:{port}{BACK}", secret=secret) as issuer, browsing(
            database_url, home, port=port, **issuer.settings(**given)) as web:
        yield Door(web, issuer)


@pytest.fixture
def door(sqlite: SqliteTemplate, tmp_path: Path) -> Iterator[Door]:
    with door_of(sqlite.copy(tmp_path), tmp_path) as door:
        yield door


@pytest.fixture
def each_door(database_url: str, tmp_path: Path) -> Iterator[Door]:
    """On every database."""
    with door_of(database_url, tmp_path) as door:
        yield door


def with_parameters(address: str, **changed: str | None) -> str:
    where = urlsplit(address)
    asked = {**dict(parse_qsl(where.query)), **changed}
    return f"{where.path}?{urlencode({name: value for name, value in asked.items() if value is not None})}"


# -- the way in --------------------------------------------------------------------------------------------------------------------

def test_a_person_signs_in_at_the_issuer_and_goes_on_where_they_wanted(each_door: Door) -> None:
    browser = each_door.web.stranger()
    shown = browser.see("/sign-in?to=/history")
    assert "Sign in at 127.0.0.1" in shown.words
    [begin] = [link for link in shown.links if link.startswith(BEGIN)]
    assert dict(parse_qsl(urlsplit(begin).query)) == {"to": "/history"}
    entered = each_door.signs_in(browser, "/history")
    assert (entered.status_code, entered.headers["location"]) == (303, "/history")
    assert "ann@acme.org" in browser.see("/").words
    assert each_door.issuer.refused == []
    [(actor, facts)] = each_door.web.world.rows("SELECT actor, facts FROM audit WHERE kind = 'sign-in'")
    assert (actor, json.loads(facts)["by"]) == ("ann@acme.org", f"oidc:{each_door.issuer.url}#u-ann")


def test_a_linked_subject_is_who_it_is_linked_to_whatever_address_comes_with_it(door: Door) -> None:
    bob = door.web.world.caller("bob").person
    assert bob is not None
    with door.web.world.database.begin() as tx:
        tx.identities.link(Identity(provider=oidc_provider(door.issuer.url), external_id="u-7", person_id=bob.id, login=None,
                                    linked_at=tx.now()))
    door.issuer.user = {"sub": "u-7", "email": "ann@acme.org", "email_verified": True}
    browser = door.web.stranger()
    assert door.signs_in(browser).status_code == 303
    assert "bob@acme.org" in browser.see("/").words


def test_a_client_without_a_secret_is_protected_by_pkce_alone(sqlite: SqliteTemplate, tmp_path: Path) -> None:
    with door_of(sqlite.copy(tmp_path), tmp_path, secret=None) as door:
        assert door.signs_in(door.web.stranger()).status_code == 303
        assert door.issuer.refused == []


def test_a_session_of_before_ends_and_the_new_one_has_another_cookie(door: Door) -> None:
    browser = door.web.browser("bob")
    before = browser.http.cookies["placet"]
    assert door.signs_in(browser).status_code == 303
    assert browser.http.cookies["placet"] != before
    assert door.web.stranger().get("/", headers={"Cookie": f"placet={before}"}).status_code == 303
    assert door.sessions() == 1


def test_a_cookie_that_somebody_has_planted_is_no_session_afterwards(door: Door) -> None:
    browser = door.web.stranger()
    browser.http.cookies.set("placet", "planted", domain="127.0.0.1")
    answer = door.signs_in(browser)
    [made] = [cookie for cookie in answer.headers.get_list("set-cookie") if cookie.startswith("placet=")]
    assert "planted" not in made
    assert "HttpOnly" in made
    assert "SameSite=lax" in made
    assert door.web.stranger().get("/", headers={"Cookie": "placet=planted"}).status_code == 303


def test_signing_out_ends_our_session_and_signs_nobody_in_again_by_itself(door: Door) -> None:
    browser = door.web.stranger()
    door.signs_in(browser)
    assert browser.submit("/account", "/sign-out").status_code == 303
    assert door.sessions() == 0
    asked = len(door.issuer.asked)
    assert "Sign in at" in browser.see("/").words
    assert len(door.issuer.asked) == asked


@pytest.mark.parametrize("to", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "/sign-in", "/x\r\nX: y", "javascript:alert(1)", "evil.example"])
def test_it_leads_on_to_a_page_of_ours_and_nowhere_else(door: Door, to: str) -> None:
    assert door.signs_in(door.web.stranger(), to).headers["location"] == "/"


def test_a_page_of_somebody_else_does_not_begin_it(door: Door) -> None:
    begun = door.web.stranger().get(BEGIN, headers={"Sec-Fetch-Site": "cross-site"})
    assert (begun.status_code, begun.headers["location"]) == (303, "/sign-in")
    assert "set-cookie" not in begun.headers


# -- who is nobody here ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("user", [
    {"sub": "u-1", "email": "nobody@acme.org", "email_verified": True}, {"sub": "u-1", "email": "ann@acme.org", "email_verified": False},
    {"sub": "u-1", "email": "ann@acme.org"}, {"sub": "u-1", "email": "ann@acme.org", "email_verified": "true"}, {"sub": "u-1"}])
def test_whom_nobody_here_knows_is_told_so_and_has_no_session(door: Door, user: Claims) -> None:
    door.issuer.user = user
    assert "Nobody here is known as that" in door.refuses(door.signs_in(door.web.stranger()))


def test_one_who_is_disabled_is_not_let_in(door: Door) -> None:
    door.web.world.disable("ann")
    assert "disabled" in door.refuses(door.signs_in(door.web.stranger()))


def test_two_subjects_with_one_address_are_both_refused(door: Door) -> None:
    assert door.signs_in(door.web.stranger()).status_code == 303
    door.issuer.user = {**door.issuer.user, "sub": "u-another"}
    assert door.signs_in(door.web.stranger()).status_code == 403
    door.issuer.user = {**door.issuer.user, "sub": "u-ann"}
    assert "Another account" in door.signs_in(door.web.stranger()).text


# -- what attackers try ------------------------------------------------------------------------------------------------------------

def test_an_answer_for_another_browser_signs_nobody_in(door: Door) -> None:
    """Login CSRF: the victim follows a link that holds the attacker's code."""
    attack = door.goes_there(door.web.stranger())
    assert "not begun in this browser" in door.refuses(door.web.stranger().get(attack))
    victim = door.web.stranger()
    own = door.goes_there(victim)
    assert "not begun in this browser" in door.refuses(victim.get(attack))
    assert victim.get(own).status_code == 303


def test_a_code_of_another_browser_is_worth_nothing_with_ones_own_state(door: Door) -> None:
    """Code injection: PKCE and the nonce bind a code to whoever began."""
    stolen = dict(parse_qsl(urlsplit(door.goes_there(door.web.stranger())).query))["code"]
    attacker = door.web.stranger()
    own = door.goes_there(attacker)
    door.refuses(attacker.get(with_parameters(own, code=stolen)))
    assert door.issuer.refused == ["code"]


def test_an_answer_works_once(door: Door) -> None:
    browser = door.web.stranger()
    back = door.goes_there(browser)
    cookie = browser.http.cookies["placet-errand"]
    assert browser.get(back).status_code == 303
    assert "not begun in this browser" in browser.get(back).text
    again = door.web.stranger()
    again.http.cookies.set("placet-errand", cookie, domain="127.0.0.1")
    answer = again.get(back)
    assert (answer.status_code, "Begin it again" in answer.text) == (403, True)
    assert door.sessions() == 1


@pytest.mark.parametrize("changed", [
    {"state": "x" * 43}, {"state": None}, {"state": ""}, {"iss": "https://evil.example"}, {"iss": None}, {"code": None}, {"code": ""},
    {"code": "made-up"}, {"error": "access_denied", "code": None}, {"error": "access_denied"}])
def test_an_answer_that_was_changed_signs_nobody_in(door: Door, changed: dict[str, str | None]) -> None:
    """`iss`: mix-up, by RFC 9207."""
    browser = door.web.stranger()
    door.refuses(browser.get(with_parameters(door.goes_there(browser), **changed)))


def test_a_parameter_that_comes_twice_counts_as_none(door: Door) -> None:
    browser = door.web.stranger()
    back = door.goes_there(browser)
    door.refuses(browser.get(f"{back}&state={'x' * 43}"))
    door.refuses(browser.get(f"{back}&code=another"))
    door.issuer.more = {"authorization_response_iss_parameter_supported": False}
    late = door.goes_there(browser)
    door.refuses(browser.get(f"{late}&iss={door.issuer.url}"))


def test_an_answer_is_late_after_ten_minutes(door: Door) -> None:
    browser = door.web.stranger()
    back = door.goes_there(browser)
    door.web.world.later(minutes=10, seconds=5)
    assert "more than 10 minutes" in door.refuses(browser.get(back))


@pytest.mark.parametrize("cookie", [
    "", "x", "a.b.c", f"{'x' * 43}.1.", f"{'x' * 43}.99999999999.Lw", f"{'x' * 43}.-1.Lw", "\u00e9" * 50, "x" * 3_000])
def test_a_cookie_that_was_made_up_is_none(door: Door, cookie: str) -> None:
    back = urlsplit(door.goes_there(door.web.stranger()))
    raw = {b"Cookie": b"placet-errand=" + cookie.encode("latin-1")}
    door.refuses(door.web.stranger().get(f"{back.path}?{back.query}", headers=raw))


def unsigned(issuer: SignInDouble, claims: Claims) -> str:
    return jwt.encode(claims, None, "none", headers={"kid": "first"})  # type: ignore[arg-type]


def by_a_public_key(issuer: SignInDouble, claims: Claims) -> str:
    """HS256 with the key that everybody may read, put together by hand: PyJWT would not."""
    def part(data: bytes) -> bytes:
        return base64.urlsafe_b64encode(data).rstrip(b"=")

    pem = private_key("first").public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = part(json.dumps({"alg": "HS256", "kid": "first"}).encode()) + b"." + part(json.dumps(claims).encode())
    return (head + b"." + part(hmac.new(pem, head, hashlib.sha256).digest())).decode()


FORGED: dict[str, Callable[[SignInDouble, Claims], str]] = {
    "none": unsigned, "HS256": by_a_public_key,
    "another key": lambda issuer, claims: jwt.encode(claims, private_key("second"), "RS256", headers={"kid": "first"}),
    "an unknown key": lambda issuer, claims: issuer.signed(claims, kid="second"),
    "another's": lambda issuer, claims: issuer.signed({**claims, "aud": "another client"}),
    "another's too": lambda issuer, claims: issuer.signed({**claims, "aud": [CLIENT, "another client"]}),
    "for another": lambda issuer, claims: issuer.signed({**claims, "azp": "another client"}),
    "of another issuer": lambda issuer, claims: issuer.signed({**claims, "iss": "https://evil.example"}),
    "expired": lambda issuer, claims: issuer.signed({**claims, "exp": claims["iat"] - 60}),
    "without an end": lambda issuer, claims: issuer.signed({**claims, "exp": None}),
    "of the future": lambda issuer, claims: issuer.signed({**claims, "iat": claims["iat"] + 600}),
    "another nonce": lambda issuer, claims: issuer.signed({**claims, "nonce": "x" * 43}),
    "no nonce": lambda issuer, claims: issuer.signed({**claims, "nonce": None}),
    "a list for a nonce": lambda issuer, claims: issuer.signed({**claims, "nonce": [claims["nonce"]]}),
    "nobody": lambda issuer, claims: issuer.signed({**claims, "sub": None}),
    "no token": lambda issuer, claims: "x.y.z",
}


@pytest.mark.parametrize("how", FORGED)
def test_a_token_that_does_not_prove_it_signs_nobody_in(door: Door, how: str) -> None:
    door.issuer.forge = lambda claims: FORGED[how](door.issuer, claims)
    door.refuses(door.signs_in(door.web.stranger()), 503 if how == "an unknown key" else 403)


def test_a_token_for_another_sign_in_is_not_believed_though_the_issuer_gives_it(door: Door) -> None:
    """A nonce that was swapped: the issuer answers one code with the token of another."""
    before: list[str] = []

    def first_of_all(claims: Claims) -> str:
        before.append(door.issuer.signed(claims))
        return before[0]

    door.issuer.forge = first_of_all
    assert door.signs_in(door.web.stranger()).status_code == 303
    answer = door.signs_in(door.web.stranger())
    assert (answer.status_code, "does not prove" in answer.text) == (403, True)
    assert door.sessions() == 1


def test_an_issuer_that_forgets_what_it_was_asked_is_given_the_verifier_of_this_sign_in_alone(door: Door) -> None:
    first, second = door.web.stranger(), door.web.stranger()
    asked = [dict(parse_qsl(urlsplit(browser.get(BEGIN).headers["location"]).query)) for browser in (first, second)]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name]
    assert len({asked[0][name] for name in ("state", "nonce", "code_challenge")}) == 3


# -- an issuer that is away, or wrong ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path", [DISCOVERY, TOKEN])
@pytest.mark.parametrize("answer", [
    says(b"", 500), says(b"no JSON"), says(b"{}"), says(b"", 302, location="http://127.0.0.1:9/"), says(b"x" * 300_000)])
def test_an_issuer_that_does_not_help_is_said_and_links_still_work(door: Door, path: str, answer: Any,
                                                                  caplog: pytest.LogCaptureFixture) -> None:
    browser = door.web.stranger()
    if path == DISCOVERY:
        door.issuer.answers[path] = answer
        refused = browser.get(BEGIN)
    else:
        back = door.goes_there(browser)
        door.issuer.answers[path] = answer
        refused = browser.get(back)
    assert "Nobody can sign in at 127.0.0.1 now" in door.refuses(refused, 503)
    assert "sign_in.issuer_away" in caplog.messages
    assert ("GET", "/") not in door.issuer.asked
    assert browser.submit(door.web.link("ann"), "/sign-in").status_code == 303


def test_addresses_that_are_known_are_kept_while_the_issuer_does_not_answer(door: Door) -> None:
    assert door.signs_in(door.web.stranger()).status_code == 303
    door.issuer.answers[DISCOVERY] = says(b"", 500)
    assert door.signs_in(door.web.stranger()).status_code == 303
    assert door.issuer.asked.count(("GET", DISCOVERY)) <= 2  # once for the addresses, once for where the keys are


@pytest.mark.parametrize("more", [
    {"issuer": "https://evil.example"}, {"authorization_endpoint": "http://evil.example/"}, {"token_endpoint": "http://evil.example/"},
    {"token_endpoint": None}, {"authorization_endpoint": "javascript:alert(1)"}, {"code_challenge_methods_supported": ["plain"]},
    {"code_challenge_methods_supported": []}])
def test_an_issuer_that_cannot_be_trusted_with_it_is_not_asked(door: Door, more: Claims) -> None:
    door.issuer.more = more
    door.refuses(door.web.stranger().get(BEGIN), 503)


def test_a_secret_that_the_issuer_does_not_take_is_said_and_never_shown(sqlite: SqliteTemplate, tmp_path: Path,
                                                                        caplog: pytest.LogCaptureFixture) -> None:
    with door_of(sqlite.copy(tmp_path), tmp_path, oidc_client_secret="not the right one") as door, caplog.at_level(logging.DEBUG):
        door.refuses(door.signs_in(door.web.stranger()), 503)
        assert door.issuer.refused == ["client"]
    assert "not the right one" not in "".join(str(record.__dict__) for record in caplog.records)


def test_where_no_issuer_is_set_there_is_no_such_way(web: Web) -> None:
    for path in (BEGIN, BACK):
        assert web.stranger().get(path).status_code == 404
    assert "Sign in at" not in web.stranger().see("/sign-in").words


def test_it_works_at_no_other_host_than_the_public_one(door: Door) -> None:
    browser = door.web.stranger()
    back = urlsplit(door.goes_there(browser))
    for path in (BEGIN, f"{back.path}?{back.query}"):
        assert browser.get(path, headers={"Host": "evil.example"}).status_code == 400
    assert door.sessions() == 0


def test_the_issuer_is_asked_for_nothing_but_what_is_needed(door: Door) -> None:
    door.signs_in(door.web.stranger())
    assert {path for _, path in door.issuer.asked} == {DISCOVERY, "/keys", AUTHORIZE, TOKEN}
