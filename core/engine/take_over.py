"""Find what stands for a run that registers, and make it that run."""

from dataclasses import replace

from core.domain.approvals import Status as ApprovalStatus
from core.domain.audit import Event, event_of
from core.domain.executions import Execution, Mode, Status
from core.domain.people import Caller, Project
from core.engine.open_approval import discuss
from core.errors import Invalid, NotRegistrable
from core.ports.database import Transaction

TAKEN = "its run id stands for another run already"


def find_standing(tx: Transaction, run_id: str | None, wanted: Execution) -> Execution | None:
    """Lock what stands for a run that registers: by its run id, or as the rerun that waits for it."""
    if run_id is not None:
        if tx.runs.get(run_id) is not None:
            raise Invalid(("hatchetRunId is the id of another execution.",))
        found = {each.id: each for each in tx.placeholders.of_run(run_id)}
        asked = tx.placeholders.find(wanted.project_id, run_id)
        if asked is not None:
            found[asked.id] = asked
        if len(found) > 1 or any(each.project_id != wanted.project_id for each in found.values()):
            raise NotRegistrable(TAKEN)
        if found:
            return next(iter(found.values()))
    return tx.placeholders.waiting_rerun(wanted.rerun_of) if wanted.rerun_of is not None else None


def take_over(tx: Transaction, caller: Caller, project: Project, there: Execution, run_id: str | None, wanted: Execution) -> Execution:
    """Make a row the run that has come for it. Whoever is behind that run by now does not answer what was asked before it came."""
    if there.outcome is not None:
        raise NotRegistrable(f"it has ended already ({there.status})")
    if wanted.parent_id is not None and tx.sight.below([wanted.parent_id], there.id):
        raise NotRegistrable("its parent is itself, or below it")
    again = there.mode is Mode.REGISTERED
    filled = there if again and not wanted.payload and wanted.secrets is None else wanted
    taken = replace(
        wanted, id=there.id, created_at=there.created_at, parent_id=wanted.parent_id or there.parent_id, task_id=there.task_id,
        callback=there.callback, engine_run_id=there.engine_run_id or run_id, payload=filled.payload, secrets=filled.secrets,
        work_item=wanted.work_item or there.work_item, result=there.result, started_at=there.started_at or tx.now(),
        triggered_by=there.triggered_by if again else wanted.triggered_by,
        triggered_by_id=there.triggered_by_id if again else wanted.triggered_by_id, initiators=united(wanted.initiators, there),
        status=Status.SUSPENDED if there.status is Status.SUSPENDED else Status.RUNNING)
    tx.placeholders.take_over(taken, run_id)
    below = [replace(each, triggered_by=taken.triggered_by, triggered_by_id=taken.triggered_by_id,
                     initiators=united(each.initiators, taken)) for each in tx.family.lock_descendants(there.id)]
    for each in below:
        tx.placeholders.take_over(each, None)
    for each in (taken, *below):
        _let_know(tx, project, each)
    tx.audit.append(registered(taken, "register", caller))
    return taken


def _let_know(tx: Transaction, project: Project, execution: Execution) -> None:
    """Let an open approval know who is behind its run, and where else it is discussed."""
    approval = tx.approvals.lock(execution.id)
    if approval is not None and approval.status is ApprovalStatus.PENDING:
        tx.approvals.exclude(approval.id, tuple(dict.fromkeys((*approval.excluded, *execution.initiators))))
        discuss(tx, project, execution, approval)


def united(initiators: tuple[str, ...], other: Execution | None) -> tuple[str, ...]:
    """Return who is behind a run and another that it stands for, or is again."""
    return tuple(dict.fromkeys((*initiators, *(other.initiators if other else ()))))


def registered(execution: Execution, kind: str, caller: Caller) -> Event:
    """Return what the audit says of a run that has told of itself."""
    return event_of(execution, kind, caller.name, flow=execution.flow, taskType=execution.task_type, triggeredBy=execution.triggered_by,
                    parent=execution.parent_id, runId=execution.engine_run_id)
