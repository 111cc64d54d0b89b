"""How the keys of an outside issuer are had, kept and given up."""

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest

from integrations.oidc.documents import LARGEST, Documents, NoDocument
from integrations.oidc.jwks import Jwks
from integrations.oidc.key_set import KeySet, PublicKey, parse_keys
from integrations.oidc.keys import FRESH, LAST, PAUSE, PAUSE_WITHOUT_KEYS, STALE, WAIT, WAITING, CachedKeys
from tests.doubles.oidc_issuer import DISCOVERY, KEYS, Answer, OidcDouble, drips, oidc_issuer, public_jwk, says

ALL = ("RS256", "ES256", "EdDSA")


@pytest.fixture
def issuer() -> Iterator[OidcDouble]:
    with oidc_issuer() as double:
        yield double


def jwks(issuer: OidcDouble, url: str | None = None) -> Jwks:
    return Jwks(issuer=issuer.issuer, url=url, algorithms=ALL, documents=Documents())


def why_not(issuer: OidcDouble, url: str | None = None, seconds: float = 5) -> str:
    with pytest.raises(NoDocument) as none:
        jwks(issuer, url).fetch(seconds)
    assert issuer.url not in str(none.value)
    return str(none.value)


# -- what is a key ----------------------------------------------------------------------------------------------------------------


def test_each_kind_of_key_is_for_one_algorithm() -> None:
    found = parse_keys({"keys": [public_jwk("first"), public_jwk("e", "ES256"), public_jwk("d", "EdDSA")]}, ALL)
    assert set(found) == {("first", "RS256"), ("e", "ES256"), ("d", "EdDSA")}
    bare = [{k: v for k, v in public_jwk("first").items() if k not in ("alg", "use")}]
    assert set(parse_keys({"keys": bare}, ALL)) == {("first", "RS256")}


def test_only_allowed_algorithms_have_keys() -> None:
    keys = {"keys": [public_jwk("first"), public_jwk("e", "ES256")]}
    assert set(parse_keys(keys, ["ES256"])) == {("e", "ES256")}
    assert parse_keys(keys, []) == {}


@pytest.mark.parametrize("wrong", [
    {"alg": "PS256"}, {"alg": "HS256"}, {"alg": None}, {"alg": ["RS256"]}, {"use": "enc"}, {"use": None},
    {"key_ops": ["sign"]}, {"key_ops": "verify"}, {"kid": None}, {"kid": ""}, {"kid": 1}, {"kid": "k" * 201},
    {"kty": "oct", "k": "c2VjcmV0"}, {"kty": "EC"}, {"kty": ["RSA"]}, {"crv": "P-256"}, {"crv": {}},
    {"n": "AQAB"}, {"n": None}, {"n": "!"}, {"n": 5}, {"e": "AA"}, {"e": ""}, {"d": "AQAB"}])
def test_what_is_no_key_for_signatures_is_left_out(wrong: dict[str, Any]) -> None:
    assert set(parse_keys({"keys": [public_jwk("first") | wrong, public_jwk("second")]}, ALL)) == {("second", "RS256")}


@pytest.mark.parametrize("keys", [None, {}, "x", [None], [[]], ["x"], [1], [{}]])
def test_what_is_no_list_of_keys_has_none(keys: Any) -> None:
    assert parse_keys({"keys": keys}, ALL) == {}


def test_an_id_that_stands_for_two_keys_names_neither() -> None:
    twin = public_jwk("second") | {"kid": "first"}
    assert parse_keys({"keys": [public_jwk("first"), twin, public_jwk("first")]}, ALL) == {}
    assert set(parse_keys({"keys": [public_jwk("first"), public_jwk("first")]}, ALL)) == {("first", "RS256")}


def test_a_short_rsa_key_is_left_out() -> None:
    n = "u" + "1" * 170  # 1024 bits
    assert parse_keys({"keys": [public_jwk("first") | {"n": n}]}, ALL) == {}


# -- where they are ---------------------------------------------------------------------------------------------------------------


def test_discovery_says_where_the_keys_are(issuer: OidcDouble) -> None:
    assert set(jwks(issuer).fetch()) == {("first", "RS256")}
    assert issuer.asked == [DISCOVERY, KEYS]


def test_an_address_of_the_keys_needs_no_discovery(issuer: OidcDouble) -> None:
    assert set(jwks(issuer, issuer.url + KEYS).fetch()) == {("first", "RS256")}
    assert issuer.asked == [KEYS]


