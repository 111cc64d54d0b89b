"""Read the audit's chains from end to end, in pages, and tell what is wrong with them."""

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.chains import AuditRow, CheckpointForged, Fault, Link, beginning, find_faults
from core.ports.database import Database
from core.ports.keys import Signatures

PAGE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one chain: `project_id` is empty for the installation's, `head` None if it has none."""

    project_id: str
    start: Link
    head: Link | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAudit:
    database: Database
    signatures: Signatures
    page: int = PAGE

    def projects(self) -> list[str]:
        with self.database.read() as tx:
            return tx.audit_chains.projects()

    def verify(self, project_id: str, most: int = 100) -> Verdict:
        """Verify one chain as it is now; what is appended meanwhile is left out. `most`: after so many faults it is given up."""
        with self.database.read() as tx:
            first, last, head = tx.audit_chains.bounds(project_id)
            checkpoints = tx.audit_chains.checkpoints(project_id)
        signed = [c for c in checkpoints if self.signatures.signed(c.text(), c.signature)]
        start = beginning(first or (head.seq + 1 if head else 1), signed)
        faults: list[Fault] = [CheckpointForged(checkpoint=c) for c in checkpoints if c not in signed]
        upto = head.seq if head and head.seq >= (last or 0) else last or 0
        for fault in find_faults(self.rows(project_id, after=start.seq, upto=upto), start, head):
            faults.append(fault)
            if len(faults) >= most:
                break
        return Verdict(project_id=project_id, start=start, head=head, faults=tuple(faults))

    def rows(self, project_id: str, *, after: int = 0, upto: int | None = None) -> Iterator[AuditRow]:
        """Give a chain's rows in order, each page of them from a transaction of its own."""
        while page := self._page(project_id, after, upto):
            yield from page
            after = page[-1].seq

    def _page(self, project_id: str, after: int, upto: int | None) -> list[AuditRow]:
        with self.database.read() as tx:
            return tx.audit_chains.rows(project_id, after, upto, self.page)
