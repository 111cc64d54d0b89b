"""`placet doctor`: what is wrong, and what to do."""

from rich.text import Text
from typer import Exit

from api.cli.options import AsJson
from api.cli.problems import Code
from api.cli.terminal import say, say_json, shown

_STYLES = {"ok": "green", "note": "yellow", "wrong": "red"}


def doctor(as_json: AsJson = False) -> None:
    """Look at settings, keys, database, clock, engine and providers, and change nothing; exit code 1 if something is wrong."""
    from api.doctor import examine
    from api.finding import State

    found = list(examine())
    if as_json:
        say_json([{"about": f.about, "state": f.state.value, "said": f.said, "cure": f.cure or None} for f in found])
    else:
        for f in found:
            cure = f" {shown(f.cure)}" if f.cure else ""
            say(Text.assemble((f"{f.state.value:<7}", _STYLES[f.state]), f"{f.about:<11}", shown(f.said), (cure, "bold")))
    if any(f.state is State.WRONG for f in found):
        raise Exit(Code.REFUSED)
