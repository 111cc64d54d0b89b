"""The same statements without any service: pgbench sends them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.postgres import Postgres
from tests.bench.statements import Statement
from tests.bench.stock import FIRST_APPROVAL, FIRST_PROJECT, FIRST_RUN, Stock

_PLACEHOLDER = re.compile(r"%\((\w+)\)s")
_VARIABLES = {"@run@": ":run", "@approval@": ":approval", "@project@": ":project", "@seq@": ":next"}


@dataclass(frozen=True, slots=True)
class Script:
    """`same`: the variables that are the same in every approve."""

    file: Path
    same: Mapping[str, str]


def script(statements: Sequence[Statement], stock: Stock, file: Path) -> Script:
    """Write a script of one approve. Each client counts through its own part of the stock."""
    lines = [
        "\\set number :number + 1",
        f"\\set run {FIRST_RUN} + :client_id * {stock.each} + :number",
        f"\\set approval {FIRST_APPROVAL} + :client_id * {stock.each} + :number",
        f"\\set project {FIRST_PROJECT} + :client_id",
    ]
    same: dict[str, str] = {}
    within = False
    for number, statement in enumerate(statements):
        if statement.within is not within:
            lines.append("BEGIN;" if statement.within else "COMMIT;")
            within = statement.within
        lines.append(_sql(statement, number, same) + (" \\gset head_\n\\set next :head_seq + 1" if statement.reads_seq else ";"))
    file.write_text("\n".join([*lines, *(["COMMIT;"] if within else []), ""]))
    return Script(file, same)


def run(postgres: Postgres, database: str, script: Script, *, clients: int, each: int, start: int) -> float:
    """Approve so many requests with each client, and return how many a second."""
    variables = [argument for name, value in {**script.same, "number": str(start - 1)}.items() for argument in ("-D", f"{name}={value}")]
    said = postgres.pgbench(database, [
        "-n", "-M", "prepared", "-c", str(clients), "-j", "1", "-t", str(each), "-f", str(script.file), *variables])
    found = re.search(r"tps = ([0-9.]+)", said)
    if found is None or "number of failed transactions: 0 " not in said:
        raise LookupError(said)
    return float(found[1])


def _sql(statement: Statement, number: int, same: dict[str, str]) -> str:
    """Put pgbench's variables in the place of psycopg's parameters."""
    def variable(found: re.Match[str]) -> str:
        value = statement.values[found[1]]
        if value is None:
            return "NULL"
        if isinstance(value, str) and value in _VARIABLES:
            return _VARIABLES[value]
        same[f"v{number}_{found[1]}"] = str(value).lower() if isinstance(value, bool) else str(value)
        return f":v{number}_{found[1]}"

    return _PLACEHOLDER.sub(variable, statement.sql).replace("%%", "%").replace("\n", " ")
