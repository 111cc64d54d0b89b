"""Pipelines by webhook: what is sent, and how the answers are read."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core.flows.context import EffectRefused
from core.ports.dispatch import Errand, TryLater
from integrations.webhooks.client import WebhookClient
from integrations.webhooks.dispatch import WebhookDispatcher, is_safe
from tests.doubles.dispatch_webhook import SECRET, DispatchWebhook, Fault

OTHER_SECRET = "whsec_/////////////////////////////////////////w=="  # pragma: allowlist secret
CLIENT = WebhookClient()


@pytest.fixture
def receiver() -> Iterator[DispatchWebhook]:
    with DispatchWebhook() as receiver:
        yield receiver


def dispatcher(*secrets: str) -> WebhookDispatcher:
    return WebhookDispatcher(secrets or (SECRET,), CLIENT, "/sfp/api/flows/executions/{id}/status")


def errand(receiver: DispatchWebhook) -> Errand:
    return Errand(execution_id="run-1", flow="build", task_type="make", project="acme/app", triggered_by="ann@acme.org",
                  target={"url": receiver.url}, within=timedelta(hours=1))


def test_what_is_sent_is_all_that_a_pipeline_needs(receiver: DispatchWebhook) -> None:
    handed = dispatcher().dispatch(errand(receiver), {"release": "v7", "password": "hunter2"}, 5)
    assert (handed.run_id, handed.url) == ("1", "https://ci.example/runs/1")
    dispatcher().cancel(errand(receiver), 5)
    common = {"key": "run-1", "executionId": "run-1", "flow": "build", "taskType": "make", "repositoryIdentifier": "acme/app",
              "triggeredBy": "ann@acme.org"}
    assert receiver.requests == [
        {"type": "flow.dispatch", **common, "parameters": {"release": "v7", "password": "hunter2"},  # pragma: allowlist secret
         "reportTo": "/sfp/api/flows/executions/run-1/status", "reportWithinSeconds": 3600},
        {"type": "flow.cancel", **common}]
    assert [entry.message for entry in receiver.ledger] == ["run-1:dispatch", "run-1:cancel"]


@pytest.mark.parametrize(("status", "refusal", "said"), [
    (400, EffectRefused, "refused it: 400 .no such workflow."), (401, EffectRefused, "refused it: 401"),
    (404, EffectRefused, "refused it: 404"), (409, EffectRefused, "called off before"), (422, EffectRefused, "refused it: 422"),
    (408, TryLater, "answered 408"), (425, TryLater, "answered 425"), (429, TryLater, "answered 429"), (500, TryLater, "answered 500"),
    (503, TryLater, "answered 503"), (302, TryLater, "answered 302")])
def test_an_answer_is_a_refusal_or_a_reason_to_try_again(
        receiver: DispatchWebhook, status: int, refusal: type[Exception], said: str) -> None:
    receiver.faults = [Fault(status=status, body=b"no such workflow", headers={"location": "https://elsewhere.example"})]
    with pytest.raises(refusal, match=said):
        dispatcher().dispatch(errand(receiver), {}, 5)
    assert receiver.deeds() == ["answered"]


@pytest.mark.parametrize(("status", "body", "done"), [
    (200, b"", True), (202, b"", True), (204, b"", True), (410, b"", True), (409, b"it has ended", True), (404, b'{"key": "run-1"}', True),
    (404, b"", False), (404, b'{"key": "run-2"}', False), (400, b"", False), (401, b"", False), (429, b"", False), (500, b"", False)])
def test_a_cancel_is_done_only_if_the_receiver_says_so(receiver: DispatchWebhook, status: int, body: bytes, done: bool) -> None:
    receiver.faults = [Fault(status=status, body=b"" if status == 204 else body)]
    if done:
        dispatcher().cancel(errand(receiver), 5)
        return
    with pytest.raises(TryLater):
        dispatcher().cancel(errand(receiver), 5)


def soon() -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)


@pytest.mark.parametrize(("header", "least", "most"), [
    ("30", 30, 30), ("0", 0, 0), (soon, 60, 90), ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0), ("99999999999999999999", 10**9, 10**9)])
def test_retry_after_is_read_in_seconds_or_as_a_date(receiver: DispatchWebhook, header: object, least: int, most: int) -> None:
    receiver.faults = [Fault(status=429, headers={"retry-after": str(header() if callable(header) else header)})]
    with pytest.raises(TryLater) as told:
        dispatcher().dispatch(errand(receiver), {}, 5)
    assert told.value.after is not None
    assert least <= told.value.after.total_seconds() <= most


@pytest.mark.parametrize("header", ["", "soon", "-5", "1.5", "1e9", "\u0663".encode().decode("latin-1"), "Wed, 99 Oct 2015"])
def test_a_retry_after_that_is_no_time_is_left_aside(receiver: DispatchWebhook, header: str) -> None:
    receiver.faults = [Fault(status=503, headers={"retry-after": header})]
    with pytest.raises(TryLater) as told:
        dispatcher().dispatch(errand(receiver), {}, 5)
    assert told.value.after is None


@pytest.mark.parametrize("body", [
    b"", b"[]", b"{", b'{"cicdRunId": 7, "cicdRunUrl": 7}', b'{"cicdRunId": "", "cicdRunUrl": "javascript:alert(1)"}',
    b'{"cicdRunId": "a\\u0000b", "cicdRunUrl": "https://x/\\u001b[0m"}', b'{"cicdRunUrl": "https://x/ y"}',
    b'{"cicdRunId": "' + b"1" * 201 + b'", "cicdRunUrl": "https://' + b"x" * 2_000 + b'"}'])
def test_what_an_answer_tells_and_does_not_fit_is_left_out(receiver: DispatchWebhook, body: bytes) -> None:
    receiver.faults = [Fault(status=200, body=body)]
    handed = dispatcher().dispatch(errand(receiver), {}, 5)
    assert (handed.run_id, handed.url) == (None, None)


def test_whoever_does_not_answer_in_time_is_asked_again(receiver: DispatchWebhook) -> None:
    receiver.faults = [Fault(wait=2)]
    with pytest.raises(TryLater, match=r"its pipeline gave no answer within 0\.2 s"):
        dispatcher().dispatch(errand(receiver), {}, 0.2)
    gone = replace(errand(receiver), target={"url": "http://127.0.0.1:9/"})
    with pytest.raises(TryLater, match="its pipeline gave no answer: ConnectError"):
        dispatcher().dispatch(gone, {}, 2)


def test_another_secret_is_refused_and_two_sign_during_a_rotation(receiver: DispatchWebhook) -> None:
    with pytest.raises(EffectRefused, match="refused it: 401"):
        dispatcher(OTHER_SECRET).dispatch(errand(receiver), {}, 5)
    assert dispatcher(OTHER_SECRET, SECRET).dispatch(errand(receiver), {}, 5).run_id == "1"


@pytest.mark.parametrize(("url", "safe"), [
    ("https://ci.example/x", True), ("http://127.0.0.1:1/x", True), ("http://localhost/x", True), ("http://[::1]/x", True),
    ("http://ci.example/x", False), ("http://10.0.0.1/x", False), ("ftp://ci.example", False), ("https://", False), ("", False),
    ("http://[", False), ("http://127.0.0.1.evil.example/", False)])
def test_secrets_leave_this_machine_encrypted_or_not_at_all(receiver: DispatchWebhook, url: str, safe: bool) -> None:
    assert is_safe(url) is safe
    if not safe:
        with pytest.raises(EffectRefused, match="no https:// address"):
            dispatcher().dispatch(replace(errand(receiver), target={"url": url}), {"password": "hunter2"}, 5)
