"""`placet people`: who is known here."""

import os
from typing import Annotated, Literal, TypeAlias

from typer import Argument, Option

from api.cli.installation import installation, settings
from api.cli.options import AsJson
from api.cli.problems import Problem
from api.cli.service import service_url
from api.cli.terminal import say, say_json, say_table, shown
from core.domain.identities import oidc_provider
from core.domain.json import timestamp
from core.domain.people import Person

AtProviderName: TypeAlias = Literal["github", "oidc"]
AtProviderArgument = Argument(metavar="PROVIDER", help="github, or oidc: the issuer that PLACET_OIDC_ISSUER names.")
ExternalIdArgument = Argument(metavar="ID", help="What stays when a name changes: the account's number; at oidc the `sub`.")
Linked: TypeAlias = Annotated[str, Argument(metavar="PROVIDER", help="As `placet people links` shows it, or oidc.")]
ExternalId = Annotated[str, ExternalIdArgument]
Login = Annotated[str | None, Argument(metavar="LOGIN", help="At github.")]
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


def link(email: Email, provider: Annotated[AtProviderName | None, AtProviderArgument] = None,
         id: Annotated[str | None, ExternalIdArgument] = None, login: Login = None,
         code: Annotated[str | None, Option(metavar="CODE", help="What the person was answered to `link`, instead.")] = None,
         as_json: AsJson = False) -> None:
    """Say who a person is elsewhere: at GitHub by the account's number, which stays, and its login; at an issuer of tokens by `sub`.

    Or by the code that the person was given where they talk: make sure that it is they who gave it to you.
    """
    if (code is None) is (provider is None) or (code is None) is (id is None):
        raise Problem("Say who it is: `placet people link EMAIL PROVIDER ID`, or `placet people link EMAIL --code CODE`.")
    with installation() as here:
        if code is not None:
            made = here.register.link_by_code(email, code)
        else:
            made = here.register.link(email, _named(str(provider)), str(id), login)
    if as_json:
        say_json({"email": email, "provider": made.provider, "id": made.external_id, "login": made.login})
        return
    who = f"{shown(made.login)} ({shown(made.external_id)})" if made.login else shown(made.external_id)
    say(f"{shown(email)} is {who} at {made.provider}.")


def login_link(email: Email, as_json: AsJson = False) -> None:
    """Make a link that signs a person in at the page: it works once, for 15 minutes, and is shown here only."""
    with installation() as here:
        link = here.register.login_link(email)
    address = (settings().public_url or service_url(os.environ)) + link.path
    if as_json:
        say_json({"email": link.email, "url": address, "expiresAt": timestamp(link.expires_at)})
        return
    say(address)


def mail(email: Email, state: Annotated[Literal["on", "off"], Argument(metavar="on|off")], as_json: AsJson = False) -> None:
    """Turn a person's mail on or off, as they can on their account page."""
    with installation() as here:
        person = here.register.switch_mail(email, off=state == "off")
    if as_json:
        say_json({"email": person.email, "mail": state})
        return
    say(f"{shown(person.email)} {'is told by mail' if state == 'on' else 'gets no mail'} from now on.")


def unlink(provider: Linked, id: ExternalId, as_json: AsJson = False) -> None:
    """Take back who a person is at a provider."""
    at = _named(provider)
    with installation() as here:
        person = here.register.unlink(at, id)
    if as_json:
        say_json({"email": person.email, "provider": at, "id": id})
        return
    say(f"{shown(person.email)} is no more {shown(id)} at {at}.")


def list_links(as_json: AsJson = False) -> None:
    """List who people are elsewhere."""
    with installation() as here, here.database.read() as tx:
        found = tx.identities.all()
    if as_json:
        say_json([{"email": person.email, "provider": at.provider, "id": at.external_id, "login": at.login} for at, person in found])
        return
    say_table(("e-mail", "at", "id", "login"), ((person.email, at.provider, at.external_id, at.login or "") for at, person in found))


def _named(provider: str) -> str:
    """Return what a provider's identities are kept under; an issuer's, by its address."""
    if provider != "oidc":
        return provider
    issuer = settings().oidc_issuer
    if issuer is None:
        raise Problem("PLACET_OIDC_ISSUER is not set: nobody can be linked to a subject of it.")
    return oidc_provider(issuer)


def _tell(person: Person, what: str, as_json: bool) -> None:
    if as_json:
        say_json(_json(person))
        return
    say(f"{shown(person.email)} {what}.")


def _json(person: Person) -> dict[str, str | bool]:
    return {"email": person.email, "name": person.name, "disabled": person.disabled}
