"""`placet groups`: people of a project who may be named as approvers together."""

from typing import Annotated

from typer import Argument

from api.cli.group_register import GroupRegister
from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.register import get_project
from api.cli.terminal import say, say_json, say_table, shown
from core.domain.groups import PREFIX
from core.domain.people import Person

Identifier = Annotated[str, Argument(metavar="PROJECT", help="Its name, like acme/app.")]
Group = Annotated[str, Argument(metavar="GROUP", help="Approvers name it as group:GROUP.")]
Email = Annotated[str, Argument(metavar="EMAIL")]


def add(project: Identifier, group: Group, as_json: AsJson = False) -> None:
    """Make a group in a project."""
    with installation() as here:
        GroupRegister(here.register).add(project, group)
    if as_json:
        say_json({"project": project, "group": group, "people": []})
        return
    say(f"{PREFIX}{shown(group)} is there; `placet groups admit {shown(project)} {shown(group)} EMAIL` puts somebody into it.")


def remove(project: Identifier, group: Group, as_json: AsJson = False) -> None:
    """Remove a group: nobody answers for it any more, also where it is named already."""
    with installation() as here:
        GroupRegister(here.register).remove(project, group)
    if as_json:
        say_json({"project": project, "group": group, "people": None})
        return
    say(f"{PREFIX}{shown(group)} is not there any more.")


def admit(project: Identifier, group: Group, email: Email, as_json: AsJson = False) -> None:
    """Put a person into a group. To answer, they need a role in the project as well."""
    with installation() as here:
        person, role = GroupRegister(here.register).admit(project, group, email)
    if as_json:
        say_json({"project": project, "group": group, "email": person.email, "role": role.value if role else None})
        return
    without = "" if role else f", but without a role in {shown(project)}: `placet projects admit {shown(project)} {shown(person.email)}`"
    say(f"{shown(person.email)} is in {PREFIX}{shown(group)} now{without}.")


def expel(project: Identifier, group: Group, email: Email, as_json: AsJson = False) -> None:
    """Take a person out of a group: from the next check on, no answer of theirs counts for it."""
    with installation() as here:
        person = GroupRegister(here.register).expel(project, group, email)
    if as_json:
        say_json({"project": project, "group": group, "email": person.email})
        return
    say(f"{shown(person.email)} is not in {PREFIX}{shown(group)} any more.")


def list_groups(project: Identifier, as_json: AsJson = False) -> None:
    """List the groups of a project, with everybody in them."""
    with installation() as here, here.database.read() as tx:
        found = get_project(tx, project)
        groups = tx.groups.of(found.id)
        members = {m.person.id for m in tx.project_register.all_members(found.id)}
    if as_json:
        say_json([{"group": name, "people": [{"email": p.email, "disabled": p.disabled, "inProject": p.id in members} for p in people]}
                  for name, people in groups.items()])
        return
    say_table(("group", "people"), (
        (name, ", ".join(p.email + _why_not(p, p.id in members) for p in people)) for name, people in groups.items()))


def _why_not(person: Person, in_project: bool) -> str:
    return " (disabled)" if person.disabled else "" if in_project else " (no role in the project)"
