"""What was measured, and the one table that shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A bound of `performance.md`, on the first or the second number, or on the ratio: at most it, or at least."""

    text: str
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`target`: its number in `performance.md`. `ratio`: Placet's figure in that of what is beside it."""

    target: int
    what: str
    placet: str
    beside: str = ""
    ratio: float | None = None
    wanted: Sequence[Wanted] = ()


def at_most(value: float, bound: float, unit: str, of: str = "") -> Wanted:
    return Wanted(text=f"{of} ≤ {bound:g} {unit}".strip(), held=value <= bound)


def at_least(value: float, bound: float, unit: str) -> Wanted:
    return Wanted(text=f"≥ {bound:g} {unit}", held=value >= bound)


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share of all is not above."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def p50_p95(values: Sequence[float], unit: str = "ms") -> str:
    return f"{median(values):.1f} / {percentile(values, 0.95):.1f} {unit}"


def print_table(rows: Iterable[Row], notes: Iterable[str], console: Console) -> None:
    table = Table(box=box.SIMPLE_HEAD, title="Placet beside what it is compared with (times are p50 / p95)", title_justify="left")
    for heading in ("", "what", "Placet", "beside it", "ratio", "wanted", ""):
        table.add_column(heading, overflow="fold")
    for row in rows:
        wanted = ", ".join(each.text for each in row.wanted)
        table.add_row(str(row.target), row.what, row.placet, row.beside, _ratio(row.ratio), wanted, _verdict(row.wanted))
    console.print(table)
    for note in notes:
        console.print(f"- {note}", highlight=False)


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2g} ×" if ratio < 10 else f"{ratio:.0f} ×"


def _verdict(wanted: Sequence[Wanted]) -> str:
    if not wanted:
        return ""
    return "held" if all(w.held for w in wanted) else "MISSED"
