"""`placet people`: who is known here."""

from typing import Annotated, Literal, TypeAlias

from typer import Argument, Option

from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.terminal import say, say_json, say_table, shown
from core.domain.people import Person

AtProvider: TypeAlias = Annotated[Literal["github"], Argument(metavar="PROVIDER", help="github")]
ExternalId = Annotated[str, Argument(metavar="ID", help="The account's number, which stays when it is renamed.")]
Email = Annotated[str, Argument(metavar="EMAIL")]


def add(email: Email, name: Annotated[str, Option(metavar="NAME", help="As others see it; without it, the address.")] = "",
        as_json: AsJson = False) -> None:
    """Make a person known."""
    with installation() as here:
        person = here.register.add_person(email, name or email.partition("@")[0])
    _tell(person, "is known now; `placet projects admit PROJECT EMAIL` gives a role", as_json)


def list_people(as_json: AsJson = False) -> None:
    """List everybody."""
    with installation() as here, here.database.read() as tx:
        people = tx.people_register.list()
    if as_json:
        say_json([_json(p) for p in people])
        return
    say_table(("e-mail", "name", ""), ((p.email, p.name, "disabled" if p.disabled else "") for p in people))


def disable(email: Email, as_json: AsJson = False) -> None:
    """Shut a person out: from the next check on, no token of theirs is accepted and no answer of theirs counts."""
    with installation() as here:
        person = here.register.disable_person(email, True)
    _tell(person, "is disabled", as_json)


def enable(email: Email, as_json: AsJson = False) -> None:
    """Let a disabled person in again."""
    with installation() as here:
        person = here.register.disable_person(email, False)
    _tell(person, "is enabled", as_json)


def link(email: Email, provider: AtProvider, id: ExternalId, login: Annotated[str, Argument(metavar="LOGIN")],
         as_json: AsJson = False) -> None:
    """Say who a person is at GitHub: by the account's number, which stays, and its login."""
    with installation() as here:
        here.register.link(email, provider, id, login)
    if as_json:
        say_json({"email": email, "provider": provider, "id": id, "login": login})
        return
    say(f"{shown(email)} is {shown(login)} ({shown(id)}) at {provider}.")


def unlink(provider: AtProvider, id: ExternalId, as_json: AsJson = False) -> None:
    """Take back who a person is at a provider."""
    with installation() as here:
        person = here.register.unlink(provider, id)
    if as_json:
        say_json({"email": person.email, "provider": provider, "id": id})
        return
    say(f"{shown(person.email)} is no more {shown(id)} at {provider}.")


def list_links(as_json: AsJson = False) -> None:
    """List who people are elsewhere."""
    with installation() as here, here.database.read() as tx:
        found = tx.identities.all()
    if as_json:
        say_json([{"email": person.email, "provider": at.provider, "id": at.external_id, "login": at.login} for at, person in found])
        return
    say_table(("e-mail", "at", "id", "login"), ((person.email, at.provider, at.external_id, at.login or "") for at, person in found))


def _tell(person: Person, what: str, as_json: bool) -> None:
    if as_json:
        say_json(_json(person))
        return
    say(f"{shown(person.email)} {what}.")


def _json(person: Person) -> dict[str, str | bool]:
    return {"email": person.email, "name": person.name, "disabled": person.disabled}
