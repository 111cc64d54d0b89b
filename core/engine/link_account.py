"""Connect an account somewhere with the person who is signed in here, by the code that was given there."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.domain.audit import Event
from core.domain.identities import Identity
from core.domain.messages import LinkCode
from core.domain.people import Caller, Person
from core.engine.sight import at_home
from core.engine.tell_owners import tell_owners
from core.errors import Invalid, RoleTooLow
from core.ports.database import Database, Transaction

SPENT = "There is no such code, or its time is over, or it was used. Whoever it was given to asks for another one with `link`."
INSTALLATION = ""  # its own chain of the audit


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAccount:
    """Whose account it is decides who answers: so everybody confirms for themselves only, whatever they own."""

    database: Database

    def look(self, caller: Caller, code_hash: str) -> LinkCode:
        """Return which account a code stands for, if it can be the caller's; nothing is changed."""
        with self._recording(caller), self.database.read() as tx:
            person = _themselves(tx, caller)
            given = tx.link_codes.find(code_hash, tx.now())
            if given is None:
                raise Invalid((SPENT,))
            _refuse_anothers(tx, given, person)
        return given

    def confirm(self, caller: Caller, code_hash: str) -> Identity:
        """Use the code up and link the account; the owners of whatever the caller belongs to are told of it."""
        with self._recording(caller), self.database.begin() as tx:
            person, now = _themselves(tx, caller), tx.now()
            given = tx.link_codes.use(code_hash, person.id, now)
            if given is None:
                raise Invalid((SPENT,))
            _refuse_anothers(tx, given, person)
            linked = Identity(provider=given.provider, external_id=given.external_id, person_id=person.id, login=given.login, linked_at=now)
            tx.identities.link(linked)
            for project_id in sorted(tx.people.roles(person.id)) or [INSTALLATION]:
                tell_owners(tx, Event(kind="link-person", actor=person.email, project_id=project_id, facts={
                    "email": person.email, "provider": given.provider, "id": given.external_id, "login": given.login, "byCode": True}))
        return linked

    @contextmanager
    def _recording(self, caller: Caller) -> Iterator[None]:
        """Write down who tried in vain: it may be another's voice that they wanted."""
        try:
            yield
        except (Invalid, RoleTooLow) as refused:
            with self.database.begin() as tx:
                tx.audit.append(Event(kind="security", actor=caller.name, facts={
                    "operation": "linkAccount", "refusal": type(refused).__name__}))
            raise


def _themselves(tx: Transaction, caller: Caller) -> Person:
    person = at_home(caller)
    if tx.people.disabled([person.id]):
        raise Invalid((f"{person.email} is disabled here, so that no account is connected with them.",))
    return person


def _refuse_anothers(tx: Transaction, given: LinkCode, person: Person) -> None:
    before = tx.identities.find(given.provider, given.external_id)
    if before is not None and before[1].id != person.id:
        raise Invalid(("That account is somebody else's here already. An operator takes that back first: `placet people unlink`.",))
    if any(each.provider == given.provider and each.external_id != given.external_id for each in tx.identities.of_person(person.id)):
        raise Invalid(("You have another account there already. An operator says which is yours: `placet people unlink`.",))
