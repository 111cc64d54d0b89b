"""Confirm whose account somewhere is: by the code that was given there, by an owner of all that the person belongs to."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from core.domain.audit import Event
from core.domain.identities import Identity
from core.domain.messages import LinkCode
from core.domain.people import Caller, Person, Role, capped
from core.engine.sight import at_home
from core.engine.tell_owners import tell_owners
from core.errors import Invalid, RoleTooLow
from core.ports.database import Database, Transaction

SPENT = "There is no such code, or its time is over, or it was used. Whoever it was given to asks for another one with `link`."


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkAccount:
    """Whose account it is decides who answers: so nobody confirms for a person who belongs to a project that is not their own."""

    database: Database

    def look(self, caller: Caller, code_hash: str, email: str) -> tuple[LinkCode, Person]:
        """Return which account a code stands for, and whose it would be; nothing is changed."""
        with self._recording(caller, email), self.database.read() as tx:
            person = _theirs(tx, caller, email)
            given = tx.link_codes.find(code_hash, tx.now())
            if given is None:
                raise Invalid((SPENT,))
            _refuse_anothers(tx, given, person)
        return given, person

    def confirm(self, caller: Caller, code_hash: str, email: str) -> Identity:
        """Use the code up and link the account; the owners of whatever the person belongs to are told of it."""
        with self._recording(caller, email), self.database.begin() as tx:
            person, now = _theirs(tx, caller, email), tx.now()
            given = tx.link_codes.use(code_hash, person.id, now)
            if given is None:
                raise Invalid((SPENT,))
            _refuse_anothers(tx, given, person)
            linked = Identity(provider=given.provider, external_id=given.external_id, person_id=person.id, login=given.login, linked_at=now)
            tx.identities.link(linked)
            for project_id in sorted(tx.people.roles(person.id)):
                tell_owners(tx, Event(kind="link-person", actor=at_home(caller).email, project_id=project_id, facts={
                    "email": person.email, "provider": given.provider, "id": given.external_id, "login": given.login, "byCode": True}))
        return linked

    @contextmanager
    def _recording(self, caller: Caller, email: str) -> Iterator[None]:
        """Write down who tried in vain: it may be another's voice that they wanted."""
        try:
            yield
        except (Invalid, RoleTooLow) as refused:
            with self.database.begin() as tx:
                tx.audit.append(Event(kind="security", actor=caller.name, facts={
                    "operation": "linkAccount", "refusal": type(refused).__name__, "email": email}))
            raise


def _theirs(tx: Transaction, caller: Caller, email: str) -> Person:
    """Return the person, if the caller owns every project that they belong to."""
    roles = tx.people.roles(at_home(caller).id)
    owned = {project for project, role in roles.items() if capped(role, caller.role) is Role.OWNER}
    if not owned:
        raise RoleTooLow((Role.OWNER,))
    person = tx.people.find(email)
    belongs = set(tx.people.roles(person.id)) if person is not None and not person.disabled else set()
    if person is None or not belongs & owned:
        raise Invalid((f"Nobody in the projects that you own has the address {email}.",))
    if not belongs <= owned:
        raise Invalid((f"{person.email} is in projects too that you do not own, where it would count: an operator confirms it.",))
    return person


def _refuse_anothers(tx: Transaction, given: LinkCode, person: Person) -> None:
    before = tx.identities.find(given.provider, given.external_id)
    if before is not None and before[1].id != person.id:
        raise Invalid(("That account is somebody else's here already. An operator takes that back first: `placet people unlink`.",))
    if any(each.provider == given.provider and each.external_id != given.external_id for each in tx.identities.of_person(person.id)):
        raise Invalid((f"{person.email} has another account there already. An operator says which is theirs: `placet people unlink`.",))
