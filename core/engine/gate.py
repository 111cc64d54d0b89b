"""A flow's question to people: asked, waited for, and passed only if everything still stands as it was approved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import NoReturn

from core.domain.approvals import Approval, how_it_ended, lapsed_authority
from core.domain.approvals import Status as ApprovalStatus
from core.domain.audit import event_of
from core.domain.executions import Execution, Mode, Status
from core.domain.flow_types import FlowType
from core.domain.json import Json, timestamp, to_json
from core.domain.parameters import subjects
from core.domain.people import Project
from core.domain.steps import Kind, State, Step
from core.engine.break_glass import lapsed_right
from core.engine.expire_approvals import expire_locked
from core.engine.open_approval import Question, check_approvers, electorate_of, open_approval, question_digest
from core.engine.route_flow import is_disabled
from core.engine.stretch import Ended, Parked, Stretch
from core.errors import DirectoryAway
from core.flows.context import Approved, NotApproved
from core.ports.database import Transaction
from core.ports.keys import Vault

SKIPPED = "skipped"
ASKED_AGAIN = timedelta(seconds=30)  # whoever keeps a team and did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a flow asks people for. `excluding`: accounts whose people may not answer."""

    question: str
    approvers: tuple[str, ...]
    required: int
    timeout: timedelta
    excluding: tuple[str, ...] = ()


def ask(stretch: Stretch, flow: FlowType, key: str, position: int, wanted: Ask) -> NoReturn:
    """Open the approval, write its row, and park: one transaction."""
    check_approvers(wanted.approvers, stretch.shop.teams.kinds)
    with stretch.fenced(whole=True) as (tx, held):
        now, execution = tx.now(), held.run()
        question = _question(stretch, flow, str(position), wanted)
        approval, _ = open_approval(tx, stretch.shop.new_id(), _project(tx, stretch), execution, question, now=now)
        stretch.write(tx, Step(position=position, key=key, kind=Kind.APPROVAL, state=State.BEGUN, arguments=to_json(wanted), begun_at=now))
        stretch.say(tx, f"asked for approval {approval.ref}: {approval.question}; open until {timestamp(approval.expires_at)}",
                    at=now, position=position, attempt=1, saved=replace(execution, status=Status.SUSPENDED))
        stretch.park(tx, held, approval.expires_at)
    raise stretch.end(Parked())


def try_gate(stretch: Stretch, flow: FlowType, row: Step, wanted: Ask) -> Step:
    """Return the row with the decision, if there is one; else park until there is, or until it is told who is in a team."""
    try:
        return stretch.shop.teams.knowing(stretch.shop.database, lambda: _try_gate(stretch, flow, row, wanted))
    except DirectoryAway:
        with stretch.fenced() as (tx, held):
            stretch.park(tx, held, tx.now() + ASKED_AGAIN)
        raise stretch.end(Parked()) from None


def _try_gate(stretch: Stretch, flow: FlowType, row: Step, wanted: Ask) -> Step:
    with stretch.fenced(whole=True) as (tx, held):
        execution = held.run()
        locked = tx.approvals.lock_and_look(stretch.id, gate=str(row.position))
        assert locked is not None
        approval, now = locked.approval, locked.now
        approval = expire_locked(tx, execution, approval, now=now) or approval
        if approval.status is ApprovalStatus.PENDING:
            stretch.park(tx, held, approval.expires_at)
            decided, wrong = None, None
        else:
            wrong = _wrong(tx, stretch, flow, approval, wanted) if approval.status is ApprovalStatus.APPROVED else None
            passed = approval.status is ApprovalStatus.APPROVED and wrong is None
            decided = replace(row, state=State.DONE if passed else State.FAILED, ended_at=now,
                              result={"status": str(approval.status), "message": how_it_ended(approval), "by": approval.resolved_by,
                                      "people": [a.email for a in approval.approvals()]})
            stretch.write(tx, decided)
            stretch.say(tx, wrong or how_it_ended(approval), at=now, position=row.position, attempt=2, level="ERROR" if wrong else "INFO",
                        saved=replace(execution, status=Status.RUNNING, outcome=Status.FAILED if wrong else None, error=wrong))
            tx.audit.append(event_of(execution, "gate", approval_id=approval.id, passed=passed, status=approval.status,
                                     digest=approval.digest, wrong=wrong))
    if decided is None:
        raise stretch.end(Parked())
    if wrong is not None:
        raise stretch.end(Ended())
    return decided


