"""Who a subject of an outside issuer is: whom it is linked to, or else whose e-mail it has, if no other subject comes with that."""

import logging
from dataclasses import dataclass

from core.domain.audit import Event
from core.domain.identities import Identity, by_email
from core.domain.people import Person
from core.engine.tell_owners import tell_owners
from core.errors import SharedEmail
from core.ports.database import Database, Transaction

log = logging.getLogger("placet.people")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowOutsider:
    database: Database

    def whose(self, provider: str, subject: str, email: str | None) -> Person | None:
        """Return whom the issuer may mean, and remember nothing."""
        with self.database.read() as tx:
            return tx.identities.bearer(provider, subject, email)

    def find(self, provider: str, subject: str, email: str | None) -> Person | None:
        """Return the person; None for nobody. Two subjects with one e-mail are both refused (SharedEmail) until one of them is linked."""
        with self.database.read() as tx:
            person = tx.identities.bearer(provider, subject, email)
            if person is None or tx.identities.find(provider, subject) is not None:
                return person
            came = tx.identities.subjects(by_email(provider), person.id)
        if subject not in came:
            came = self._remember(provider, subject, person)
        if len(came) > 1:
            log.error("people.shared_email", extra={"provider": provider, "subject": subject, "person_id": person.id})
            raise SharedEmail
        return person

    def _remember(self, provider: str, subject: str, person: Person) -> set[str]:
        """Write down that a subject came with a person's e-mail; return all that did."""
        with self.database.begin() as tx:
            tx.identities.link(Identity(
                provider=by_email(provider), external_id=subject, person_id=person.id, login=None, linked_at=tx.now()))
            came = tx.identities.subjects(by_email(provider), person.id)
            _tell(tx, len(came) > 1, Event(kind="shared-email" if len(came) > 1 else "known-by-email", actor=person.email, facts={
                "email": person.email, "provider": provider, "subjects": sorted(came)}))
        return came


def _tell(tx: Transaction, shared: bool, event: Event) -> None:
    if shared:
        tell_owners(tx, event)
    else:
        tx.audit.append(event)
