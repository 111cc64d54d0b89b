"""What is written to the terminal: text of other people never moves its cursor."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

PIPED_WIDTH, GAP = 200, 2
_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_STYLES = {
    "completed": "green", "approved": "green", "failed": "red", "rejected": "red", "cancelled": "red", "suspended": "yellow",
    "pending": "yellow", "waiting": "yellow", "running": "cyan", "partial": "yellow", "expired": "red", "stale": "red",
}


def console(*, error: bool = False) -> Console:
    """Return a console on stdout or stderr, as they are now; a pipe gets wide lines."""
    stream = sys.stderr if error else sys.stdout
    return Console(file=stream, width=None if stream.isatty() else PIPED_WIDTH, markup=False, highlight=False, emoji=False)


def shown(text: str) -> str:
    """Return a text on one line, its control, direction and zero-width characters as escapes."""
    return "".join(_escaped(c) if unicodedata.category(c) in _UNSHOWN else c for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()


def shown_lines(text: str, indent: str) -> str:
    """Return a text of several lines, each but the first behind an indent so that none looks like a line of its own."""
    return f"\n{indent}".join(shown(line.expandtabs(4)) for line in text.splitlines() or [""])


def word(status: str) -> Text:
    """Return a status in its colour."""
    return Text(shown(status), style=_STYLES.get(status.lower(), ""))


def say(text: str | Text = "", *, error: bool = False) -> None:
    console(error=error).print(text, soft_wrap=True)


def say_table(columns: Sequence[str], rows: Iterable[Sequence[str | Text]]) -> None:
    """Write a table; on a terminal that is too narrow for it, each row as a few lines."""
    cells = [[cell if isinstance(cell, Text) else Text(shown(cell)) for cell in row] for row in rows]
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, GAP, 0, 0))
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in cells:
        table.add_row(*row)
    screen, widths = console(), [max(len(c), *(row[n].cell_len for row in cells)) if cells else len(c) for n, c in enumerate(columns)]
    if sum(widths) + GAP * len(widths) <= screen.width:
        screen.print(table)
        return
    label = max(map(len, columns)) + GAP
    for row in cells:
        for column, cell in zip(columns, row, strict=True):
            screen.print(Text.assemble((f"{column:<{label}}", "bold"), cell), soft_wrap=True)
        screen.print()


def say_json(value: Any, *, one_line: bool = False) -> None:
    """Write JSON for a program, in ASCII."""
    sys.stdout.write(json.dumps(value, indent=None if one_line else 2) + "\n")
    sys.stdout.flush()
