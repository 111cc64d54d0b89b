"""`placet config`: whether the configuration file can be used."""

from api.cli.installation import installation
from api.cli.terminal import say, shown


def check() -> None:
    """Check the whole configuration file and list every mistake in it; nothing is changed."""
    with installation() as here:
        entries = here.configured()
    for each in entries:
        say(shown(f"schedule {each.name}: {each.flow} for {each.project} at {each.expression}"))
    say("The configuration has no mistake." if entries else "There is nothing in the configuration.")
