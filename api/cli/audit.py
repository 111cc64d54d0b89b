"""`placet audit`: whether it is whole, and all that stands in it."""

from collections.abc import Mapping
from typing import Annotated

from typer import Exit, Option

from api.cli.installation import Opened, installation
from api.cli.options import AsJson
from api.cli.problems import Code
from api.cli.register import get_project
from api.cli.terminal import say, say_json, say_table, shown
from api.cli.times import utc
from core.domain.chains import AuditRow, CheckpointForged, EndChanged, Fault, RowChanged, RowsMissing
from core.domain.json import Json, timestamp
from core.engine.verify_audit import Verdict, VerifyAudit

INSTALLATION = "(installation)"
OfProject = Annotated[str | None, Option("--project", "-p", metavar="PROJECT", help="Only this project's.")]


def verify(project: OfProject = None, as_json: AsJson = False) -> None:
    """Follow each chain from its first row to its last; exit code 1 if a row was changed, moved or removed."""
    with installation() as here:
        audit = VerifyAudit(database=here.database, signatures=here.signatures)
        found = [(name, audit.verify(project_id)) for project_id, name in _chains(here, audit, project).items()]
    if as_json:
        say_json([_verdict_json(name, verdict) for name, verdict in found])
    else:
        say_table(("chain", "rows", "purged before", "last hash", ""), (_line(name, verdict) for name, verdict in found))
        for name, verdict in found:
            for fault in verdict.faults:
                say(shown(f"{name}: {_said(fault)}"))
    if any(verdict.faults for _, verdict in found):
        raise Exit(Code.REFUSED)


def export(project: OfProject = None) -> None:
    """Write every row as a line of JSON, a chain after the other, as they are hashed."""
    with installation() as here:
        audit = VerifyAudit(database=here.database, signatures=here.signatures)
        for project_id, name in _chains(here, audit, project).items():
            for row in audit.rows(project_id):
                say_json(_row_json(None if name == INSTALLATION else name, row), one_line=True)


def _chains(here: Opened, audit: VerifyAudit, project: str | None) -> Mapping[str, str]:
    """Return the names of the chains by project id."""
    with here.database.read() as tx:
        if project is not None:
            found = get_project(tx, project)
            return {found.id: found.identifier}
        names = {p.id: p.identifier for p in tx.projects.list()} | {"": INSTALLATION}
    return {project_id: names.get(project_id, project_id) for project_id in audit.projects()}


def _line(name: str, verdict: Verdict) -> tuple[str, str, str, str, str]:
    head, first = verdict.head, verdict.start.seq + 1
    state = f"{len(verdict.faults)} faults" if verdict.faults else "whole"
    return (name, str(head.seq - verdict.start.seq) if head else "", str(first) if first > 1 else "", head.hash[:16] if head else "", state)


def _said(fault: Fault) -> str:
    match fault:
        case RowChanged(row=row):
            what = f"{row.event.kind} by {row.event.actor}" if row.event else "not to be read any more"
            at = f", {utc(row.at)} UTC" if row.at else ""
            return f"row {row.seq} ({what}{at}) is not what was written after row {row.seq - 1}: one of the two was changed or moved."
        case RowsMissing(first=first, last=last) if first == last:
            return f"row {first} is missing."
        case RowsMissing(first=first, last=last):
            return f"rows {first} to {last} are missing."
        case CheckpointForged(checkpoint=checkpoint):
            return (f"the checkpoint at row {checkpoint.seq} is not signed by this installation, or by a signing key that was dropped: "
                    "what it says was purged counts as missing.")
        case EndChanged(head=None, last=last):
            return f"the chain has lost its head; its last row is {last.seq}."
        case EndChanged(head=head, last=last):
            assert head is not None
            return f"the chain ends with row {last.seq} and another hash than its head says (row {head.seq}): its end was changed."


def _verdict_json(name: str, verdict: Verdict) -> Json:
    head = verdict.head
    return {
        "project": None if name == INSTALLATION else name, "purgedUpTo": verdict.start.seq or None,
        "last": {"seq": head.seq, "hash": head.hash} if head else None,
        "faults": [{"kind": type(fault).__name__, "rows": _places(fault), "said": _said(fault)} for fault in verdict.faults]}


def _places(fault: Fault) -> list[int]:
    match fault:
        case RowChanged(row=row):
            return [row.seq, row.seq]
        case RowsMissing(first=first, last=last):
            return [first, last]
        case CheckpointForged(checkpoint=checkpoint):
            return [checkpoint.seq, checkpoint.seq]
        case EndChanged(last=last):
            return [last.seq, last.seq]


def _row_json(project: str | None, row: AuditRow) -> dict[str, Json]:
    event = row.event
    return {
        "project": project, "seq": row.seq, "at": timestamp(row.at) if row.at else None, "kind": event.kind if event else None,
        "actor": event.actor if event else None, "executionId": event.execution_id if event else None,
        "approvalId": event.approval_id if event else None, "facts": event.facts if event else None, "hash": row.hash}
