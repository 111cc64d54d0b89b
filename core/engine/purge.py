"""Remove what has been over for long: settled runs with all that belongs to them, and the beginnings of the audit's chains."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from core.domain.chains import Checkpoint, Link
from core.engine.verify_audit import VerifyAudit
from core.ports.database import Database
from core.ports.keys import Signatures

PAGE = 500  # trees in one transaction
ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgedChain:
    """What was removed of a chain. `refused`: it is not whole, and a checkpoint would hide that."""

    project_id: str
    rows: int
    refused: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """Never takes an open request, a run that is not settled, or access that nobody has taken back."""

    database: Database
    signatures: Signatures
    rows_at_once: int = ROWS_AT_ONCE

    def runs(self, older: timedelta, *, dry: bool = False) -> int:
        """Remove the trees of runs that have all been settled for longer than that, many at once; return how many runs that were."""
        return sum(self._remove(roots, older, dry) for roots in self._old_roots(older))

    def _old_roots(self, older: timedelta) -> Iterator[list[str]]:
        after: str | None = ""
        while after is not None:
            with self.database.read() as tx:
                page = tx.retention.old_roots(tx.now() - older, after, PAGE)
            if page:
                yield page
            after = page[-1] if page else None

    def _remove(self, roots: list[str], older: timedelta, dry: bool) -> int:
        """Look at each tree once it is locked: it goes as a whole, or stays as a whole."""
        with self.database.begin() as tx:
            trees = tx.retention.lock_trees(roots)
            before = tx.now() - older
            over = [tree for tree in trees if tree.settled_at is not None and tree.settled_at < before]
            kept = tx.retention.kept([run for tree in over for run in tree.runs])
            going = [run for tree in over if kept.isdisjoint(tree.runs) for run in tree.runs]
            if not dry:
                tx.retention.remove(going)
            return len(going)

    def chains(self) -> list[str]:
        with self.database.read() as tx:
            return tx.audit_chains.projects()

    def tokens(self, older: timedelta) -> int:
        """Forget tokens that have been expired for longer than that."""
        with self.database.begin() as tx:
            return tx.retention.forget_tokens(tx.now() - older)

    def audit(self, project_id: str, older: timedelta, *, dry: bool = False) -> PurgedChain:
        """Replace the rows of a chain that are older than that by a signed checkpoint; nothing of a run that is not settled."""
        verdict = VerifyAudit(database=self.database, signatures=self.signatures).verify(project_id, most=1)
        start = verdict.start.seq
        with self.database.read() as tx:
            upto = tx.audit_purge.purgeable(project_id, tx.now() - older)
        if upto is None or upto <= start:
            return PurgedChain(project_id=project_id, rows=0)
        if verdict.faults or dry:
            return PurgedChain(project_id=project_id, rows=0 if verdict.faults else upto - start, refused=bool(verdict.faults))
        for place in [*range(start + self.rows_at_once, upto, self.rows_at_once), upto]:
            self._cut(project_id, place)
        return PurgedChain(project_id=project_id, rows=upto - start)

    def _cut(self, project_id: str, place: int) -> None:
        with self.database.begin() as tx:
            link: Link = tx.audit_purge.link(project_id, place)
            made = Checkpoint(project_id=project_id, seq=link.seq, hash=link.hash, at=tx.now())
            tx.audit_purge.drop(project_id, place)
            tx.audit_purge.keep(replace(made, signature=self.signatures.sign(made.text())))
