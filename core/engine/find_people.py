"""Look people up by who they are elsewhere."""

from dataclasses import dataclass, field
from datetime import timedelta

from core.domain.audit import Event
from core.domain.identities import GITHUB, Identity
from core.domain.people import Caller, Person
from core.engine.rate import Rate
from core.engine.sight import visible_projects
from core.errors import NotFound
from core.ports.database import Database


def _usual() -> Rate:
    return Rate(most=30, within=timedelta(minutes=1))


@dataclass(frozen=True, slots=True, kw_only=True)
class FindPeople:
    """`rate`: how often one token may ask, so that nobody collects addresses."""

    database: Database
    rate: Rate = field(default_factory=_usual)

    def by_github(self, caller: Caller, login: str) -> tuple[Identity, Person]:
        """Return the person who has a login there, if they belong to a project that the caller sees; every look-up is audited."""
        with self.database.begin() as tx:
            self.rate.take(caller.token or caller.name, tx.now())
            projects = set() if caller.execution is not None else visible_projects(tx, caller)
            found = tx.identities.by_login(GITHUB, login, projects)
            tx.audit.append(Event(kind="look-up", actor=caller.name, facts={
                "provider": GITHUB, "login": login, "found": found is not None}))
        if found is None:
            raise NotFound("person")
        return found
