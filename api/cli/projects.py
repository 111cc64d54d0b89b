"""`placet projects`: which there are, and who belongs to them."""

from typing import Annotated

from typer import Argument, Option

from api.cli.installation import installation
from api.cli.options import AsJson, PersonRole
from api.cli.register import get_project
from api.cli.terminal import say, say_json, say_table, shown
from core.domain.people import Role

Identifier = Annotated[str, Argument(metavar="PROJECT", help="Its name, like acme/app.")]
Email = Annotated[str, Argument(metavar="EMAIL")]
PlaceName = Annotated[str, Argument(metavar="PLACE", help="Where it is at home: github:<installation>/<repository's number>.")]
Owners = Annotated[list[str] | None, Option("--owner", metavar="EMAIL", help="Who answers its requests; may be given several times.")]


def add(project: Identifier, owner: Owners = None, as_json: AsJson = False) -> None:
    """Make a project."""
    with installation() as here:
        made = here.register.add_project(project, owner or [])
    if as_json:
        say_json({"identifier": made.identifier, "owners": owner or []})
        return
    say(f"The project {shown(made.identifier)} is there." + (
        "" if owner else f" It needs an owner: `placet projects admit {shown(made.identifier)} EMAIL --role owner`."))


def list_projects(as_json: AsJson = False) -> None:
    """List the projects."""
    with installation() as here, here.database.read() as tx:
        found = [(p, tx.project_register.all_members(p.id)) for p in tx.projects.list()]
    if as_json:
        say_json([{"identifier": p.identifier, "owners": [m.person.email for m in members if m.role is Role.OWNER],
                   "members": [m.person.email for m in members if m.role is Role.MEMBER]} for p, members in found])
        return
    say_table(("project", "owners", "members"), (
        (p.identifier, ", ".join(m.person.email for m in members if m.role is Role.OWNER),
         str(sum(m.role is Role.MEMBER for m in members))) for p, members in found))


def show(project: Identifier, as_json: AsJson = False) -> None:
    """Show who belongs to a project."""
    with installation() as here, here.database.read() as tx:
        found = get_project(tx, project)
        members = tx.project_register.all_members(found.id)
    if as_json:
        say_json({"identifier": found.identifier, "people": [
            {"email": m.person.email, "name": m.person.name, "role": m.role.value, "disabled": m.person.disabled} for m in members]})
        return
    say(shown(found.identifier))
    say_table(("e-mail", "name", "role", ""), (
        (m.person.email, m.person.name, m.role.value, "disabled" if m.person.disabled else "") for m in members))


def admit(project: Identifier, email: Email,
          role: Annotated[PersonRole, Option(help="Owners answer its requests, unless others are named.")] = "member",
          as_json: AsJson = False) -> None:
    """Give a person a role in a project, or another role."""
    with installation() as here:
        member = here.register.admit(project, email, Role(role))
    if as_json:
        say_json({"project": project, "email": member.person.email, "role": member.role.value})
        return
    say(f"{shown(member.person.email)} is {member.role.value} of {shown(project)} now.")


def remove(project: Identifier, email: Email, as_json: AsJson = False) -> None:
    """Take a person out of a project."""
    with installation() as here:
        here.register.remove(project, email)
    if as_json:
        say_json({"project": project, "email": email, "role": None})
        return
    say(f"{shown(email)} is not in {shown(project)} any more.")


def bind(project: Identifier, place: PlaceName, as_json: AsJson = False) -> None:
    """Say where a project is at home: only what is said there counts for its requests."""
    with installation() as here:
        bound = here.register.bind(project, place)
    _tell_place(project, bound.place, "is at home at", as_json)


def unbind(project: Identifier, place: PlaceName, as_json: AsJson = False) -> None:
    """Take that back: nothing that is said there counts for its requests any more."""
    with installation() as here:
        bound = here.register.unbind(project, place)
    _tell_place(project, bound.place, "is not at home any more at", as_json)


def places(project: Annotated[str | None, Option("--project", "-p", metavar="PROJECT", help="Only this project's.")] = None,
           as_json: AsJson = False) -> None:
    """List where projects are at home."""
    with installation() as here, here.database.read() as tx:
        names = {p.id: p.identifier for p in ([get_project(tx, project)] if project is not None else tx.projects.list())}
        found = [(names[each.project_id], each.place) for each in tx.places.list() if each.project_id in names]
    if as_json:
        say_json([{"project": name, "place": place} for name, place in found])
        return
    say_table(("project", "at home at"), found)


def _tell_place(project: str, place: str, what: str, as_json: bool) -> None:
    if as_json:
        say_json({"project": project, "place": place})
        return
    say(f"{shown(project)} {what} {shown(place)}.")
