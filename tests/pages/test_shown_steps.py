"""The steps of a run as its page lists them, and a browser as its owner knows it."""

from datetime import UTC, datetime, timedelta

import pytest

from api.pages.render import agent
from api.pages.steps import ShownStep, shown_steps
from core.domain.steps import Kind, State, Step

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEFORE, LATER = NOW - timedelta(minutes=5), NOW + timedelta(hours=1)


def told(kind: Kind, state: State, *, ended: bool = False, key: str = "grant#1", result: str | None = None, tries: int = 1) -> ShownStep:
    step = Step(position=1, key=key, kind=kind, state=state, result=result, tries=tries, begun_at=BEFORE)
    return shown_steps({1: step}, ended=ended, now=NOW)[0]


def test_a_wait_is_done_only_once_its_time_is_over() -> None:
    assert told(Kind.SLEEP, State.DONE, result=LATER.isoformat()) == ShownStep(what="wait", kind="now", note="until", at=LATER)
    assert told(Kind.SLEEP, State.DONE, result=BEFORE.isoformat()) == ShownStep(what="wait", kind="done", note="over", at=BEFORE)
    assert told(Kind.SLEEP, State.DONE, result=LATER.isoformat(), ended=True) == ShownStep(
        what="wait", kind="undone", note="cut short", at=BEFORE)


def test_what_an_ended_run_left_is_not_shown_as_going_on() -> None:
    assert told(Kind.STEP, State.BEGUN) == ShownStep(what="grant", kind="now", at=BEFORE)
    assert told(Kind.STEP, State.BEGUN, tries=3) == ShownStep(what="grant", kind="now", note="try 3", at=BEFORE)
    assert told(Kind.STEP, State.BEGUN, ended=True) == ShownStep(what="grant", kind="undone", note="not finished", at=BEFORE)


@pytest.mark.parametrize(("kind", "state", "shown"), [
    (Kind.STEP, State.DONE, ("grant", "done", "")), (Kind.STEP, State.FAILED, ("grant", "bad", "failed")),
    (Kind.STEP, State.UNDONE, ("grant", "undone", "taken back")), (Kind.APPROVAL, State.FAILED, ("grant", "bad", "not given")),
    (Kind.CHILDREN, State.DONE, ("what it started has ended", "done", ""))])
def test_a_step_says_how_it_stands_in_words(kind: Kind, state: State, shown: tuple[str, str, str]) -> None:
    step = told(kind, state)
    assert (step.what, step.kind, step.note) == shown


def test_they_come_in_their_order_and_what_only_the_journal_needs_is_left_out() -> None:
    rows = ((2, "b#1", Kind.STEP), (0, "a#1", Kind.STEP), (1, "now#1", Kind.NOW))
    journal = {at: Step(position=at, key=key, kind=kind, state=State.DONE) for at, key, kind in rows}
    assert [step.what for step in shown_steps(journal, ended=False, now=NOW)] == ["a", "b"]


@pytest.mark.parametrize(("named", "said"), [
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", "Chrome on Linux"),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0", "Edge on Windows"),
    ("Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Version/26.0 Mobile Safari/604.1", "Safari on an iPhone"),
    ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on a Mac"),
    ("curl/8.0", "curl/8.0"), ("", "an unnamed browser")])
def test_a_browser_is_called_as_its_owner_knows_it(named: str, said: str) -> None:
    assert agent(named) == said
