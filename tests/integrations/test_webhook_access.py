import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from core.engine.grant_access import AccessRequest
from core.flows.context import Effect, EffectRefused
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import NoAnswer, WebhookClient
from integrations.webhooks.signed import parse_secret
from tests.doubles.access_webhook import SECRET, AccessWebhook, Fault, read_ledger

OTHER_SECRET = "whsec_/////////////////////////////////////////w=="  # pragma: allowlist secret
CLIENT = WebhookClient()
ANN = AccessRequest(subject="ann@c.example", target="prod", level="admin", minutes=60, reason="fix it", execution_id="run-1")


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[AccessWebhook]:
    with AccessWebhook(ledger_file=tmp_path / "ledger") as receiver:
        yield receiver


def access(receiver: AccessWebhook, *secrets: str) -> WebhookAccess:
    return WebhookAccess(receiver.url, secrets or (SECRET,), CLIENT)


def effect(key: str = "run-1:2", seconds: float = 5.0, attempt: int = 1) -> Effect:
    return Effect(key=key, seconds=seconds, attempt=attempt)


def saying(status: int, body: object = None) -> Fault:
    return Fault(status=status, body=body if isinstance(body, bytes) else json.dumps(body).encode())


def test_access_is_given_since_the_time_that_the_receiver_says(receiver: AccessWebhook) -> None:
    activated_at = access(receiver).grant(ANN, effect())

    assert abs(activated_at - datetime.now(UTC)) < timedelta(seconds=5)
    assert receiver.live() == {("ann@c.example", "prod", "admin")}


def test_the_receiver_is_told_everything_it_needs(receiver: AccessWebhook) -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    class Client(WebhookClient):
        def post(self, url: str, body: bytes, headers: object, *, seconds: float) -> object:  # type: ignore[override]
            seen.append((dict(headers), body))  # type: ignore[call-overload]
            return super().post(url, body, headers, seconds=seconds)  # type: ignore[arg-type]

    provider = WebhookAccess(receiver.url, [SECRET], Client())
    provider.grant(ANN, effect())
    provider.grant(ANN, effect(attempt=2))
    provider.revoke(ANN, effect())

    assert json.loads(seen[0][1]) == {
        "type": "access.grant", "key": "run-1:2", "subject": "ann@c.example", "target": "prod", "level": "admin", "durationMinutes": 60,
        "reason": "fix it", "executionId": "run-1"}
    assert json.loads(seen[2][1])["type"] == "access.revoke"
    assert [headers["idempotency-key"] for headers, _ in seen] == ["run-1:2"] * 3
    assert [headers["webhook-id"] for headers, _ in seen] == ["run-1:2:grant", "run-1:2:grant", "run-1:2:revoke"]


def test_a_repeat_after_a_lost_answer_answers_the_same(receiver: AccessWebhook) -> None:
    receiver.faults = [Fault(drop=True)]
    with pytest.raises(NoAnswer):
        access(receiver).grant(ANN, effect())

    second, third = access(receiver).grant(ANN, effect(attempt=2)), access(receiver).grant(ANN, effect(attempt=3))

    assert second == third
    assert second.timestamp() == pytest.approx(receiver.ledger[0].at, abs=0.05)
    assert receiver.deeds() == ["granted", "granted again", "granted again"]


def test_a_revoked_key_is_never_granted_again(receiver: AccessWebhook) -> None:
    access(receiver).grant(ANN, effect())
    access(receiver).revoke(ANN, effect())

    with pytest.raises(EffectRefused, match="taken back"):
        access(receiver).grant(ANN, effect())
    assert receiver.live() == set()


def test_a_key_revoked_before_it_was_granted_is_never_granted(receiver: AccessWebhook) -> None:
    access(receiver).revoke(ANN, effect())

    with pytest.raises(EffectRefused, match="taken back"):
        access(receiver).grant(ANN, effect())
    assert receiver.deeds() == ["revoked unseen", "refused"]


def test_a_revoke_is_repeated_without_harm(receiver: AccessWebhook) -> None:
    access(receiver).grant(ANN, effect())
    access(receiver).revoke(ANN, effect())
    access(receiver).revoke(ANN, effect())

    assert receiver.deeds() == ["granted", "revoked", "revoked again"]


def test_access_that_another_grant_gives_too_stays(receiver: AccessWebhook) -> None:
    access(receiver).grant(ANN, effect("run-1:2"))
    access(receiver).grant(ANN, effect("run-2:2"))

    access(receiver).revoke(ANN, effect("run-1:2"))
    assert receiver.live() == {("ann@c.example", "prod", "admin")}
    access(receiver).revoke(ANN, effect("run-2:2"))
    assert receiver.live() == set()
    assert [entry.taken_away for entry in receiver.ledger] == [False, False, False, True]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 202, 204, 301, 302, 307])
def test_an_answer_that_may_change_is_tried_again(receiver: AccessWebhook, status: int) -> None:
    receiver.faults = [saying(status)]

    with pytest.raises(NoAnswer, match=str(status)):
        access(receiver).grant(ANN, effect())
    access(receiver).grant(ANN, effect(attempt=2))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 451])
def test_a_refusal_is_final_and_says_the_status(receiver: AccessWebhook, status: int) -> None:
    receiver.faults = [saying(status, {"error": "no such org"})]

    with pytest.raises(EffectRefused, match=rf"refused: {status} .*no such org"):
        access(receiver).grant(ANN, effect())


def test_what_a_refusal_says_is_kept_short_and_clean(receiver: AccessWebhook) -> None:
    token = "ghp_" + "a" * 36
    receiver.faults = [saying(400, f"no\x1b[31m\r\n\tway {token} \u202e".encode() + b"\xff" + b"x" * 100_000)]

    with pytest.raises(EffectRefused) as refused:
        access(receiver).grant(ANN, effect())

    said = str(refused.value)
    assert said.startswith("the access webhook refused: 400 (no [31m way [redacted] ")
    assert token not in said
    assert said.isprintable()
    assert len(said) < 300


