"""People, who they are elsewhere, and where they belong."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.domain.identities import Identity
from core.domain.people import Member, Person, Project, Role


class People(Protocol):
    def find(self, email: str) -> Person | None: ...

    def members(self, project_id: str, *, people: Collection[str] = (), emails: Collection[str] = (),
                owners: bool = False) -> dict[str, Member]:
        """Return members of a project by person id: these people, those with these e-mails, its owners."""

    def owners(self, project_id: str) -> tuple[str, ...]:
        """Return the e-mails of a project's owners who are not disabled."""

    def disabled(self, people: Collection[str]) -> set[str]:
        """Return which of these person ids are disabled."""

    def roles(self, person_id: str) -> dict[str, Role]:
        """Return a person's role by project id."""


class Identities(Protocol):
    """Who people are at providers."""

    def find(self, provider: str, external_id: str) -> tuple[Identity, Person] | None: ...

    def by_login(self, provider: str, login: str, project_ids: Collection[str] | None) -> tuple[Identity, Person] | None:
        """Return the one who has a login and belongs to one of these projects (None: to any) and is not disabled; None for none or two."""

    def all(self) -> Sequence[tuple[Identity, Person]]: ...

    def link(self, identity: Identity) -> None:
        """Insert or replace; whoever had that login before has it no more."""

    def unlink(self, provider: str, external_id: str) -> None: ...


class PeopleRegister(Protocol):
    """What an operator changes."""

    def add(self, person: Person) -> None: ...

    def disable(self, person_id: str, disabled: bool) -> None: ...

    def list(self) -> list[Person]: ...


class Projects(Protocol):
    def get(self, project_id: str) -> Project | None: ...

    def find(self, identifier: str) -> Project | None: ...

    def list(self) -> list[Project]: ...


class ProjectRegister(Protocol):
    """What an operator changes."""

    def add(self, project: Project) -> None: ...

    def admit(self, project_id: str, person_id: str, role: Role | None) -> None:
        """Give a person a role in a project, or take it (None)."""

    def all_members(self, project_id: str) -> list[Member]: ...
