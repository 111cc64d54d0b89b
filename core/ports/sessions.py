"""How people come to the page: links that sign them in, and the sessions that follow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from core.domain.people import Person


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLink:
    """Kept without its text: `hash` names it."""

    hash: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Kept without its cookie: `hash` names that. `agent`: what the browser says it is, to be shown."""

    hash: str
    id: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    seen_at: datetime
    agent: str
    ended_at: datetime | None = None


class LoginLinks(Protocol):
    def add(self, link: LoginLink) -> None: ...

    def find(self, hash: str) -> tuple[LoginLink, Person] | None: ...

    def use(self, hash: str, at: datetime) -> bool:
        """Note that a link is used; False if it was before."""

    def forget(self, before: datetime, limit: int) -> int:
        """Remove what expired before that time; return how many that were."""


class Sessions(Protocol):
    def add(self, session: Session) -> None: ...

    def find(self, hash: str) -> tuple[Session, Person] | None: ...

    def see(self, hash: str, at: datetime) -> None: ...

    def end(self, session_id: str, person_id: str, at: datetime) -> bool:
        """End a session of a person; False if there is none that has not ended."""

    def end_all(self, person_id: str, at: datetime) -> int:
        """End all of a person; return how many that were."""

    def live(self, person_id: str, at: datetime) -> list[Session]:
        """Return a person's sessions that have not ended by then, the newest first."""

    def forget(self, before: datetime, limit: int) -> int:
        """Remove what expired before that time; return how many that were."""