@pytest.mark.parametrize("body", [
    None, {}, [], "2026-01-01T00:00:00Z", {"activatedAt": None}, {"activatedAt": 1767225600}, {"activatedAt": ""}, {"activatedAt": "soon"},
    {"activatedAt": "2026-01-01"}, {"activatedAt": "2026-13-01T00:00:00Z"}, {"activatedAt": "0001-01-01T00:00:00+14:00"}, b"", b"<html>",
    b"[" * 100_000, b'{"activatedAt": "2026-01-01T00:00:00Z", "more": "' + b"x" * 70_000 + b'"}',
])
def test_a_grant_without_a_time_is_refused(receiver: AccessWebhook, body: object) -> None:
    receiver.faults = [saying(200, body)]

    with pytest.raises(EffectRefused, match="without a valid activatedAt"):
        access(receiver).grant(ANN, effect())


@pytest.mark.parametrize("text", ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.000000Z"])
def test_a_time_is_read_in_every_spelling_of_rfc_3339(receiver: AccessWebhook, text: str) -> None:
    receiver.faults = [saying(200, {"activatedAt": text})]

    assert access(receiver).grant(ANN, effect()) == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("fault", [saying(200), saying(204), saying(410), saying(404, {"key": "run-1:2"})])
def test_a_revoke_is_done_once_the_receiver_says_so(receiver: AccessWebhook, fault: Fault) -> None:
    receiver.faults = [fault]

    access(receiver).revoke(ANN, effect())


@pytest.mark.parametrize("fault", [
    saying(404), saying(404, b"<html>no such host</html>"), saying(404, {"key": "another:1"}), saying(409), saying(403), saying(401),
    saying(429), saying(500), saying(302), saying(202),
])
def test_a_revoke_that_may_not_have_been_done_is_tried_again(receiver: AccessWebhook, fault: Fault) -> None:
    receiver.faults = [fault]

    with pytest.raises(NoAnswer):
        access(receiver).revoke(ANN, effect())


def test_the_deadline_of_the_effect_is_held(receiver: AccessWebhook) -> None:
    receiver.faults = [Fault(wait=2.0)]
    began = time.monotonic()

    with pytest.raises(NoAnswer, match="within"):
        access(receiver).grant(ANN, effect(seconds=0.2))
    assert time.monotonic() - began < 0.6


@pytest.mark.parametrize("secrets", [(OTHER_SECRET, SECRET), (SECRET, OTHER_SECRET)])
def test_during_a_rotation_both_secrets_sign(receiver: AccessWebhook, secrets: tuple[str, str]) -> None:
    access(receiver, *secrets).grant(ANN, effect())

    assert receiver.deeds() == ["granted"]


def test_another_secret_gives_nobody_access(receiver: AccessWebhook) -> None:
    with pytest.raises(EffectRefused, match="401"):
        access(receiver, OTHER_SECRET).grant(ANN, effect())

    assert receiver.deeds() == ["unauthorised"]


@pytest.mark.parametrize("secret", [
    "", "whsec_", "whsec_AAAA", "A" * 40, "whsec_!" + "A" * 40, "whsec_é" + "A" * 40, "whsec_" + "A" * 100,
])
def test_a_secret_that_is_none_is_refused_without_showing_it(secret: str) -> None:
    with pytest.raises(ValueError, match="24 to 64 bytes") as refused:
        parse_secret(secret)
    assert not secret[6:] or secret not in str(refused.value)


def signed(body: bytes, *, message: str = "m:grant", age: timedelta = timedelta()) -> dict[str, str]:
    at = datetime.now(UTC) - age
    return {"webhook-id": message, "webhook-timestamp": str(int(at.timestamp())), "idempotency-key": "k",
            "webhook-signature": Webhook(SECRET).sign(message, at, body.decode())}


BODY = json.dumps({"type": "access.grant", "key": "k", "subject": "s", "target": "t", "level": "l", "durationMinutes": 1, "reason": "",
                   "executionId": "k"}).encode()


@pytest.mark.parametrize(("headers", "body"), [
    ({}, BODY),
    ({"idempotency-key": "k", "webhook-id": "m:grant"}, BODY),
    (signed(BODY), BODY.replace(b'"s"', b'"evil"')),
    (signed(BODY, age=timedelta(minutes=6)), BODY),
    (signed(BODY, age=timedelta(hours=-1)), BODY),
    (signed(BODY) | {"webhook-id": "other"}, BODY),
    (signed(BODY) | {"webhook-signature": "v1,AAAA"}, BODY),
    (signed(BODY) | {"webhook-signature": "nonsense"}, BODY),
])
def test_the_double_believes_no_unsigned_tampered_or_old_request(receiver: AccessWebhook, headers: dict[str, str], body: bytes) -> None:
    assert receiver.receive(headers, body)[0] == 401
    assert receiver.live() == set()


def test_the_double_refuses_what_is_signed_and_malformed(receiver: AccessWebhook) -> None:
    bad = BODY.replace(b"access.grant", b"access.steal")

    assert receiver.receive(signed(bad), bad)[0] == 400
    assert receiver.receive(signed(BODY) | {"idempotency-key": "other"}, BODY)[0] == 400
    assert receiver.live() == set()


def test_the_double_keeps_its_ledger_in_a_file_too(receiver: AccessWebhook, tmp_path: Path) -> None:
    access(receiver).grant(ANN, effect())
    access(receiver).revoke(ANN, effect())

    assert read_ledger(tmp_path / "ledger") == receiver.ledger
