"""`placet tokens`: what people and applications show to be let in."""

from datetime import datetime, timedelta
from typing import Annotated

from typer import Argument, Option

from api.cli.installation import installation
from api.cli.options import AsJson, PersonRole
from api.cli.problems import Code, Problem
from api.cli.register import TokenOrder
from api.cli.terminal import say, say_json, say_table, shown
from api.cli.times import now, utc
from core.domain.json import timestamp
from core.domain.people import Role
from core.ports.tokens import MintedToken

PersonOption = Annotated[str | None, Option(metavar="EMAIL", help="For this person.")]
ApplicationOption = Annotated[str | None, Option(metavar="NAME", help="For this program.")]
RoleOption = Annotated[PersonRole, Option(help="The most that a person may be with it.")]
Hours = Annotated[float, Option(metavar="N", help="How long it is accepted.")]
Projects = Annotated[list[str] | None, Option("--project", metavar="PROJECT", help="Only there; may be given several times.")]
Execution = Annotated[str | None, Option(metavar="ID", help="An application's token for one run and those below it.")]

ActFor = Annotated[bool, Option("--act-for", help="An owner's, for a bridge that answers in the name of others: both are recorded.")]
BreakGlass = Annotated[bool, Option("--break-glass", help="An owner's, to skip approval where a flow allows it: all owners are told.")]


def mint(person: PersonOption = None, application: ApplicationOption = None, role: RoleOption = "owner", hours: Hours = 8,
         project: Projects = None, execution: Execution = None, act_for: ActFor = False, break_glass: BreakGlass = False) -> None:
    """Mint a token. It is printed once and kept nowhere; what is told of it goes to stderr."""
    order = TokenOrder(
        person=person, application=application, role=Role(role), projects=tuple(project) if project else None, execution=execution,
        act_for=act_for, break_glass=break_glass, life=timedelta(hours=hours) if 0 < hours < 1e6 else timedelta())
    with installation() as here:
        token = here.register.remember_token(order)
        text = here.issuer.mint(token)
    say(text)
    say(f"A token for {shown(token.subject)} until {utc(token.expires_at)} UTC, as PLACET_TOKEN. "
        f"It is shown only now; `placet tokens revoke {token.id}` ends it.", error=True)


def list_tokens(as_json: AsJson = False) -> None:
    """List the tokens that were minted."""
    with installation() as here, here.database.read() as tx:
        tokens = tx.tokens.list()
    if as_json:
        say_json([_json(t) for t in tokens])
        return
    at = now()
    say_table(("id", "for", "role", "projects", "until (UTC)", "", ""), (
        (t.id, t.subject, t.role.value, ", ".join(t.projects) if t.projects is not None else "all", utc(t.expires_at), _rights(t),
         _state(t, at)) for t in tokens))


def revoke(id_or_subject: Annotated[str, Argument(metavar="ID|EMAIL|NAME", help="One token, or all of a person or application.")],
           as_json: AsJson = False) -> None:
    """End a token before its time."""
    with installation() as here:
        revoked = here.register.revoke_tokens(id_or_subject)
    if not revoked:
        raise Problem(f"No token of {id_or_subject} is accepted now: `placet tokens list` shows those there are.", Code.REFUSED)
    if as_json:
        say_json([t.id for t in revoked])
        return
    say(f"{len(revoked)} revoked.")


def _state(token: MintedToken, at: datetime) -> str:
    if token.revoked_at is not None:
        return "revoked"
    return "expired" if token.expires_at <= at else ""


def _rights(token: MintedToken) -> str:
    return ", ".join(name for name, given in (("act-for", token.act_for), ("break-glass", token.break_glass)) if given)


def _json(token: MintedToken) -> dict[str, str | bool | list[str] | None]:
    return {
        "id": token.id, "subject": token.subject, "role": token.role.value,
        "projects": list(token.projects) if token.projects is not None else None,
        "createdAt": timestamp(token.created_at), "expiresAt": timestamp(token.expires_at),
        "revokedAt": timestamp(token.revoked_at) if token.revoked_at else None, "actFor": token.act_for, "breakGlass": token.break_glass}
