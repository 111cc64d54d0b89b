"""What every provider of access promises, the fake and the real one alike."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from core.engine.grant_access import AccessProvider, AccessRequest
from core.flows.context import Effect, EffectRefused
from integrations.webhooks.access import WebhookAccess
from integrations.webhooks.client import WebhookClient
from tests.doubles.access_webhook import SECRET, AccessWebhook
from tests.fakes.access import FakeAccess

ANN = AccessRequest(subject="ann@acme.org", target="prod", level="admin", minutes=60, reason="", execution_id="run-1")


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture(params=["fake", "webhook"])
def provider(request: pytest.FixtureRequest) -> Iterator[AccessProvider]:
    if request.param == "fake":
        yield FakeAccess(now)
        return
    with AccessWebhook() as receiver:
        yield WebhookAccess(receiver.url, [SECRET], WebhookClient())


def effect(key: str = "run-1:2") -> Effect:
    return Effect(key=key, seconds=5, attempt=1)


def test_a_grant_begins_now(provider: AccessProvider) -> None:
    since = provider.grant(ANN, effect())
    assert since is not None
    assert abs(since - now()) < timedelta(seconds=5)


def test_a_repeat_answers_the_same(provider: AccessProvider) -> None:
    assert provider.grant(ANN, effect()) == provider.grant(ANN, effect())


@pytest.mark.parametrize("before", [
    pytest.param(lambda p: p.grant(ANN, effect()), id="granted"), pytest.param(lambda p: None, id="never granted"),
])
def test_a_revoked_key_stays_revoked(provider: AccessProvider, before: Callable[[AccessProvider], object]) -> None:
    before(provider)
    provider.revoke(ANN, effect())
    provider.revoke(ANN, effect())
    for _ in range(2):
        with pytest.raises(EffectRefused):
            provider.grant(ANN, effect())


def test_another_key_is_another_grant(provider: AccessProvider) -> None:
    provider.revoke(ANN, effect("run-1:2"))
    assert provider.grant(ANN, effect("run-1:5")) is not None
