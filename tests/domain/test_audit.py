"""Rows that vouch for the one before."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from core.domain.audit import BEGINNING, Event, chain, event_of
from tests.domain.build import NOON, execution

EVENT = Event(kind="decide", actor="bob@acme.org", project_id="p1", execution_id="e1", approval_id="a1", facts={"status": "approved"})


def test_what_is_hashed_stays_the_same_byte_for_byte() -> None:
    """Else every audit that is there would be called changed."""
    written = ('{"actor":"bob@acme.org","approval":"a1","at":"2026-01-31T12:00:00.000Z","execution":"e1","facts":{"status":"approved"},'
               f'"kind":"decide","previous":"{BEGINNING}","project":"p1","seq":1}}')
    assert chain(BEGINNING, 1, NOON, EVENT) == sha256(written.encode()).hexdigest()


def hashes(events: list[Event]) -> list[str]:
    previous, found = BEGINNING, []
    for seq, event in enumerate(events, 1):
        previous = chain(previous, seq, NOON, event)
        found.append(previous)
    return found


@pytest.mark.parametrize("other", [
    {"kind": "expire"}, {"actor": "eve@acme.org"}, {"project_id": "p2"}, {"execution_id": "e2"}, {"execution_id": None},
    {"approval_id": "a2"}, {"approval_id": None}, {"facts": {"status": "rejected"}}, {"facts": {}},
    {"facts": {"status": "approved", "by": None}}], ids=str)
def test_a_changed_row_has_another_hash(other: dict[str, Any]) -> None:
    assert chain(BEGINNING, 1, NOON, replace(EVENT, **other)) != chain(BEGINNING, 1, NOON, EVENT)


def test_place_time_and_the_row_before_count() -> None:
    first = chain(BEGINNING, 1, NOON, EVENT)
    assert len({first, chain(first, 1, NOON, EVENT), chain(BEGINNING, 2, NOON, EVENT),
                chain(BEGINNING, 1, NOON + timedelta(milliseconds=1), EVENT)}) == 4


@pytest.mark.parametrize("at", range(4))
def test_a_row_that_is_changed_or_missing_shows_in_all_that_follow(at: int) -> None:
    events = [replace(EVENT, facts={"n": n}) for n in range(5)]
    true = hashes(events)
    forged = hashes([replace(e, actor="eve@acme.org") if n == at else e for n, e in enumerate(events)])
    assert [n for n, (a, b) in enumerate(zip(true, forged, strict=True)) if a != b] == list(range(at, 5))
    shortened = hashes(events[:at] + events[at + 1:])
    assert not set(true[at:]) & set(shortened[at:])


def test_what_happened_to_a_run_is_told_with_its_project_and_id() -> None:
    event = event_of(execution(), "cancel", "ann@acme.org", approval_id="a1", why="no need")
    assert event == Event(
        kind="cancel", actor="ann@acme.org", project_id="p1", execution_id="e1", approval_id="a1", facts={"why": "no need"})
    assert event_of(execution(), "settle").actor == "placet"
