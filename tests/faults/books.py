"""All that is written down, in the database, by the receiver and by clients, read at one moment."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from integrations.database import conversation_tables, tables
from tests.doubles.access_webhook import Entry

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Rows by id, or grouped by what they belong to: a group that is not there is empty. `texts`: all of them, as they stand, and files."""

    runs: Mapping[str, Row]
    children: Mapping[str, Sequence[Row]]
    steps: Mapping[str, Sequence[Row]]
    approvals: Mapping[str, Row]
    approvals_of: Mapping[str, Sequence[Row]]
    answers: Mapping[str, Sequence[Row]]
    grants: Mapping[str, Row]
    audit: Sequence[Row]
    audit_of: Mapping[str, Sequence[Row]]
    audit_of_approval: Mapping[str, Sequence[Row]]
    owners: Mapping[str, set[str]]
    members: Mapping[str, set[str]]
    emails: Mapping[str, str]
    ledger: Sequence[Entry]
    deeds: Mapping[str, Sequence[Entry]]
    acks: Sequence[Mapping[str, Any]]
    mails: Mapping[str, Sequence[Row]]
    callbacks: Sequence[Row]
    called: Sequence[Mapping[str, Any]]
    posted: Sequence[Mapping[str, Any]]
    texts: Mapping[str, str]

    def told(self, run: str, *kinds: str) -> list[Row]:
        return [row for row in self.audit_of[run] if row["kind"] in kinds]


def read_books(connection: Connection, ledger: Sequence[Entry], acks: Sequence[Mapping[str, Any]], called: Sequence[Mapping[str, Any]],
               posted: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> Books:
    """`called`, `posted`: what a program and a mail server were given. `texts`: whatever stands in files."""

    def rows(table: Table, *order: Any) -> list[Row]:
        return [dict(row) for row in connection.execute(select(table).order_by(*order)).mappings()]

    runs, approvals = rows(tables.executions), rows(tables.approvals)
    audit, members = rows(tables.audit, tables.audit.c.project_id, tables.audit.c.seq), rows(tables.members)
    deeds: dict[str, list[Entry]] = defaultdict(list)
    for entry in ledger:
        deeds[entry.key].append(entry)
    return Books(
        runs={row["id"]: row for row in runs}, children=grouped(runs, "parent_id"),
        steps=grouped(rows(tables.steps, tables.steps.c.position), "execution_id"),
        approvals={row["id"]: row for row in approvals}, approvals_of=grouped(approvals, "execution_id"),
        answers=grouped(rows(tables.answers), "approval_id"), grants={row["effect_key"]: row for row in rows(tables.grants)},
        audit=audit, audit_of=grouped(audit, "execution_id"), audit_of_approval=grouped(audit, "approval_id"),
        owners={p: {m["person_id"] for m in found if m["role"] == "owner"} for p, found in grouped(members, "project_id").items()},
        members={p: {m["person_id"] for m in found} for p, found in grouped(members, "project_id").items()},
        emails={row["id"]: row["email"] for row in rows(tables.people)}, ledger=ledger, deeds=deeds, acks=acks,
        mails=grouped(rows(conversation_tables.mails), "approval_id"), callbacks=rows(conversation_tables.callbacks), called=called,
        posted=posted, texts={**texts, **{table.name: str(rows(table)) for table in conversation_tables.metadata.sorted_tables}})


def grouped(rows: Iterable[Row], by: str) -> Mapping[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[by]].append(row)
    return groups