@pytest.mark.parametrize("other", ["https://login.example.com", None, ["{url}"], "{url}/", "{URL}x"])
def test_a_discovery_document_of_another_issuer_is_not_followed(issuer: OidcDouble, other: Any) -> None:
    named = other.format(url=issuer.url, URL=issuer.url) if isinstance(other, str) else other
    issuer.answers[DISCOVERY] = says(json.dumps(issuer.discovery() | {"issuer": named}).encode())
    assert why_not(issuer) == "its discovery document names another issuer"
    assert KEYS not in issuer.asked


@pytest.mark.parametrize("address", [
    "http://keys.example.com/", "file:///etc/passwd", "ftp://127.0.0.1/", "//keys.example.com/", "", None, 7, "https://", "http://[", "http://x:y/",
    "http://127.0.0.1.example.com/"])
def test_keys_in_clear_over_the_network_are_not_asked_for(issuer: OidcDouble, address: Any) -> None:
    issuer.answers[DISCOVERY] = says(json.dumps(issuer.discovery() | {"jwks_uri": address}).encode())
    assert why_not(issuer) == "its discovery document names no https:// address of keys"


@pytest.mark.parametrize("path", [DISCOVERY, KEYS])
@pytest.mark.parametrize(("answer", "said"), [
    (says(b"", 503), "it answers 503"), (says(b'{"keys": []}', 404), "it answers 404"), (says(b"<html>"), "its answer is no JSON object"),
    (says(b"[]"), "its answer is no JSON object"), (says(b"[" * 100_000), "its answer is no JSON object"),
    (says(b"\xff"), "its answer is no JSON object"),
    (says(b" " * (LARGEST + 1)), "its answer is larger than 256 kB")])
def test_whatever_else_is_there_brings_no_keys(issuer: OidcDouble, path: str, answer: Answer, said: str) -> None:
    issuer.answers[path] = answer
    assert why_not(issuer).endswith(f"cannot be had: {said}")


def test_a_redirect_is_not_followed(issuer: OidcDouble) -> None:
    with oidc_issuer() as other:
        for path in (DISCOVERY, KEYS):
            issuer.answers = {path: says(b"", 302, location=other.url + path)}
            assert why_not(issuer).endswith("it answers 302")
        assert other.asked == []


def test_an_object_without_keys_is_no_jwks(issuer: OidcDouble) -> None:
    issuer.answers[KEYS] = says(b'{"keys": {}}')
    assert why_not(issuer) == "its keys cannot be had: what is at their address is no JWKS"


@pytest.mark.parametrize("path", [DISCOVERY, KEYS])
def test_the_deadline_holds_for_both_documents_together(issuer: OidcDouble, path: str) -> None:
    issuer.answers[path] = drips(issuer.over)
    began = time.monotonic()
    assert "no answer within" in why_not(issuer, seconds=0.5)
    assert time.monotonic() - began < 1


def test_nobody_there_brings_no_keys(issuer: OidcDouble) -> None:
    assert "no answer: ConnectError" in why_not(issuer, "http://127.0.0.1:1/")


# -- how long they are kept -------------------------------------------------------------------------------------------------------


