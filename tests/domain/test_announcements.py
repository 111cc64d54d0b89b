"""What of the audit is announced."""

import pytest

from core.domain.announcements import ANNOUNCED, announcements
from core.domain.audit import Event
from core.domain.effects import Announce


def event(kind: str, run: str | None = "e1", approval: str | None = None) -> Event:
    return Event(kind=kind, actor="placet", project_id="p1", execution_id=run, approval_id=approval)


def test_each_event_of_a_run_is_announced_once_and_in_order() -> None:
    events = [event("decide", approval="a1"), event("return"), event("decide", approval="a1"), event("settle"), event("settle", "e2")]
    assert announcements(events) == [
        Announce(execution_id="e1", approval_id="a1", event="decide"), Announce(execution_id="e1", approval_id=None, event="return"),
        Announce(execution_id="e1", approval_id=None, event="settle"), Announce(execution_id="e2", approval_id=None, event="settle")]


@pytest.mark.parametrize("kind", ["security", "look-up", "sign-in", "mint-token", "metadata", "lock", "begin", "cancel-dispatch"])
def test_a_refusal_and_what_changes_no_card_are_not_announced(kind: str) -> None:
    assert announcements([event(kind, approval="a1")]) == []


@pytest.mark.parametrize("kind", sorted(ANNOUNCED))
def test_what_is_of_no_run_is_not_announced(kind: str) -> None:
    assert announcements([event(kind, None)]) == []
