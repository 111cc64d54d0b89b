"""`placet callbacks`: what programs could not be told, and telling them again."""

from typing import Annotated

from typer import Argument

from api.cli.installation import installation
from api.cli.options import AsJson
from api.cli.problems import Code, Problem
from api.cli.terminal import say, say_json, say_table, shown
from api.cli.times import utc
from core.domain.json import timestamp
from core.engine.call_back import ReplayCallback

MOST = 1_000


def list_callbacks(as_json: AsJson = False) -> None:
    """List what nobody tries to deliver any more, the newest first."""
    with installation() as here, here.database.read() as tx:
        found = tx.callbacks.set_aside(MOST)
    if as_json:
        say_json([{"id": each.id, "executionId": each.execution_id, "event": each.event.value, "putAt": timestamp(each.put_at),
                   "setAsideAt": timestamp(each.set_aside_at) if each.set_aside_at else None, "error": each.error} for each in found])
        return
    say_table(("id", "run", "event", "since", "why"), (
        (each.id, each.execution_id, each.event.value, utc(each.put_at), each.error or "") for each in found))


def replay(callback_id: Annotated[str, Argument(metavar="ID", help="As `placet callbacks list` shows it.")]) -> None:
    """Deliver one again, under the id by which its receiver knows it."""
    with installation() as here:
        callback = ReplayCallback(database=here.database).replay(callback_id)
        if callback is None:
            raise Problem(f"No callback {callback_id} waits to be sent again: `placet callbacks list` shows those that do.", Code.REFUSED)
        with here.database.begin() as tx:
            here.register.audit(tx, "replay-callback", {"id": callback.id, "execution": callback.execution_id})
    say(f"{shown(callback.event.value)} of {shown(callback.execution_id)} is on its way again.")