@dataclass
class Source:
    """An issuer whose keys are texts here, whose time is moved by hand, and which can be away or slow."""

    keys: dict[tuple[str, str], Any] = field(default_factory=lambda: {("first", "RS256"): "key 1"})
    away: bool = False
    slow: threading.Event | None = None
    now: float = 1_000.0
    fetched: int = 0
    told: list[bool] = field(default_factory=list)

    def fetch(self) -> KeySet:
        self.fetched += 1
        if self.slow is not None:
            self.slow.wait(10)
        if self.away:
            raise NoDocument("it is away")
        return dict(self.keys)

    def cached(self) -> CachedKeys:
        return CachedKeys(self.fetch, told=self.told.append, clock=lambda: self.now)

    def later(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def source() -> Source:
    return Source()


def settled(keys: CachedKeys) -> None:
    """Wait for a try that is under way."""
    with keys._lock:
        trying = keys._trying
    if trying is not None:
        assert trying.wait(5)


def find(keys: CachedKeys, kid: str = "first") -> PublicKey | None:
    found = keys.find(kid, "RS256")
    settled(keys)
    return found


def test_nothing_is_asked_before_it_is_needed(source: Source) -> None:
    keys = source.cached()
    assert source.fetched == 0
    assert find(keys) == "key 1"
    assert source.fetched == 1


def test_what_was_prepared_is_there(source: Source) -> None:
    keys = source.cached()
    keys.refresh()
    settled(keys)
    assert find(keys) == "key 1"
    assert (source.fetched, source.told) == (1, [True])


def test_fresh_keys_are_used_as_they_are(source: Source) -> None:
    keys = source.cached()
    for _ in range(100):
        assert find(keys) == "key 1"
    source.later(FRESH - 1)
    assert find(keys) == "key 1"
    assert source.fetched == 1


def test_a_key_is_for_its_algorithm_only(source: Source) -> None:
    keys = source.cached()
    assert find(keys) == "key 1"
    assert keys.find("first", "ES256") is None


def test_a_new_key_is_asked_for_when_a_token_names_it(source: Source) -> None:
    keys = source.cached()
    assert find(keys) == "key 1"
    source.keys = {("first", "RS256"): "key 1", ("second", "RS256"): "key 2"}
    source.later(PAUSE)
    assert find(keys, "second") == "key 2"
    assert source.fetched == 2


def test_any_number_of_unknown_ids_ask_once_a_minute(source: Source) -> None:
    keys = source.cached()
    assert find(keys) == "key 1"
    for minute in range(3):
        source.later(PAUSE)
        for n in range(50):
            assert find(keys, f"random {minute} {n}") is None
    assert source.fetched == 4


def test_a_key_that_was_taken_away_is_refused_within_ten_minutes(source: Source) -> None:
    assert STALE <= 600
    keys = source.cached()
    assert find(keys) == "key 1"
    source.keys = {("second", "RS256"): "key 2"}
    source.later(STALE)
    assert find(keys) is None


def test_a_key_that_was_taken_away_is_refused_after_five_minutes_if_there_is_traffic(source: Source) -> None:
    keys = source.cached()
    assert find(keys) == "key 1"
    source.keys = {}
    source.later(FRESH)
    find(keys)  # asks beside it
    assert find(keys) is None


def test_old_keys_are_asked_for_without_letting_anybody_wait(source: Source) -> None:
    keys = source.cached()
    assert find(keys) == "key 1"
    source.slow = threading.Event()
    source.later(FRESH)
    began = time.monotonic()
    assert keys.find("first", "RS256") == "key 1"
    assert time.monotonic() - began < WAIT / 2
    source.slow.set()
    settled(keys)
    assert source.fetched == 2


def test_an_outage_keeps_known_keys_for_an_hour_and_no_longer(source: Source) -> None:
    keys = source.cached()
    assert find(keys) == "key 1"
    source.away = True
    for minute in range(59):
        source.later(60)
        assert find(keys) == "key 1", minute
        assert find(keys, "unknown") is None
    source.later(60)
    assert LAST == 3_600
    assert find(keys) is None
    assert source.fetched < 70
    assert set(source.told[1:]) == {False}


def test_an_outage_from_the_start_opens_nothing_and_is_asked_about_now_and_then(source: Source) -> None:
    source.away = True
    keys = source.cached()
    for _ in range(50):
        assert find(keys) is None
    assert source.fetched == 1
    source.away = False
    source.later(PAUSE_WITHOUT_KEYS)
    assert find(keys) == "key 1"
    assert source.told == [False, True]


def test_after_a_night_without_a_token_the_first_one_waits_for_new_keys(source: Source) -> None:
    keys = source.cached()
    assert find(keys) == "key 1"
    source.keys = {("second", "RS256"): "key 2"}
    source.later(12 * 3_600)
    assert find(keys) is None
    assert find(keys, "second") == "key 2"


def test_many_at_once_ask_once_and_all_have_the_answer(source: Source) -> None:
    keys = source.cached()
    source.slow = threading.Event()
    threading.Timer(0.3, source.slow.set).start()
    with ThreadPoolExecutor(WAITING) as pool:
        assert list(pool.map(lambda _: keys.find("first", "RS256"), range(WAITING))) == ["key 1"] * WAITING
    assert source.fetched == 1


def test_no_more_than_a_few_wait_and_none_for_long(source: Source) -> None:
    keys = source.cached()
    source.slow = threading.Event()
    took: list[float] = []

    def ask(_: int) -> PublicKey | None:
        began = time.monotonic()
        found = keys.find("first", "RS256")
        took.append(time.monotonic() - began)
        return found

    with ThreadPoolExecutor(40) as pool:
        assert list(pool.map(ask, range(40))) == [None] * 40
    source.slow.set()
    settled(keys)
    assert source.fetched == 1
    assert max(took) < WAIT + 1
    assert sum(t > WAIT / 2 for t in took) == WAITING


def test_a_try_that_fails_in_an_unknown_way_is_not_the_last(source: Source) -> None:
    def broken() -> KeySet:
        raise MemoryError

    keys = CachedKeys(broken, told=source.told.append, clock=lambda: source.now)
    over = threading.Event()
    with pytest.raises(MemoryError):
        keys._try(over)
    assert over.is_set()
    assert source.told == [False]
    source.later(PAUSE_WITHOUT_KEYS)
    keys._fetch = source.fetch
    assert find(keys) == "key 1"
