"""What is taken out of a log line."""

import json
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.domain.logs import HIDDEN, LONGEST_LINE, clean

JWT = "eyJhbGciOiJFZERTQSIsInR5cCI6InBsYWNldCtqd3QifQ.eyJzdWIiOiJhbm5AYWNtZS5vcmciLCJyb2xlIjoib3duZXIifQ.c2lnbmF0dXJlLW9mLWl0"
KEY = "MC4CAQAwBQYDK2VwBCIEIA"
TOKENS = {
    "GitHub": "ghp_" + "Ab1" * 12, "GitHub app": "ghs_" + "Ab1" * 12, "GitHub fine-grained": "github_pat_" + "11ABCDEFG0_" * 7,
    "Slack bot": "xoxb-123456789012-" + "Ab1" * 8, "Slack user": "xoxp-1-2-3-" + "ab12" * 8, "Slack app": "xapp-1-A012-345-" + "ab" * 16,
    "webhook": "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "sfdx": "force://PlatformCLI::5Aep861TSESvWeug_xvFHRBTTbf@acme.my.salesforce.com",
    "JWT": JWT, "JWT without a signature": JWT.rpartition(".")[0] + ".",
    "JWE": "eyJhbGciOiJkaXIifQ..aXYtaXYtaXYtaXY.Y2lwaGVydGV4dA.dGFnLXRhZw",
    "PEM": f"-----BEGIN PRIVATE KEY-----\n{KEY}\n-----END PRIVATE KEY-----",
    "RSA": f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}--{KEY}\n-----END RSA PRIVATE KEY-----",
    "OpenPGP": f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n{KEY}\n-----END PGP PRIVATE KEY BLOCK-----",
    "PEM cut off": f"-----BEGIN EC PRIVATE KEY-----\n{KEY}",
}
tokens = pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)


@tokens
@pytest.mark.parametrize("around", ["{}", "Bearer {}", "token={}", '{{"token": "{}"}}', "https://x:{}", "\x1b[32m{}", "MY_{}", "a.b {}"])
def test_a_token_is_hidden_wherever_it_stands(token: str, around: str) -> None:
    cleaned = clean(around.format(token))
    assert cleaned.startswith(around.format("|").partition("|")[0])
    assert HIDDEN in cleaned
    assert token[12:] not in cleaned
    assert KEY not in cleaned


@pytest.mark.parametrize("follows", [" and so on", "\nnext", '"', "'", ","])
def test_what_follows_a_token_stays(follows: str) -> None:
    for name, token in TOKENS.items():
        if name != "PEM cut off" and not (name == "sfdx" and follows == ","):
            assert clean(token + follows) == HIDDEN + follows, name


@pytest.mark.parametrize("text", [
    "granted Admin on payments-prod to ann@acme.org until 2026-01-31T12:00:00.000Z", "eyes on hostname.example.org", "ghp_short", "xoxb-1",
    "a monkeyJungle.example.org", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "1.2.3", "see example.com/a.b.c.d", ""])
def test_an_ordinary_line_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


def test_a_secret_within_another_leaves_nothing_of_that_one() -> None:
    assert clean("it is a-zebra-c and zebra", ["zebra", "a-zebra-c"]) == f"it is {HIDDEN} and {HIDDEN}"


@pytest.mark.parametrize("secret", ["it's a \"secret\"", "two\nlines", "back\\slash", "caf\u00e9!", "tab\there"])
def test_a_secret_is_hidden_however_it_is_quoted(secret: str) -> None:
    assert clean(f"<{secret}>", [secret]) == f"<{HIDDEN}>"
    assert clean(f"<{json.dumps(secret)}>", [secret]) == f'<"{HIDDEN}">'
    quoted = repr(secret)
    assert clean(f"<{quoted}>", [secret]) == f"<{quoted[0]}{HIDDEN}{quoted[0]}>"


def test_what_is_too_short_for_a_jwt_stays() -> None:
    assert clean("eyJ" + "a.b." + "c" * 16) == "eyJ" + "a.b." + "c" * 16
    assert clean("eyJ" + "a.b." + "c" * 17) == HIDDEN


def test_two_tokens_are_hidden_apart() -> None:
    assert clean(f"{TOKENS['GitHub']} {JWT} {TOKENS['Slack bot']}") == f"{HIDDEN} {HIDDEN} {HIDDEN}"


def test_the_secrets_of_a_run_are_hidden_the_longer_ones_first() -> None:
    assert clean("hunter2-and-more, hunter2", ["hunter2", "hunter2-and-more"]) == f"{HIDDEN}, {HIDDEN}"
    assert clean("pin 4711", ["4711"]) == f"pin {HIDDEN}"


def test_a_secret_beyond_the_end_of_a_line_is_hidden_before_the_line_is_cut() -> None:
    secret = "correct horse battery staple"
    assert clean("x" * (LONGEST_LINE - 10) + secret, [secret])[LONGEST_LINE - 10:] == HIDDEN


def test_a_very_short_secret_hides_nothing() -> None:
    """Three letters occur everywhere; they would tell themselves by what is missing."""
    assert clean("a cat sat", ["cat", ""]) == "a cat sat"


def test_a_line_is_bounded_and_fit_for_every_database() -> None:
    assert len(clean("x" * 100_000)) == LONGEST_LINE
    assert clean("a\x00b\ud800c") == "a\ufffdb?c"


letters = st.characters(codec="utf-8", exclude_characters="\x00")


@given(st.text(max_size=80), st.lists(st.text(letters, min_size=4, max_size=12), max_size=4), st.data())
def test_a_secret_never_stays(text: str, secrets: list[str], data: st.DataObject) -> None:
    for secret in secrets:
        assume(secret not in HIDDEN)
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + secret + text[at:]
    untouched = text
    for secret in sorted(secrets, key=len, reverse=True):
        untouched = untouched.replace(secret, "\ue000")
    cleaned = clean(text, secrets)
    for secret in secrets:
        if secret not in untouched:
            assert secret not in cleaned.replace(HIDDEN, "\ue000")


@given(st.text(max_size=200))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(st.text(max_size=200))
def test_whatever_is_cleaned_can_be_stored(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned


BOMBS = {
    "ey": "ey-", "eyJ": "eyJ-", "dotted": "eyJ-eyJ-eyJ-eyJ.", "dots": "a.", "words": "a", "dashes": "-", "begin": "-----BEGIN ",
    "key": "-----BEGIN PRIVATE KEY-----", "capitals": "-----BEGIN A A A A ", "github": "ghp_aaaaaaaaaaaaaaaaaaa", "pat": "github_pat_",
    "slack": "xoxb-a", "force": "force:/", "end": "-----END "}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_no_text_takes_long(bomb: str) -> None:
    """64 kB. What takes 5 ms where this was written may take ten times as long elsewhere; a quadratic pattern takes longer still."""
    text = (bomb * 65_536)[:65_536]
    took = min(_seconds(text) for _ in range(3))
    assert took < 0.05


def _seconds(text: str) -> float:
    began = time.thread_time()
    clean(text, ["a-secret-that-is-not-there"])
    return time.thread_time() - began
