"""How a run's progress is told: as lines, live on a terminal, or as JSON."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol, assert_never

from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from api.cli.answers import LogLine, Run
from api.cli.follow import Happening, Lost, Moved
from api.cli.terminal import console, say, say_json, shown, shown_lines, word
from api.cli.times import clock, now, span
from core.domain.json import timestamp


class Teller(Protocol):
    def line(self, line: LogLine) -> None: ...

    def moved(self, run: Run) -> None: ...

    def lost(self, sentence: str) -> None: ...


def tell(happenings: Iterable[Happening], teller: Teller) -> Run:
    """Tell each thing as it happens; return the run as it ended."""
    run = None
    for each in happenings:
        match each:
            case LogLine():
                teller.line(each)
            case Moved():
                run = each.run
                teller.moved(run)
            case Lost():
                teller.lost(each.sentence)
            case _:
                assert_never(each)
    if run is None:
        raise ValueError("nothing happened")
    return run


def told(happenings: Iterable[Happening], *, as_json: bool) -> Run:
    """Tell a run's progress in the way that suits whoever reads stdout."""
    if as_json:
        return tell(happenings, JsonLines())
    if not sys.stdout.isatty():
        return tell(happenings, PlainLines())
    screen = console()
    with Live(Spinner("dots", "asking"), console=screen, transient=True, refresh_per_second=8) as live:
        return tell(happenings, LiveScreen(live))


class PlainLines:
    def line(self, line: LogLine) -> None:
        say(line_text(line))

    def moved(self, run: Run) -> None:
        say(state_text(run))

    def lost(self, sentence: str) -> None:
        say(_asking_again(sentence), error=True)


class JsonLines:
    """One object a line."""

    def line(self, line: LogLine) -> None:
        say_json({"timestamp": timestamp(line.at), "level": line.level, "message": line.message}, one_line=True)

    def moved(self, run: Run) -> None:
        say_json({"id": run.id, "status": run.status}, one_line=True)

    def lost(self, sentence: str) -> None:
        say(_asking_again(sentence), error=True)


@dataclass(slots=True)
class LiveScreen:
    """The lines scroll; how the run stands stays below them."""

    live: Live
    spinner: Spinner = field(default_factory=lambda: Spinner("dots"))

    def line(self, line: LogLine) -> None:
        self.live.console.print(line_text(line), soft_wrap=True)

    def moved(self, run: Run) -> None:
        self.live.console.print(state_text(run), soft_wrap=True)
        self._below(Text.assemble(shown(run.task_type), " ", word(run.status)))

    def lost(self, sentence: str) -> None:
        self._below(Text(_asking_again(sentence), style="red"))

    def _below(self, text: Text) -> None:
        self.spinner.update(text=text)
        self.live.update(self.spinner)


def _asking_again(sentence: str) -> str:
    return f"{shown(sentence)} Asking again."


def line_text(line: LogLine) -> Text:
    style = {"ERROR": "red", "WARNING": "yellow"}.get(line.level, "")
    message = shown_lines(line.message, " " * 17)
    return Text.assemble((f"{clock(line.at)} ", "dim"), (f"{shown(line.level):<7} ", style or "dim"), (message, style))


def state_text(run: Run) -> Text:
    """Say in one line how a run stands, and who could move it."""
    text = Text.assemble("-- ", word(run.status))
    approval = run.approval
    if approval is not None and approval.status == "pending":
        text.append(f": waits for {shown(approval.whom_to_ask)}, at most {span(approval.expires_at - now())}")
        text.append(f"; `placet flows approve {shown(approval.ref or run.id)}`")
    elif run.error:
        text.append(f": {shown(run.error)}")
    return text
