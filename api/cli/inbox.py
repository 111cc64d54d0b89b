"""`placet inbox`: what platforms delivered and what has not been handled."""

from typing import Annotated

from typer import Argument, Option

from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.problems import Problem
from api.cli.terminal import say, say_json, say_table, shown
from api.cli.times import utc
from core.domain.json import timestamp

MOST = 1_000


def list_deliveries(set_aside: Annotated[bool, Option("--set-aside", help="Only what was given up.")] = False,
                    as_json: AsJson = False) -> None:
    """List deliveries that are not handled yet, the oldest first, and why not. What they say is not shown."""
    with installation() as here, here.database.read() as tx:
        found = tx.inbox.list(set_aside=set_aside, limit=MOST)
    if as_json:
        say_json([{"id": f.id, "provider": f.delivery.provider, "deliveryId": f.delivery.delivery_id,
                   "receivedAt": timestamp(f.received_at),
                   "tries": f.tries, "error": f.error, "setAsideAt": timestamp(f.set_aside_at) if f.set_aside_at else None} for f in found])
        return
    say_table(("id", "from", "received", "tries", "", "why"), (
        (f.id, f.delivery.provider, f"{utc(f.received_at)} UTC", str(f.tries), "set aside" if f.set_aside_at else "", f.error or "")
        for f in found))


def replay(id: Annotated[str | None, Argument(metavar="ID", help="As `placet inbox list` shows it.")] = None,
           everything: Annotated[bool, Option("--all", help="All that were set aside.")] = False, as_json: AsJson = False) -> None:
    """Handle a delivery once more: what has counted already does not count again."""
    if (id is None) is not everything:
        raise Problem("Say which one: `placet inbox replay ID`, or --all for all that were set aside.")
    with installation() as here:
        replayed = here.register.replay(id)
    if as_json:
        say_json({"replayed": replayed})
        return
    say(f"{shown(replayed[0])} is handled again." if id is not None else f"{len(replayed)} are handled again.")
