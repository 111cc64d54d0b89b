"""Deployments by webhook: what is sent, and how the answers are read."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.engine.deploy_release import ReleaseRequest
from core.flows.context import Effect, EffectRefused, NotYet
from integrations.webhooks.client import NoAnswer, WebhookClient
from integrations.webhooks.release import WebhookRelease
from tests.doubles.release_webhook import SECRET, ReleaseWebhook

OTHER_SECRET = "whsec_/////////////////////////////////////////w=="  # pragma: allowlist secret
CLIENT = WebhookClient()
V7 = ReleaseRequest(project="acme/app", release="v7", environment="prod", reason="fix it", execution_id="run-1")
KEY = Effect(key="run-1:3", seconds=5, attempt=1)


@pytest.fixture
def receiver() -> Iterator[ReleaseWebhook]:
    with ReleaseWebhook() as receiver:
        yield receiver


def release(receiver: ReleaseWebhook, *secrets: str) -> WebhookRelease:
    return WebhookRelease(receiver.url, secrets or (SECRET,), CLIENT)


def test_a_release_is_deployed_once_for_its_key(receiver: ReleaseWebhook) -> None:
    provider = release(receiver)
    assert provider.deploy(V7, KEY) == "https://deploy.example/prod"
    assert provider.deploy(V7, replace(KEY, attempt=2)) == "https://deploy.example/prod"
    assert receiver.deployed == ["v7 to prod of acme/app"]
    assert receiver.requests[0] == {"type": "release.deploy", "key": "run-1:3", "repositoryIdentifier": "acme/app", "release": "v7",
                                    "environment": "prod", "reason": "fix it", "executionId": "run-1"}


def test_what_is_under_way_is_no_failure() -> None:
    with ReleaseWebhook(looks=1) as receiver:
        provider = release(receiver)
        with pytest.raises(NotYet, match=r"the release webhook answered 202 \(half of it is there\)"):
            provider.deploy(V7, KEY)
        assert provider.deploy(V7, KEY) == "https://deploy.example/prod"


def test_a_stopped_key_is_never_deployed(receiver: ReleaseWebhook) -> None:
    provider = release(receiver)
    provider.stop(V7, KEY)
    with pytest.raises(EffectRefused, match=r"says that run-1:3 has been stopped already, for good"):
        provider.deploy(V7, KEY)
    assert receiver.deployed == []


@pytest.mark.parametrize(("status", "refusal"), [
    (400, EffectRefused), (403, EffectRefused), (404, EffectRefused), (422, EffectRefused), (408, NoAnswer), (425, NoAnswer),
    (429, NoAnswer), (500, NoAnswer), (503, NoAnswer), (201, NoAnswer), (302, NoAnswer)])
def test_an_answer_is_a_refusal_or_a_reason_to_try_again(receiver: ReleaseWebhook, status: int, refusal: type[Exception]) -> None:
    receiver.says = [(status, b"no such environment")]
    with pytest.raises(refusal, match=f"{status} .no such environment."):
        release(receiver).deploy(V7, KEY)


@pytest.mark.parametrize(("status", "body", "done"), [
    (200, b"", True), (204, b"", True), (410, b"", True), (404, b'{"key": "run-1:3"}', True), (404, b"", False), (202, b"", False),
    (400, b"", False), (401, b"", False), (500, b"", False)])
def test_a_stop_is_done_only_if_the_receiver_says_so(receiver: ReleaseWebhook, status: int, body: bytes, done: bool) -> None:
    receiver.says = [(status, body)]
    if done:
        release(receiver).stop(V7, KEY)
        return
    with pytest.raises(NoAnswer):
        release(receiver).stop(V7, KEY)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"url": 7}', b'{"url": "javascript:alert(1)"}', b'{"url": "https://x/\\u001b[0m"}'])
def test_a_page_that_cannot_be_looked_at_is_left_out(receiver: ReleaseWebhook, body: bytes) -> None:
    receiver.says = [(200, body)]
    assert release(receiver).deploy(V7, KEY) is None


def test_another_secret_is_refused_and_two_sign_during_a_rotation(receiver: ReleaseWebhook) -> None:
    with pytest.raises(EffectRefused, match="refused: 401"):
        release(receiver, OTHER_SECRET).deploy(V7, KEY)
    assert release(receiver, OTHER_SECRET, SECRET).deploy(V7, KEY) == "https://deploy.example/prod"
    with pytest.raises(ValueError, match="whsec_"):
        release(receiver, "hunter2")
