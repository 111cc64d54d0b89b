"""What everything that hands runs to pipelines promises, the fake and the real one alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from core.flows.context import EffectRefused
from core.ports.dispatch import Dispatcher, Errand, TryLater
from integrations.webhooks.client import WebhookClient
from integrations.webhooks.dispatch import WebhookDispatcher
from tests.doubles.dispatch_webhook import SECRET, DispatchWebhook, Fault
from tests.fakes.pipelines import FakePipelines

RUN = Errand(execution_id="run-1", flow="build", task_type="build", project="acme/app", triggered_by="ann@acme.org", target={},
             within=timedelta(hours=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A dispatcher, and how to look behind it: what was started, and how to lose its next answer."""

    dispatcher: Dispatcher
    errand: Errand
    started: Callable[[], list[str]]
    lose_answer: Callable[[], object]
    be_away: Callable[[], object]


@pytest.fixture(params=["fake", "webhook"])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    if request.param == "fake":
        fake = FakePipelines()
        yield Place(dispatcher=fake, errand=RUN, started=lambda: fake.started, lose_answer=lambda: fake.lost.append(TryLater("no answer")),
                    be_away=lambda: fake.says.append(TryLater("away")))
        return
    with DispatchWebhook() as receiver:
        yield Place(
            dispatcher=WebhookDispatcher([SECRET], WebhookClient(), "/{id}"), errand=replace(RUN, target={"url": receiver.url}),
            started=lambda: [entry.key for entry in receiver.ledger if entry.deed == "started"],
            lose_answer=lambda: receiver.faults.append(Fault(drop=True)), be_away=lambda: receiver.faults.append(Fault(status=503)))


def test_a_pipeline_is_started_once_for_its_key_and_a_repeat_answers_the_same(place: Place) -> None:
    first = place.dispatcher.dispatch(place.errand, {"release": "v7"}, 5)
    assert place.dispatcher.dispatch(place.errand, {"release": "v7"}, 5) == first
    assert (place.started(), first.run_id, str(first.url).startswith("https://")) == (["run-1"], "1", True)


def test_another_run_is_another_pipeline(place: Place) -> None:
    other = replace(place.errand, execution_id="run-2")
    assert place.dispatcher.dispatch(place.errand, {}, 5) != place.dispatcher.dispatch(other, {}, 5)
    assert place.started() == ["run-1", "run-2"]


def test_a_lost_answer_is_told_from_a_refusal_and_the_next_attempt_answers(place: Place) -> None:
    place.lose_answer()
    with pytest.raises(TryLater):
        place.dispatcher.dispatch(place.errand, {}, 5)
    assert place.dispatcher.dispatch(place.errand, {}, 5).run_id == "1"
    assert place.started() == ["run-1"]


def test_who_is_away_is_asked_again(place: Place) -> None:
    for call in (lambda: place.dispatcher.dispatch(place.errand, {}, 5), lambda: place.dispatcher.cancel(place.errand, 5)):
        place.be_away()
        with pytest.raises(TryLater):
            call()


@pytest.mark.parametrize("before", [
    pytest.param(lambda p: p.dispatcher.dispatch(p.errand, {}, 5), id="started"), pytest.param(lambda p: None, id="never started")])
def test_a_cancelled_key_stays_cancelled(place: Place, before: Callable[[Place], object]) -> None:
    before(place)
    place.dispatcher.cancel(place.errand, 5)
    place.dispatcher.cancel(place.errand, 5)
    started = list(place.started())
    with pytest.raises(EffectRefused):
        place.dispatcher.dispatch(place.errand, {}, 5)
    assert place.started() == started