def approved(row: Step) -> Approved:
    """Return what a recorded yes answers in the flow."""
    said = row.result if isinstance(row.result, Mapping) else {}
    people = said.get("people", [said.get("by")])
    by = tuple(str(each) for each in people if each is not None) if isinstance(people, Sequence) else ()
    return Approved(by=by, skipped=said.get("status") == SKIPPED)


def skip_gate(stretch: Stretch, flow: FlowType, key: str, position: int, wanted: Ask) -> Step:
    """Pass a gate by break-glass: nobody is asked, and the journal says who did so and why."""
    with stretch.fenced(whole=True) as (tx, held):
        now, execution = tx.now(), held.run()
        digest = question_digest(_project(tx, stretch), execution, _question(stretch, flow, str(position), wanted))
        wrong = lapsed_right(tx, execution, flow) or ("flow type disabled" if is_disabled(tx, execution) else None)
        skipped = f"skipped with break-glass by {execution.triggered_by}: {execution.skip_reason}"
        row = Step(position=position, key=key, kind=Kind.APPROVAL, state=State.FAILED if wrong else State.DONE, arguments=to_json(wanted),
                   result={"status": SKIPPED, "message": skipped, "by": execution.triggered_by, "people": [], "digest": digest},
                   begun_at=now, ended_at=now)
        stretch.write(tx, row)
        if wrong is not None:
            tx.executions.save(replace(execution, outcome=Status.FAILED, error=wrong))
        stretch.say(tx, wrong or f"approval {skipped}", at=now, position=position, attempt=1, level="ERROR" if wrong else "WARNING")
        tx.audit.append(event_of(execution, "gate", passed=wrong is None, status=SKIPPED, by=execution.triggered_by,
                                 reason=execution.skip_reason, digest=digest, wrong=wrong))
    if wrong is not None:
        raise stretch.end(Ended())
    return row


def refused(row: Step) -> NotApproved:
    """Return what a recorded refusal raises in the flow."""
    said = row.result if isinstance(row.result, Mapping) else {}
    return NotApproved(str(said.get("status")), str(said.get("message")))


def _wrong(tx: Transaction, stretch: Stretch, flow: FlowType, approval: Approval, wanted: Ask) -> str | None:
    """Say why an approved gate is not passed; None if what was approved is what runs, and those who approved still may."""
    question = _question(stretch, flow, approval.gate, replace(wanted, question=approval.question) if flow.configured else wanted)
    return lapsed(tx, _project(tx, stretch), stretch.execution, approval, question)


def lapsed(tx: Transaction, project: Project, execution: Execution, approval: Approval, question: Question) -> str | None:
    """Say why an approved gate of a run is not passed, whoever runs it. `question`: as it would be asked now."""
    if question_digest(project, execution, question) != approval.digest:
        return "what was approved is not what would run: the request has changed since"
    gone = tx.people.disabled([approval.requester_id] if approval.requester_id else [])
    wrong = lapsed_authority(approval, electorate_of(tx, approval, deciding=True), gone)
    return wrong or ("flow type disabled" if is_disabled(tx, execution) else None)


def _question(stretch: Stretch, flow: FlowType, gate: str, wanted: Ask) -> Question:
    return question_of(stretch.execution, flow, stretch.secrets, stretch.shop.vault, gate, wanted)


def question_of(execution: Execution, flow: FlowType, secrets: Mapping[str, Json], vault: Vault, gate: str, wanted: Ask) -> Question:
    """Return what a run asks people at a gate, with all that their yes is about."""
    return Question(
        gate=gate, text=wanted.question, requested_by=execution.triggered_by, requester_id=execution.triggered_by_id,
        subjects=subjects(flow.fields, {**execution.payload, **secrets}), accounts=wanted.excluding,
        approvers=wanted.approvers, required=wanted.required,
        self_approval=flow.self_approval, risk=flow.risk, timeout=wanted.timeout, payload=execution.payload,
        context={"taskType": execution.task_type, **execution.payload},
        secrets={name: vault.fingerprint(value) for name, value in secrets.items()},
        place=flow.dispatch.place if flow.dispatch is not None and execution.mode is Mode.CICD else None)


def _project(tx: Transaction, stretch: Stretch) -> Project:
    return stretch.shop.project(tx, stretch.execution.project_id)
