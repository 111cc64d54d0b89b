"""All that is written down, in the database, by the receiver and by clients, read at one moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from integrations.database import tables
from tests.doubles.access_webhook import Entry

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    runs: Mapping[str, Row]
    steps: Mapping[str, Sequence[Row]]
    approvals: Mapping[str, Row]
    answers: Mapping[str, Sequence[Row]]
    grants: Mapping[str, Row]
    audit: Sequence[Row]
    owners: Mapping[str, set[str]]
    members: Mapping[str, set[str]]
    emails: Mapping[str, str]
    ledger: Sequence[Entry]
    acks: Sequence[Mapping[str, Any]]

    def audit_of(self, run: str, *kinds: str) -> list[Row]:
        return [row for row in self.audit if row["execution_id"] == run and row["kind"] in kinds]

    def deeds(self, key: str) -> list[Entry]:
        return [entry for entry in self.ledger if entry.key == key]


def read_books(connection: Connection, ledger: Sequence[Entry], acks: Sequence[Mapping[str, Any]]) -> Books:
    def rows(table: Any, *order: Any) -> list[Row]:
        return [dict(row) for row in connection.execute(select(table).order_by(*order)).mappings()]

    def grouped(found: Iterable[Row], by: str) -> dict[str, list[Row]]:
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in found:
            groups[row[by]].append(row)
        return groups

    members = grouped(rows(tables.members), "project_id")
    return Books(
        runs={row["id"]: row for row in rows(tables.executions)}, approvals={row["id"]: row for row in rows(tables.approvals)},
        steps=grouped(rows(tables.steps, tables.steps.c.position), "execution_id"), answers=grouped(rows(tables.answers), "approval_id"),
        grants={row["effect_key"]: row for row in rows(tables.grants)},
        audit=rows(tables.audit, tables.audit.c.project_id, tables.audit.c.seq),
        emails={row["id"]: row["email"] for row in rows(tables.people)},
        owners={project: {m["person_id"] for m in found if m["role"] == "owner"} for project, found in members.items()},
        members={project: {m["person_id"] for m in found} for project, found in members.items()}, ledger=ledger, acks=acks)
