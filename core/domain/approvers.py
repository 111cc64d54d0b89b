"""Who may answer, and whose answers make the quorum. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from core.domain.people import Member, Role, email_key
from core.errors import NotAnApprover, SelfApproval

MOST_APPROVERS = 100


class Given(Protocol):
    """An answer, as far as counting needs it."""

    @property
    def person_id(self) -> str: ...


G = TypeVar("G", bound=Given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Electorate:
    """The people of a project who may answer one request, read in the transaction that decides.

    `named`: e-mail addresses; empty means today's owners, never everybody. `excluded`: person ids and e-mail keys of whoever asked, started
    or benefits. `members`: at least everyone whose answer is looked at, by person id.
    """

    named: tuple[str, ...]
    excluded: frozenset[str]
    self_approval: bool
    members: Mapping[str, Member]

    def eligible(self) -> list[Member]:
        """Return who may answer, among the members known here."""
        return [m for m in self.members.values() if self._chosen(m) and not self._excluded(m)]

    def refuse_unless_eligible(self, person_id: str) -> None:
        member = self.members.get(person_id)
        if member is None or member.person.disabled:
            raise NotAnApprover(self._whom_to_ask())
        if self._excluded(member):
            raise SelfApproval
        if not self._chosen(member):
            raise NotAnApprover(self._whom_to_ask())

    def counted(self, answers: Iterable[G]) -> list[G]:
        """Return the answers whose people may answer now."""
        may = {m.person.id for m in self.eligible()}
        return [a for a in answers if a.person_id in may]

    def _chosen(self, member: Member) -> bool:
        if member.person.disabled or member.role not in (Role.OWNER, Role.MEMBER):
            return False
        if not self.named:
            return member.role is Role.OWNER
        return email_key(member.person.email) in {email_key(n) for n in self.named}

    def _excluded(self, member: Member) -> bool:
        return not self.self_approval and bool({member.person.id, email_key(member.person.email)} & self.excluded)

    def _whom_to_ask(self) -> tuple[str, ...]:
        return self.named or tuple(sorted(m.person.email for m in self.eligible()))
