"""Tokens that people mint for themselves, which do no more than they may and for no longer than a working day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from core.domain.audit import Event
from core.domain.people import Caller, Role, capped
from core.engine.sight import at_home, get_project
from core.errors import Invalid, NotFound
from core.ports.database import Database, NewId
from core.ports.tokens import MintedToken, TokenWriter

LONGEST_LIFE = timedelta(hours=8)
MOST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnTokens:
    database: Database
    new_id: NewId
    writer: TokenWriter

    def list(self, caller: Caller) -> Sequence[MintedToken]:
        """Return the tokens of a person that are accepted now, the newest first; also those that an operator minted for them."""
        person = at_home(caller)
        with self.database.read() as tx:
            now = tx.now()
            return [each for each in tx.tokens.of_person(person.email) if each.revoked_at is None and each.expires_at > now]

    def mint(self, caller: Caller, *, role: Role, project: str | None, life: timedelta) -> tuple[MintedToken, str]:
        """Make a token that narrows what its person may: to a role, and to one project or (None) to all that they see.

        Its text is kept nowhere.
        """
        person = at_home(caller)
        if not timedelta() < life <= LONGEST_LIFE:
            raise Invalid((f"A token of your own lasts up to {LONGEST_LIFE // timedelta(hours=1)} hours.",))
        with self.database.begin() as tx:
            projects = _listed(caller) if project is None else (get_project(tx, caller, project).identifier,)
            now = tx.now()
            live = [each for each in tx.tokens.of_person(person.email) if each.revoked_at is None and each.expires_at > now]
            if len(live) >= MOST:
                raise Invalid((f"{MOST} tokens of yours are accepted already, and that is the limit: revoke one first.",))
            token = MintedToken(id=self.new_id(), subject=person.email, role=capped(role, caller.role), projects=projects,
                                created_at=now, expires_at=now + life)
            tx.tokens.add(token)
            tx.audit.append(Event(kind="mint-token", actor=caller.name, facts={
                "token": token.id, "subject": token.subject, "role": token.role.value,
                "projects": list(projects) if projects is not None else None}))
        return token, self.writer.mint(token)

    def revoke(self, caller: Caller, token_id: str) -> None:
        """End a token of one's own; one that is over already stays so."""
        person = at_home(caller)
        with self.database.begin() as tx:
            token = next((each for each in tx.tokens.of_person(person.email) if each.id == token_id), None)
            if token is None:
                raise NotFound("token")
            if token.revoked_at is None:
                tx.tokens.revoke(token.id, tx.now())
                tx.audit.append(Event(kind="revoke-token", actor=caller.name, facts={"token": token.id, "subject": token.subject}))


def _listed(caller: Caller) -> tuple[str, ...] | None:
    return tuple(sorted(caller.projects)) if caller.projects is not None else None
