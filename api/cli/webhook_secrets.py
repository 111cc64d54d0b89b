"""`placet projects webhook-secret`: what signs the callbacks of a project's runs that bring no secret of their own."""

import base64
import secrets
from typing import Annotated

from typer import Argument

from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.problems import Code, Problem
from api.cli.register import get_project
from api.cli.terminal import say, say_json, say_table, shown
from api.cli.times import utc
from api.webhook_secret import PREFIX
from core.domain.json import timestamp
from core.engine.callback_secrets import sealed_secret

Identifier = Annotated[str, Argument(metavar="PROJECT", help="Its name, like acme/app.")]
MOST = 2
SIZE = 32


def new(project: Identifier, as_json: AsJson = False) -> None:
    """Make a secret, and print it this once. While there are two, each signs every callback, so that receivers can change over."""
    text = PREFIX + base64.b64encode(secrets.token_bytes(SIZE)).decode()
    with installation() as here, here.database.begin() as tx:
        found = get_project(tx, project)
        if len(tx.webhook_secrets.of_project(found.id)) >= MOST:
            raise Problem(f"{project} has two already: drop the older one first, once no receiver needs it.", Code.REFUSED)
        made = sealed_secret(here.vault, here.register.new_id, found.id, None, text, tx.now())
        tx.webhook_secrets.add(made)
        here.register.audit(tx, "add-webhook-secret", {"id": made.id}, found)
    if as_json:
        say_json({"id": made.id, "project": found.identifier, "secret": text})
        return
    say(text)
    say(f"It signs the callbacks of {shown(found.identifier)} from now on, and is not shown again.", error=True)


def list_secrets(project: Identifier, as_json: AsJson = False) -> None:
    """List a project's secrets by their ids, the oldest first."""
    with installation() as here, here.database.read() as tx:
        found = tx.webhook_secrets.of_project(get_project(tx, project).id)
    if as_json:
        say_json([{"id": each.id, "madeAt": timestamp(each.made_at)} for each in found])
        return
    say_table(("id", "made"), ((each.id, utc(each.made_at)) for each in found))


def drop(project: Identifier, secret_id: Annotated[str, Argument(metavar="ID")]) -> None:
    """Drop a secret: it signs nothing any more."""
    with installation() as here, here.database.begin() as tx:
        found = get_project(tx, project)
        there = {each.id for each in tx.webhook_secrets.of_project(found.id)}
        if secret_id not in there:
            raise Problem(f"{project} has no secret {secret_id}: `placet projects webhook-secret list {project}` shows them.", Code.REFUSED)
        tx.webhook_secrets.drop(secret_id)
        here.register.audit(tx, "drop-webhook-secret", {"id": secret_id}, found)
    say(f"{shown(secret_id)} signs nothing any more." + (
        "" if len(there) > 1 else f" {shown(found.identifier)} has none now: callbacks wait until it has one."))
