"""Links that sign people in, and their sessions."""

from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, RowMapping, Table, bindparam, delete, select, update

from core.domain.people import Person
from core.ports.sessions import LoginLink, Session
from integrations.database.conversation_tables import login_links, sessions
from integrations.database.people import person_from_row
from integrations.database.tables import people
from integrations.database.types import Timestamp


class SqlLoginLinks:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, link: LoginLink) -> None:
        self._connection.execute(login_links.insert(), asdict(link))

    def find(self, hash: str) -> tuple[LoginLink, Person] | None:
        row = self._connection.execute(_LINK, {"this": hash}).mappings().one_or_none()
        return (LoginLink(**{name: row[name] for name in _LINK_FIELDS}), person_from_row(row, "person_of_")) if row else None

    def use(self, hash: str, at: datetime) -> bool:
        return self._connection.execute(_USE, {"this": hash, "when": at}).rowcount == 1

    def forget(self, before: datetime, limit: int) -> int:
        return _forget(self._connection, login_links, before, limit)


class SqlSessions:
    def __init__(self, connection: Connection):
        self._connection = connection

    def add(self, session: Session) -> None:
        self._connection.execute(sessions.insert(), asdict(session))

    def find(self, hash: str) -> tuple[Session, Person] | None:
        row = self._connection.execute(_SESSION, {"this": hash}).mappings().one_or_none()
        return (_session(row), person_from_row(row, "person_of_")) if row else None

    def see(self, hash: str, at: datetime) -> None:
        self._connection.execute(update(sessions).where(sessions.c.hash == hash).values(seen_at=at))

    def end(self, session_id: str, person_id: str, at: datetime) -> bool:
        this = (sessions.c.id == session_id, sessions.c.person_id == person_id, sessions.c.ended_at.is_(None))
        return self._connection.execute(update(sessions).where(*this).values(ended_at=at)).rowcount == 1

    def end_all(self, person_id: str, at: datetime) -> int:
        return self._connection.execute(update(sessions).where(
            sessions.c.person_id == person_id, sessions.c.ended_at.is_(None), sessions.c.expires_at > at).values(ended_at=at)).rowcount

    def live(self, person_id: str, at: datetime) -> list[Session]:
        rows = self._connection.execute(select(sessions).where(
            sessions.c.person_id == person_id, sessions.c.ended_at.is_(None), sessions.c.expires_at > at)
            .order_by(sessions.c.created_at.desc(), sessions.c.id.desc())).mappings()
        return [_session(row) for row in rows]

    def forget(self, before: datetime, limit: int) -> int:
        return _forget(self._connection, sessions, before, limit)


def _session(row: RowMapping) -> Session:
    return Session(**{name: row[name] for name in _SESSION_FIELDS})


def _forget(connection: Connection, table: Table, before: datetime, limit: int) -> int:
    over = select(table.c.hash).where(table.c.expires_at < before).limit(limit)
    return connection.execute(delete(table).where(table.c.hash.in_(over))).rowcount


_LINK_FIELDS = tuple(f.name for f in fields(LoginLink))
_SESSION_FIELDS = tuple(f.name for f in fields(Session))
_PERSON = tuple(c.label(f"person_of_{c.name}") for c in people.c)
_LINK = select(login_links, *_PERSON).join(people, people.c.id == login_links.c.person_id).where(login_links.c.hash == bindparam("this"))
_SESSION = select(sessions, *_PERSON).join(people, people.c.id == sessions.c.person_id).where(sessions.c.hash == bindparam("this"))
_USE = update(login_links).where(login_links.c.hash == bindparam("this"), login_links.c.used_at.is_(None)).values(
    used_at=bindparam("when", type_=Timestamp))
