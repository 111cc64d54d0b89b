"""People, who they are elsewhere, and where they belong."""

from collections.abc import Collection, Sequence
from typing import Protocol

from core.domain.identities import Identity
from core.domain.people import Member, Person, Project, Role


class People(Protocol):
    def find(self, email: str) -> Person | None: ...

    def members(self, project_id: str, *, people: Collection[str] = (), emails: Collection[str] = (), groups: Collection[str] = (),
                owners: bool = False) -> dict[str, Member]:
        """Return members of a project by person id: these people, those with these e-mails, those in these groups, its owners.

        Which of these groups each is in stands with them. Role and groups are read at one moment.
        """

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

    def bearer(self, provider: str, external_id: str, email: str | None) -> Person | None:
        """Return the one linked to an identity; if nobody is, the one with this e-mail, unless they are linked to another one there."""

    def subjects(self, provider: str, person_id: str) -> set[str]:
        """Return as whom a person is known at a provider."""

    def of_person(self, person_id: str) -> Sequence[Identity]:
        """Return who a person is, by provider."""

    def all(self) -> Sequence[tuple[Identity, Person]]: ...

    def link(self, identity: Identity) -> None:
        """Insert or replace; whoever had that login before has it no more."""

    def unlink(self, provider: str, external_id: str) -> None: ...


class Groups(Protocol):
    """Groups of people in a project; being in one gives no role there."""

    def of(self, project_id: str) -> dict[str, list[Person]]:
        """Return a project's groups by name, with everybody in them."""

    def missing(self, project_id: str, names: Collection[str]) -> list[str]:
        """Return which of these names no group of a project has."""

    def add(self, project_id: str, name: str) -> bool:
        """Make a group; tell whether there was none of that name."""

    def remove(self, project_id: str, name: str) -> None: ...

    def admit(self, project_id: str, name: str, person_id: str) -> bool:
        """Put a person into a group; tell whether they were not in it."""

    def expel(self, project_id: str, name: str, person_id: str) -> bool:
        """Take a person out of a group; tell whether they were in it."""


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
