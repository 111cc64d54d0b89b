"""What one approve really executes: recorded, to be run again by others."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from api.wiring.installation import open_installation
from api.wiring.service import wire
from core.domain.approvals import Verdict
from core.engine.decide_approval import AnswerRequest
from integrations.database.database import SqlDatabase
from tests.bench.company import ANSWERS, Company
from tests.bench.stock import FIRST_APPROVAL, FIRST_PROJECT, FIRST_RUN, FIRST_SEQ

PLACES = {str(FIRST_RUN): "@run@", str(FIRST_APPROVAL): "@approval@", str(FIRST_PROJECT): "@project@", str(FIRST_SEQ + 1): "@seq@"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """SQL as psycopg takes it. Values that are another in each approve stand as `@run@`, `@approval@`, `@project@`, `@seq@`.

    `reads_seq`: it locks the head of the audit's chain, and its `seq` is what `@seq@` is one more than.
    """

    sql: str
    values: dict[str, Any]
    within: bool
    reads_seq: bool


def record_approve(company: Company) -> list[Statement]:
    """Approve the first request of the stock, as REST does; `within` are the statements of its transaction."""
    installed = open_installation(company.settings)
    try:
        service = wire(installed)
        with _recorded(installed.database) as statements:
            caller = service.edge.authenticate([f"Bearer {company.person}"])
            service.use_cases.decide_approval.decide(caller, str(FIRST_RUN), AnswerRequest(
                verdict=Verdict.APPROVE, claimed_email=ANSWERS, name="Answers", surface="rest"))
    finally:
        installed.close()
    if sum(s.reads_seq for s in statements) != 1 or not any("@seq@" in s.values.values() for s in statements):
        raise LookupError("an approve does not read and move its audit's head as the bench expects: adapt tests/bench/statements.py")
    return statements


def write_statements(statements: Sequence[Statement], file: Path) -> None:
    file.write_text(json.dumps([asdict(each) for each in statements]))


def read_statements(file: Path) -> list[Statement]:
    return [Statement(**each) for each in json.loads(file.read_text())]


@contextmanager
def _recorded(database: SqlDatabase) -> Iterator[list[Statement]]:
    found: list[Statement] = []

    def note(connection: Connection, cursor: Any, sql: str, parameters: Any, context: Any, many: bool) -> None:
        within = connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT"
        for values in parameters if many else [parameters]:
            found.append(_statement(sql, values, within))

    event.listen(database.writer, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(database.writer, "before_cursor_execute", note)


def _statement(sql: str, values: dict[str, Any], within: bool) -> Statement:
    reads_seq = "audit_heads" in sql and "FOR UPDATE" in sql
    return Statement(sql=sql, values={name: _place(value) for name, value in values.items()}, within=within, reads_seq=reads_seq)


def _place(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return PLACES.get(str(value), value)
