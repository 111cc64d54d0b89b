"""How a run ends: its outcome, then what is to be undone, then settled."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.domain.approvals import Approval, resolve
from core.domain.approvals import Status as ApprovalStatus
from core.domain.audit import event_of
from core.domain.effects import RingNext
from core.domain.executions import TERMINAL, Execution, Status, settled_status
from core.domain.json import Json
from core.domain.steps import left_to_undo
from core.engine.concealment import redact
from core.engine.expire_approvals import end_locked, expire_locked
from core.engine.stretch import LostLease, Parked, Stretch
from core.engine.undo_step import undo_step
from core.ports.database import Transaction


def return_run(stretch: Stretch, outcome: Status, *, result: Mapping[str, Json] | None = None, error: str | None = None) -> None:
    """Record how the flow's own code ended; an approval that is still open becomes stale."""
    with stretch.fenced(whole=True) as (tx, held):
        execution = held.run()
        said = stretch.clean(error) if error is not None else None
        shown: Any = redact(result, stretch.known_secrets) if result else {}
        kept = {**(execution.result or {}), **shown} or None  # what was reported of the run meanwhile stays
        execution = replace(execution, status=Status.RUNNING, outcome=outcome, result=kept, error=said)
        _close(tx, execution, tx.approvals.lock(stretch.id))
        tx.executions.save(execution)
        if said is not None:
            stretch.say(tx, said, at=tx.now(), position=0, attempt=3, level="ERROR")
        tx.audit.append(event_of(execution, "return", outcome=outcome, error=said))


def _close(tx: Transaction, execution: Execution, approval: Approval | None) -> None:
    if approval is None or approval.status is not ApprovalStatus.PENDING:
        return
    now = tx.now()
    if expire_locked(tx, execution, approval, now=now) is None:
        end_locked(tx, execution, resolve(approval, ApprovalStatus.STALE, by=None, reason=None, now=now), kind="stale", actor="placet")


def wind_up(stretch: Stretch, outcome: Status) -> None:
    """Undo what is left, the last first, then settle."""
    stretch.over = None
    while (step := left_to_undo(stretch.journal, outcome)) is not None:
        undo_step(stretch, step)
    settle_run(stretch)


def settle_run(stretch: Stretch) -> None:
    """Settle a run with nothing left to undo and all children settled; else park until it is rung. The parent is locked first."""
    with stretch.shop.database.begin() as tx:
        parent_id = stretch.execution.parent_id
        if parent_id is not None:
            tx.executions.lock(parent_id)
        held = tx.leases.hold(stretch.id, stretch.claim.attempt, whole=True)
        if held is None:
            raise LostLease
        if not tx.family.settled(stretch.id):
            stretch.park(tx, held, None)
        else:
            settle_locked(tx, held.run())
            tx.leases.park(stretch.id, None)
    stretch.end(Parked())


def settle_locked(tx: Transaction, execution: Execution) -> None:
    """Write the final status of a run that is locked, after its parent, and ring the parent.

    Its locks are freed; whoever is next there is another run, which this transaction may not lock: the relay rings it.
    """
    assert execution.outcome is not None
    status = execution.status
    if status not in TERMINAL:
        status = settled_status(execution.outcome, [child.status for child in tx.family.outline(execution.id)])
    now = tx.now()
    tx.executions.save(replace(execution, status=status, ended_at=execution.ended_at or now, settled_at=now))
    for first in tx.locks.leave(execution.id):
        tx.outbox.put(RingNext(execution_id=first), now)
    if execution.parent_id is not None:
        tx.leases.ring(execution.parent_id)
    tx.audit.append(event_of(execution, "settle", status=status))
