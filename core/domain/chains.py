"""Whether a chain of the audit is whole: what was changed, moved or removed, by name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from core.domain.audit import BEGINNING, Event, chain
from core.domain.json import canonical, timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """A row as it stands there. `event` and `at` are None for one that cannot be read any more."""

    seq: int
    at: datetime | None
    event: Event | None
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A place in a chain: the hash of all rows up to there."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What stands for the rows up to `seq`, which were purged."""

    project_id: str
    seq: int
    hash: str
    at: datetime
    signature: str = ""

    @property
    def link(self) -> Link:
        return Link(seq=self.seq, hash=self.hash)

    def text(self) -> bytes:
        """Return what is signed; it starts unlike anything else that the same key signs."""
        return b"placet audit checkpoint " + canonical(
            {"project": self.project_id, "seq": self.seq, "hash": self.hash, "at": timestamp(self.at)})


@dataclass(frozen=True, slots=True, kw_only=True)
class RowChanged:
    """A row does not follow from the one before it: its content, its place or the hash of one of the two is not what was written."""

    row: AuditRow


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsMissing:
    """Rows are gone. The one after them is not vouched for either."""

    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointForged:
    """A checkpoint does not bear our signature, so what was before it is not accepted as purged."""

    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class EndChanged:
    """The chain does not end as its head says (None: it has no head). `last`: the last row that is there."""

    head: Link | None
    last: Link


Fault: TypeAlias = RowChanged | RowsMissing | CheckpointForged | EndChanged
START = Link(seq=0, hash=BEGINNING)


def beginning(first: int, checkpoints: Sequence[Checkpoint]) -> Link:
    """Return where a chain whose first row has this number begins: at the last of these checkpoints before it, else at the very start."""
    return max((c.link for c in checkpoints if c.seq < first), key=lambda link: link.seq, default=START)


def find_faults(rows: Iterable[AuditRow], start: Link, head: Link | None) -> Iterator[Fault]:
    """Follow a chain from its beginning to its head. Each row is held against the stored hash before it: one change is one fault or two."""
    last = start
    for row in rows:
        if row.seq != last.seq + 1:
            yield RowsMissing(first=last.seq + 1, last=row.seq - 1)
        elif not _follows(row, last):
            yield RowChanged(row=row)
        last = Link(seq=row.seq, hash=row.hash)
    if head is not None and head.seq > last.seq:
        yield RowsMissing(first=last.seq + 1, last=head.seq)
    elif head != last:
        yield EndChanged(head=head, last=last)


def _follows(row: AuditRow, last: Link) -> bool:
    if row.event is None or row.at is None:
        return False
    try:
        return chain(last.hash, row.seq, row.at, row.event) == row.hash
    except (TypeError, ValueError, RecursionError):  # what has no JSON form was not written by us
        return False
