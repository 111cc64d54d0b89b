"""Write a new run down: one of ours is due at once, one that a pipeline does is asked for, or to be handed over."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Protocol

from core.domain.audit import event_of
from core.domain.effects import DispatchRun, PassGate
from core.domain.executions import Execution, Mode, Status
from core.domain.flow_types import FlowType
from core.domain.json import Json
from core.domain.questions import question
from core.engine.break_glass import tell_if_skipping
from core.engine.dispatch_answer import GATE
from core.engine.gate import Ask, question_of
from core.engine.open_approval import Question, open_approval, refuse_unanswerable
from core.ports.database import NewId, Transaction
from core.ports.keys import Vault


class Desk(Protocol):
    """Where runs are started."""

    @property
    def vault(self) -> Vault: ...
    @property
    def new_id(self) -> NewId: ...


def start(tx: Transaction, desk: Desk, flow: FlowType, execution: Execution, secrets: Mapping[str, Json], actor: str,
          **facts: Json) -> Execution:
    """Return the run as it is written down, with its audit row; raise Invalid if nobody could answer what it asks."""
    if flow.dispatch is not None:
        return _start_elsewhere(tx, desk, flow, replace(execution, mode=Mode.CICD), secrets, actor, facts)
    tx.executions.add(execution, due_at=execution.created_at)
    _tell(tx, execution, actor, **facts)
    return execution


def _start_elsewhere(tx: Transaction, desk: Desk, flow: FlowType, run: Execution, secrets: Mapping[str, Json], actor: str,
                     facts: Mapping[str, Json]) -> Execution:
    """A type that does not say whether it asks does. Who skips the question is looked at at the gate, like those who answer it."""
    asks, skips = flow.asks is not False, run.skip_reason is not None
    project = tx.projects.get(run.project_id)
    assert project is not None
    asked = question_before(desk.vault, flow, run, secrets) if asks and not skips else None
    if asked is not None:
        refuse_unanswerable(tx, project, run, asked)
        run = replace(run, status=Status.SUSPENDED)
    tx.executions.add(run, due_at=None)
    _tell(tx, run, actor, **facts)
    if asked is not None:
        open_approval(tx, desk.new_id(), project, run, asked, now=run.created_at)
    else:
        tx.outbox.put(PassGate(execution_id=run.id, approval_id=None) if asks else DispatchRun(execution_id=run.id, flow=flow.id),
                      run.created_at)
    return run


def _tell(tx: Transaction, execution: Execution, actor: str, **facts: Json) -> None:
    told: dict[str, Any] = {"flow": execution.flow, "taskType": execution.task_type, "triggeredBy": execution.triggered_by, **facts}
    tx.audit.append(event_of(execution, "start", actor, **told))
    tell_if_skipping(tx, execution)


def question_before(vault: Vault, flow: FlowType, run: Execution, secrets: Mapping[str, Json]) -> Question:
    """Return what people are asked before a pipeline begins, in a line: the type's name, and what is known of the run."""
    text = question(flow.name, flow.parameters(), {**run.payload, **secrets})
    return question_of(run, flow, secrets, vault, GATE, Ask(
        question=text, approvers=flow.approvers, required=flow.required, timeout=flow.timeout))
