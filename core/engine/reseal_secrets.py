"""Seal everything anew under the keys in use, so that the ones before can be dropped."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from core.errors import Unavailable
from core.ports.database import Database, Transaction
from core.ports.keys import Signatures, Vault
from core.ports.retention import SealedText

PAGE = 1_000


@dataclass(slots=True)
class Resealed:
    """What came of it. `busy`: runs that were under way, for another try; `lost`: where a text stands that no key opens any more."""

    changed: int = 0
    signed: int = 0
    busy: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResealSecrets:
    """Each run is a transaction of its own, and is left alone while a worker has its journal in hand: it would write the old text back."""

    database: Database
    vault: Vault
    signatures: Signatures
    page: int = PAGE

    def reseal(self) -> Resealed:
        """Go over everything once; what is sealed with the key in use is not touched."""
        done = Resealed()
        for execution_id in self._runs():
            self._reseal_run(execution_id, done)
        with self.database.begin() as tx:
            self._reseal(tx, tx.sealed.of_schedules(), done)
            self._reseal(tx, tx.sealed.of_webhooks(), done)
        self._sign_checkpoints(done)
        return done

    def _runs(self) -> Iterator[str]:
        after: str | None = ""
        while after is not None:
            with self.database.read() as tx:
                page = tx.sealed.runs(after, self.page)
            yield from page
            after = page[-1] if page else None

    def _reseal_run(self, execution_id: str, done: Resealed) -> None:
        with self.database.read() as tx:
            current = all(self.vault.sealed_newly(text.text) for text in tx.sealed.of_run(execution_id))
        if current:
            return
        with self.database.begin() as tx:
            if tx.sealed.lock(execution_id):
                self._reseal(tx, tx.sealed.of_run(execution_id), done)
            else:
                done.busy.append(execution_id)

    def _reseal(self, tx: Transaction, texts: list[SealedText], done: Resealed) -> None:
        for sealed in texts:
            if self.vault.sealed_newly(sealed.text):
                continue
            try:
                tx.sealed.replace(sealed, str(self.vault.seal(self.vault.open(sealed.text))))
            except Unavailable:
                done.lost.append(" ".join(map(str, sealed.place)))
            else:
                done.changed += 1

    def _sign_checkpoints(self, done: Resealed) -> None:
        """Sign the audit's checkpoints anew as well: they must be accepted when the older signing key is gone."""
        with self.database.begin() as tx:
            for project_id in tx.audit_chains.projects():
                for checkpoint in tx.audit_chains.checkpoints(project_id):
                    signature = self.signatures.sign(checkpoint.text())
                    if signature != checkpoint.signature and self.signatures.signed(checkpoint.text(), checkpoint.signature):
                        tx.audit_purge.keep(replace(checkpoint, signature=signature))
                        done.signed += 1
