"""What a checkpoint's signature is made over, and where a chain begins."""

from datetime import UTC, datetime

from core.domain.audit import BEGINNING
from core.domain.chains import START, Checkpoint, EndChanged, Link, RowsMissing, beginning, find_faults


def checkpoint(seq: int) -> Checkpoint:
    return Checkpoint(project_id="p1", seq=seq, hash=f"hash {seq}", at=datetime(2026, 1, 31, 12, tzinfo=UTC))


def test_what_is_signed_stays_the_same_byte_for_byte() -> None:
    """Else the checkpoints of yesterday would be called forged."""
    assert checkpoint(7).text() == (
        b'placet audit checkpoint {"at":"2026-01-31T12:00:00.000Z","hash":"hash 7","project":"p1","seq":7}')


def test_a_chain_begins_at_the_last_checkpoint_before_its_first_row() -> None:
    checkpoints = [checkpoint(3), checkpoint(9), checkpoint(6)]
    assert beginning(7, checkpoints) == Link(seq=6, hash="hash 6")
    assert beginning(6, checkpoints) == Link(seq=3, hash="hash 3")
    assert beginning(10, checkpoints) == Link(seq=9, hash="hash 9")
    assert beginning(3, checkpoints) == START == Link(seq=0, hash=BEGINNING)
    assert beginning(1, []) == START


def test_a_head_that_does_not_fit_its_chain_is_told_with_it() -> None:
    forged = Link(seq=0, hash="of somebody else")
    assert list(find_faults([], START, forged)) == [EndChanged(head=forged, last=START)]
    assert list(find_faults([], START, None)) == [EndChanged(head=None, last=START)]
    assert list(find_faults([], START, Link(seq=2, hash="x"))) == [RowsMissing(first=1, last=2)]
    assert list(find_faults([], START, START)) == []
