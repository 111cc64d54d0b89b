"""Who may answer, and whose answers make the quorum. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

from core.domain.groups import emails_in, groups_in
from core.domain.people import Member, Role, email_key
from core.domain.teams import teams_in
from core.errors import NotAnApprover, RoleTooLow, SelfApproval

MOST_APPROVERS = 100


class Given(Protocol):
    """An answer, as far as counting needs it."""

    @property
    def person_id(self) -> str: ...
    @property
    def acted_by_id(self) -> str | None: ...


G = TypeVar("G", bound=Given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Electorate:
    """The people of a project who may answer one request, read in the transaction that decides.

    `named`: e-mail addresses, groups and teams; empty means today's owners, never everybody. `among`, where not empty: whoever answers is
    one of these as well. `excluded`: person ids and e-mail keys of whoever asked, started or benefits. `members`: at least everyone whose
    answer is looked at, by person id.
    """

    named: tuple[str, ...]
    among: tuple[str, ...] = ()
    excluded: frozenset[str]
    self_approval: bool
    members: Mapping[str, Member]

    def eligible(self) -> list[Member]:
        """Return who may answer, among the members known here."""
        return [m for m in self.members.values() if self._chosen(m) and not self._excluded(m)]

    def owners(self) -> tuple[str, ...] | None:
        """Return by e-mail today's owners, where they are the ones to answer; None where others are named."""
        if self.named:
            return None
        return by_key(m.person.email for m in self.members.values() if m.role is Role.OWNER and not m.person.disabled)

    def refuse_unless_eligible(self, person_id: str) -> None:
        member = self.members.get(person_id)
        if member is None or member.person.disabled:
            raise NotAnApprover(self._whom_to_ask())
        if self._excluded(member):
            raise SelfApproval
        if not self._chosen(member):
            raise NotAnApprover(self._whom_to_ask())

    def refuse_unless_acting(self, person_id: str) -> None:
        """Refuse who answers for somebody else and is no owner, or may not answer this one themselves because they asked or benefit."""
        member = self.members.get(person_id)
        if member is None or member.person.disabled or member.role is not Role.OWNER:
            raise RoleTooLow((Role.OWNER,))
        if self._excluded(member):
            raise SelfApproval

    def counted(self, answers: Iterable[G]) -> list[G]:
        """Return the answers whose people may answer now, and that were given by themselves or by somebody who may answer for others."""
        may = {m.person.id for m in self.eligible()}
        acting = {m.person.id for m in self.members.values() if m.role is Role.OWNER and not m.person.disabled and not self._excluded(m)}
        return [a for a in answers if a.person_id in may and (a.acted_by_id is None or a.acted_by_id in acting)]

    def _chosen(self, member: Member) -> bool:
        if member.person.disabled or member.role not in (Role.OWNER, Role.MEMBER):
            return False
        if not self.named:
            return member.role is Role.OWNER
        return names(self.named, member) and (not self.among or names(self.among, member))

    def _excluded(self, member: Member) -> bool:
        return not self.self_approval and bool({member.person.id, email_key(member.person.email)} & self.excluded)

    def _whom_to_ask(self) -> tuple[str, ...]:
        return self.named or tuple(sorted(m.person.email for m in self.eligible()))


def by_key(emails: Iterable[str]) -> tuple[str, ...]:
    """Return e-mails in the order in which they are shown."""
    return tuple(sorted(emails, key=email_key))


def names(approvers: Iterable[str], member: Member) -> bool:
    """Tell whether approvers name a member, by e-mail or by one of their groups or teams."""
    named = tuple(approvers)
    return email_key(member.person.email) in {email_key(n) for n in emails_in(named)} or not member.groups.isdisjoint(
        (*groups_in(named), *teams_in(named)))


def widens(wanted: Iterable[str], allowed: Iterable[str], members: Iterable[Member]) -> bool:
    """Tell whether approvers name anybody beside those allowed. A group or team is allowed only by its name, a person also by theirs."""
    asked, given = tuple(wanted), tuple(allowed)
    within = {email_key(n) for n in emails_in(given)} | {email_key(m.person.email) for m in members if names(given, m)}
    together = {*groups_in(given), *teams_in(given)}
    return not ({*groups_in(asked), *teams_in(asked)} <= together and {email_key(n) for n in emails_in(asked)} <= within)
