"""Values of the core to rows and back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import RowMapping

from core.domain.approvals import Answer, Approval, Risk, Verdict
from core.domain.approvals import Status as ApprovalStatus
from core.domain.executions import Execution, Mode, Status
from core.domain.steps import Kind, State, Step
from core.domain.work_items import WorkItem

EXECUTION = tuple(f.name for f in fields(Execution))
HEAVY = ("payload", "secrets", "callback", "result", "error")
LIGHT = tuple(name for name in EXECUTION if name not in HEAVY)
STEP = tuple(f.name for f in fields(Step))
APPROVAL = tuple(f.name for f in fields(Approval) if f.name != "answers")
ANSWER = tuple(f.name for f in fields(Answer))


def execution_to_row(execution: Execution) -> dict[str, Any]:
    row = {name: getattr(execution, name) for name in EXECUTION}
    item = execution.work_item
    return row | {
        "initiators": list(execution.initiators), "work_item": asdict(item) if item else None,
        "work_item_type": item.type if item else None, "work_item_key": item.key if item else None,
    }


def execution_from_row(row: RowMapping | Mapping[str, Any]) -> Execution:
    """Lists leave the heavy columns out: there, a run shows an empty payload."""
    values = {name: row[name] for name in LIGHT}
    if "payload" in row:
        values |= {name: row[name] for name in HEAVY}
    else:
        values["payload"] = {}
    item = values["work_item"]
    return Execution(**values | {
        "initiators": tuple(values["initiators"]), "work_item": WorkItem(**item) if item else None, "mode": Mode(values["mode"]),
        "status": Status(values["status"]), "outcome": Status(values["outcome"]) if values["outcome"] else None,
    })


def step_to_row(execution_id: str, step: Step) -> dict[str, Any]:
    return {"execution_id": execution_id, **{name: getattr(step, name) for name in STEP}}


def step_from_row(row: RowMapping) -> Step:
    return Step(**{name: row[name] for name in STEP} | {"kind": Kind(row["kind"]), "state": State(row["state"])})


def approval_to_row(approval: Approval) -> dict[str, Any]:
    row = {name: getattr(approval, name) for name in APPROVAL}
    return row | {"approvers": list(approval.approvers), "excluded": list(approval.excluded), "among": list(approval.among) or None}


def approval_from_row(row: RowMapping, answers: Sequence[RowMapping]) -> Approval:
    return Approval(**{name: row[name] for name in APPROVAL} | {
        "approvers": tuple(row["approvers"]), "excluded": tuple(row["excluded"]), "among": tuple(row["among"] or ()),
        "status": ApprovalStatus(row["status"]),
        "risk": Risk(row["risk"]), "answers": tuple(answer_from_row(a) for a in answers),
    })


def answer_to_row(approval_id: str, answer: Answer) -> dict[str, Any]:
    return {"approval_id": approval_id, **{name: getattr(answer, name) for name in ANSWER}}


def answer_from_row(row: RowMapping) -> Answer:
    return Answer(**{name: row[name] for name in ANSWER} | {"verdict": Verdict(row["verdict"])})
