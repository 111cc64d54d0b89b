"""`placet login`: the page on which somebody makes a token for themselves."""

import os
import sys
import webbrowser
from typing import Annotated

from typer import Option

from api.cli.service import service_url
from api.cli.terminal import say, shown


def login(show: Annotated[bool, Option("--print", help="Print the address only, and open nothing.")] = False) -> None:
    """Open your account on Placet's page, where you make a token of your own: it does what you may, for up to 8 hours."""
    address = f"{service_url(os.environ)}/account"
    say(shown(address))
    if show or not sys.stdout.isatty():
        return
    webbrowser.open(address)
    say("Make a token there, and set it here: export PLACET_TOKEN=...", error=True)
