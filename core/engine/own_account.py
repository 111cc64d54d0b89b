"""What a person sees and changes of their own account: who they are elsewhere, where they are signed in, and whether they get mail."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.audit import Event
from core.domain.identities import Identity
from core.domain.people import Caller, Person
from core.engine.sight import at_home
from core.engine.sign_in import IDLE
from core.errors import NotFound
from core.ports.database import Database, Transaction
from core.ports.sessions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """`mailed`: whether they want to be told by mail."""

    identities: Sequence[Identity]
    sessions: Sequence[Session]
    mailed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    database: Database

    def view(self, caller: Caller) -> AccountView:
        """Return who a person is elsewhere, and their sessions that last, the newest first."""
        person = at_home(caller)
        with self.database.read() as tx:
            return AccountView(identities=tx.identities.of_person(person.id), sessions=_lasting(tx, person),
                               mailed=not tx.mails.is_off(person.id))

    def switch_mail(self, caller: Caller, *, off: bool) -> None:
        """Turn one's own mail off or on."""
        person = at_home(caller)
        with self.database.begin() as tx:
            if tx.mails.switch(person.id, off=off):
                tx.audit.append(Event(kind="mail", actor=person.email, facts={"email": person.email, "off": off}))

    def end_session(self, caller: Caller, session_id: str) -> None:
        """End a session of one's own; raise NotFound for any other."""
        person = at_home(caller)
        with self.database.begin() as tx:
            if not tx.sessions.end(session_id, person.id, tx.now()):
                raise NotFound("session")
            _tell(tx, person, session_id)

    def end_others(self, caller: Caller, kept: str) -> int:
        """End all of one's own sessions but one; return how many that were."""
        person = at_home(caller)
        with self.database.begin() as tx:
            ended = [each.id for each in _lasting(tx, person) if each.id != kept and tx.sessions.end(each.id, person.id, tx.now())]
            for session_id in ended:
                _tell(tx, person, session_id)
        return len(ended)


def _lasting(tx: Transaction, person: Person) -> Sequence[Session]:
    now = tx.now()
    return [each for each in tx.sessions.live(person.id, now) if now - each.seen_at < IDLE]


def _tell(tx: Transaction, person: Person, session_id: str) -> None:
    tx.audit.append(Event(kind="sign-out", actor=person.email, facts={"session": session_id}))
