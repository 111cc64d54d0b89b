"""A flow's question to people: asked, waited for, and passed only if everything still stands as it was approved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from core.domain.approvals import Approval, lapsed_authority
from core.domain.approvals import Status as ApprovalStatus
from core.domain.audit import event_of
from core.domain.executions import Status
from core.domain.flow_types import FlowType
from core.domain.json import timestamp, to_json
from core.domain.parameters import subjects
from core.domain.people import Project
from core.domain.steps import Kind, State, Step
from core.engine.expire_approvals import expire_locked
from core.engine.open_approval import Question, electorate, open_approval, question_digest
from core.engine.route_flow import is_disabled
from core.engine.stretch import Ended, Parked, Stretch
from core.flows.context import NotApproved
from core.ports.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a flow asks people for."""

    question: str
    approvers: tuple[str, ...]
    required: int
    timeout: timedelta


def ask(stretch: Stretch, flow: FlowType, key: str, position: int, wanted: Ask) -> None:
    """Open the approval, write its row, and park: one transaction."""
    with stretch.fenced() as (tx, held):
        now = tx.now()
        execution = stretch.fresh(tx)
        question = _question(stretch, flow, str(position), wanted)
        approval = open_approval(tx, stretch.shop.new_id(), _project(tx, stretch), execution, question, now=now)
        stretch.write(tx, Step(position=position, key=key, kind=Kind.APPROVAL, state=State.BEGUN, arguments=to_json(wanted), begun_at=now))
        tx.executions.save(replace(execution, status=Status.SUSPENDED))
        stretch.say(tx, f"asked for approval {approval.ref}: {approval.question}; open until {timestamp(approval.expires_at)}",
                    at=now, position=position, attempt=1)
        stretch.park(tx, held, approval.expires_at)
    raise stretch.end(Parked())


def try_gate(stretch: Stretch, flow: FlowType, row: Step, wanted: Ask) -> Step:
    """Return the row with the decision, if there is one; else park until there is."""
    with stretch.fenced() as (tx, held):
        now = tx.now()
        execution = stretch.fresh(tx)
        approval = tx.approvals.lock(stretch.id, gate=str(row.position))
        assert approval is not None
        approval = expire_locked(tx, execution, approval, now=now) or approval
        if approval.status is ApprovalStatus.PENDING:
            stretch.park(tx, held, approval.expires_at)
            decided, wrong = None, None
        else:
            wrong = _wrong(tx, stretch, flow, approval, wanted) if approval.status is ApprovalStatus.APPROVED else None
            passed = approval.status is ApprovalStatus.APPROVED and wrong is None
            decided = replace(row, state=State.DONE if passed else State.FAILED, ended_at=now,
                              result={"status": str(approval.status), "message": _message(approval), "by": approval.resolved_by})
            stretch.write(tx, decided)
            tx.executions.save(replace(execution, status=Status.RUNNING, outcome=Status.FAILED if wrong else None, error=wrong))
            stretch.say(tx, wrong or _message(approval), at=now, position=row.position, attempt=2, level="ERROR" if wrong else "INFO")
            tx.audit.append(event_of(execution, "gate", approval_id=approval.id, passed=passed, status=approval.status,
                                     digest=approval.digest, wrong=wrong))
    if decided is None:
        raise stretch.end(Parked())
    if wrong is not None:
        raise stretch.end(Ended())
    return decided


def refused(row: Step) -> NotApproved:
    """Return what a recorded refusal raises in the flow."""
    said = row.result if isinstance(row.result, Mapping) else {}
    return NotApproved(str(said.get("status")), str(said.get("message")))


def _wrong(tx: Transaction, stretch: Stretch, flow: FlowType, approval: Approval, wanted: Ask) -> str | None:
    """Say why an approved gate is not passed; None if what was approved is what runs, and those who approved still may."""
    question = _question(stretch, flow, approval.gate, wanted)
    if question_digest(_project(tx, stretch), stretch.execution, question) != approval.digest:
        return "what was approved is not what would run: the request has changed since"
    people = [a.person_id for a in approval.answers]
    voters = electorate(tx, approval.project_id, approval.approvers, approval.excluded, approval.self_approval, people)
    wrong = lapsed_authority(approval, voters, tx.people.disabled([approval.requester_id] if approval.requester_id else []))
    return wrong or ("flow type disabled" if is_disabled(tx, stretch.execution) else None)


def _question(stretch: Stretch, flow: FlowType, gate: str, wanted: Ask) -> Question:
    execution = stretch.execution
    return Question(
        gate=gate, text=wanted.question, requested_by=execution.triggered_by, requester_id=execution.triggered_by_id,
        subjects=subjects(flow.fields, {**execution.payload, **stretch.secrets}), approvers=wanted.approvers, required=wanted.required,
        self_approval=flow.self_approval, timeout=wanted.timeout, payload=execution.payload,
        context={"taskType": execution.task_type, **execution.payload},
        secrets={name: stretch.shop.vault.fingerprint(value) for name, value in stretch.secrets.items()})


def _project(tx: Transaction, stretch: Stretch) -> Project:
    project = tx.projects.get(stretch.execution.project_id)
    assert project is not None
    return project


def _message(approval: Approval) -> str:
    match approval.status:
        case ApprovalStatus.APPROVED:
            return "approved by " + " and ".join(a.email for a in approval.approvals())
        case ApprovalStatus.REJECTED:
            return f"rejected by {approval.resolved_by}" + (f": {approval.reason}" if approval.reason else "")
        case ApprovalStatus.EXPIRED:
            return f"nobody answered by {timestamp(approval.expires_at)}"
    return f"the approval is {approval.status}"
