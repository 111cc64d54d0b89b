"""Sign a person in at the page: a link that works once gives a session, or the word of an outside issuer."""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.domain.audit import Event
from core.domain.json import Json
from core.domain.people import Person
from core.errors import LinkSpent, NotLetIn
from core.ports.database import Database, NewId, Transaction
from core.ports.sessions import LoginLink, Session

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=8)
IDLE = timedelta(hours=2)
SEEN_EVERY = timedelta(minutes=1)
LONGEST_AGENT = 200
LONGEST_TEXT = 200
SWEPT_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    session: Session
    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """What is handed out, a link's text and a cookie's, is kept as a hash only."""

    database: Database
    new_id: NewId

    def link(self, tx: Transaction, person: Person) -> tuple[str, LoginLink]:
        """Make a link for a person; return its text, which is nowhere else."""
        text, now = secrets.token_urlsafe(32), tx.now()
        link = LoginLink(hash=hash_of(text), person_id=person.id, created_at=now, expires_at=now + LINK_LASTS)
        tx.login_links.add(link)
        return text, link

    def whose(self, text: str) -> Person | None:
        """Return whom a link would sign in, as long as it does; nothing is changed."""
        with self.database.read() as tx:
            found = _usable(tx, text, tx.now())
            return found[1] if found else None

    def use(self, text: str, *, agent: str, before: str) -> tuple[str, SignedIn]:
        """Use a link up; return the cookie of a new session. `before`: the browser's cookie till now, whose session ends here."""
        with self.database.begin() as tx:
            now = tx.now()
            found = _usable(tx, text, now)
            if found is None or not tx.login_links.use(found[0].hash, now):
                raise LinkSpent
            return self._begin(tx, found[1], {"by": "link"}, agent, before, now)

    def enter(self, person: Person, by: str, *, agent: str, before: str) -> tuple[str, SignedIn]:
        """Return likewise for a person whom an outside issuer (`by`) has sent; raise NotLetIn if they are disabled."""
        with self.database.begin() as tx:
            if tx.people.disabled([person.id]):
                raise NotLetIn(person.email)
            return self._begin(tx, person, {"by": by}, agent, before, tx.now())

    def who(self, cookie: str) -> SignedIn | None:
        """Return whose session a cookie is, while it lasts; a look now and then keeps it from falling idle."""
        with self.database.read() as tx:
            now = tx.now()
            found = _lasting(tx, cookie, now)
        if found is not None and now - found.session.seen_at >= SEEN_EVERY:
            with self.database.begin() as tx:
                tx.sessions.see(found.session.hash, now)
        return found

    def peek(self, cookie: str) -> SignedIn | None:
        """Return likewise, without keeping it from falling idle."""
        with self.database.read() as tx:
            return _lasting(tx, cookie, tx.now())

    def out(self, cookie: str) -> None:
        with self.database.begin() as tx:
            _end(tx, cookie, tx.now())

    def _begin(self, tx: Transaction, person: Person, facts: Mapping[str, Json], agent: str, before: str,
               now: datetime) -> tuple[str, SignedIn]:
        cookie = secrets.token_urlsafe(32)
        _end(tx, before, now)
        session = Session(hash=hash_of(cookie), id=self.new_id(), person_id=person.id, created_at=now,
                          expires_at=now + SESSION_LASTS, seen_at=now, agent=_printable(agent))
        tx.sessions.add(session)
        tx.audit.append(Event(kind="sign-in", actor=person.email, facts={"session": session.id, **facts}))
        return cookie, SignedIn(session=session, person=person)

    def sweep(self) -> int:
        """Remove links and sessions that expired a day ago."""
        with self.database.begin() as tx:
            before = tx.now() - timedelta(days=1)
            return tx.login_links.forget(before, SWEPT_AT_ONCE) + tx.sessions.forget(before, SWEPT_AT_ONCE)


def hash_of(text: str) -> str:
    """Return as what a random text is kept; it is long enough to need neither salt nor slowness."""
    return hashlib.sha256(text.encode()).hexdigest()


def _usable(tx: Transaction, text: str, now: datetime) -> tuple[LoginLink, Person] | None:
    found = tx.login_links.find(hash_of(text)) if 0 < len(text) <= LONGEST_TEXT else None
    if found is None or found[0].used_at is not None or now >= found[0].expires_at or found[1].disabled:
        return None
    return found


def _lasting(tx: Transaction, cookie: str, now: datetime) -> SignedIn | None:
    found = tx.sessions.find(hash_of(cookie)) if 0 < len(cookie) <= LONGEST_TEXT else None
    if found is None:
        return None
    session, person = found
    over = session.ended_at is not None or now >= session.expires_at or now - session.seen_at >= IDLE
    return None if over or person.disabled else SignedIn(session=session, person=person)


def _end(tx: Transaction, cookie: str, now: datetime) -> None:
    found = _lasting(tx, cookie, now)
    if found is not None and tx.sessions.end(found.session.id, found.person.id, now):
        tx.audit.append(Event(kind="sign-out", actor=found.person.email, facts={"session": found.session.id}))


def _printable(agent: str) -> str:
    return "".join(c if c.isprintable() else " " for c in agent)[:LONGEST_AGENT]
