"""What an operator changes of groups: each change is one transaction with its audit row."""

from collections.abc import Sequence
from dataclasses import dataclass

from api.cli.problems import Code, Problem
from api.cli.register import Register, get_person, get_project
from core.domain.groups import MOST_IN_GROUP, is_group_name
from core.domain.people import Person, Project, Role
from core.ports.database import Transaction


@dataclass(frozen=True, slots=True)
class GroupRegister:
    register: Register

    def add(self, identifier: str, name: str) -> None:
        if not is_group_name(name):
            raise Problem(f"{name!r} names no group: small letters, digits and . _ -, up to 64, like release-managers.")
        with self.register.database.begin() as tx:
            project = get_project(tx, identifier)
            if not tx.groups.add(project.id, name):
                raise Problem(f"group:{name} is there already: `placet groups list {identifier}` shows who is in it.", Code.REFUSED)
            self.register.audit(tx, "add-group", {"group": name}, project)

    def remove(self, identifier: str, name: str) -> None:
        """Remove a group with everybody in it; whoever names it still, names nobody."""
        with self.register.database.begin() as tx:
            project = get_project(tx, identifier)
            people = _people(tx, project, name)
            tx.groups.remove(project.id, name)
            self.register.audit(tx, "remove-group", {"group": name, "people": [person.email for person in people]}, project)

    def admit(self, identifier: str, name: str, email: str) -> tuple[Person, Role | None]:
        """Put a person into a group; return them with their role in the project."""
        with self.register.database.begin() as tx:
            project, person = get_project(tx, identifier), get_person(tx, email)
            if len(_people(tx, project, name)) >= MOST_IN_GROUP:
                raise Problem(f"group:{name} is full: {MOST_IN_GROUP} people may be in one.", Code.REFUSED)
            if tx.groups.admit(project.id, name, person.id):
                self.register.audit(tx, "admit-to-group", {"group": name, "email": person.email}, project)
            return person, tx.people.roles(person.id).get(project.id)

    def expel(self, identifier: str, name: str, email: str) -> Person:
        with self.register.database.begin() as tx:
            project, person = get_project(tx, identifier), get_person(tx, email)
            _people(tx, project, name)
            if not tx.groups.expel(project.id, name, person.id):
                raise Problem(f"{email} is not in group:{name}: `placet groups list {identifier}` shows who is.", Code.REFUSED)
            self.register.audit(tx, "expel-from-group", {"group": name, "email": person.email}, project)
        return person


def _people(tx: Transaction, project: Project, name: str) -> Sequence[Person]:
    """Return everybody in a group."""
    groups = tx.groups.of(project.id)
    if name not in groups:
        there = f"`placet groups add {project.identifier} {name}` makes it"
        raise Problem(f"There is no group:{name} in {project.identifier}: {there}.", Code.REFUSED)
    return groups[name]
