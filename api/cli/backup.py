"""`placet backup`: the database as it is now, in one file."""

from pathlib import Path
from typing import Annotated

from typer import Argument

from api.cli.installation import settings, starting
from api.cli.terminal import say, shown


def backup(file: Annotated[Path, Argument(metavar="FILE", help="Where to; it must not be there yet.")]) -> None:
    """Copy the database while it is in use. The keys are no part of it: keep them elsewhere, without them it cannot be used."""
    from api.wiring.upkeep import backup_database

    with starting():
        backup_database(settings(), file.absolute())
    say(shown(f"{file} holds the database as it was just now. It holds no keys: keep those of PLACET_HOME in another place."))
