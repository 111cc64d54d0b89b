"""Take a step back: by its registered undo, without the code of its flow, and never giving up."""

from dataclasses import replace

from core.domain.audit import event_of
from core.domain.steps import UNDO_RETRY, Kind, State, Step
from core.engine.concealment import reveal
from core.engine.run_step import DEADLINE
from core.engine.stretch import Parked, Stretch
from core.flows.context import Effect
from core.ports.database import Transaction

ALERT_AFTER = 5


def run_undo(stretch: Stretch, key: str, position: int, name: str, row: Step | None) -> None:
    """Take back the latest step of a name, as a call of the flow: a row of the journal like any other."""
    target = _target(stretch, name) if row is None else stretch.journal[int(str(row.arguments))]
    if row is None:
        with stretch.fenced() as (tx, _):
            row = Step(position=position, key=key, kind=Kind.UNDO, state=State.BEGUN, arguments=target.position, begun_at=tx.now())
            stretch.write(tx, row, progress=False)
    undo_step(stretch, target, asked_by=row)


def undo_step(stretch: Stretch, step: Step, *, asked_by: Step | None = None) -> None:
    """Take a step back; a try that failed parks the run until the next. `asked_by`: the flow's own row, done with it."""
    with stretch.fenced(renew=True, ended_too=asked_by is None) as (tx, held):
        wait = step.undo_tries > 0 and step.retry_at is not None and tx.now() < step.retry_at
        if wait:
            stretch.park(tx, held, step.retry_at)
    if wait:
        raise stretch.end(Parked())

    error = _call(stretch, step)
    with stretch.fenced(ended_too=True) as (tx, held):
        now = tx.now()
        if error is None:
            undone = replace(step, state=State.UNDONE, undo_tries=step.undo_tries + 1, retry_at=None, ended_at=now)
            stretch.write(tx, undone)
            if asked_by is not None:
                stretch.write(tx, replace(asked_by, state=State.DONE, ended_at=now))
            _audit(stretch, tx, undone)
            return
        again = replace(step, undo_tries=step.undo_tries + 1, retry_at=now + UNDO_RETRY.wait(step.undo_tries + 1))
        stretch.write(tx, again)
        stretch.say(tx, f"{step.key} could not be taken back (try {again.undo_tries}): {error}", at=now, position=step.position,
                    attempt=1000 + again.undo_tries, level="ERROR" if again.undo_tries >= ALERT_AFTER else "WARNING")
        stretch.park(tx, held, again.retry_at)
    raise stretch.end(Parked())


def _target(stretch: Stretch, name: str) -> Step:
    steps = (step for step in stretch.journal.values() if step.kind is Kind.STEP and step.state is not State.UNDONE)
    latest = max((step for step in steps if step.key.rpartition("#")[0] == name), key=lambda step: step.position, default=None)
    if latest is None or latest.undo is None:
        raise ValueError(f"there is no step {name} that could be undone")
    return latest


def _call(stretch: Stretch, step: Step) -> str | None:
    """Return what went wrong; None if nothing did."""
    try:
        arguments, result = stretch.open(step.secrets), stretch.open(step.result_secrets)
        stretch.shop.registry.effect(str(step.undo))(reveal(step.arguments, arguments), effect=Effect(
            key=str(step.effect_key), seconds=stretch.shop.lease.total_seconds() / DEADLINE, attempt=step.undo_tries + 1,
            result=reveal(step.result, result)))
    except BaseException as error:  # an undo never gives up, whatever was thrown: a library may exit
        return stretch.clean(str(error) or type(error).__name__)
    return None


def _audit(stretch: Stretch, tx: Transaction, step: Step) -> None:
    tx.audit.append(event_of(stretch.execution, "undo", step=step.key, effect=step.effect_key, tries=step.undo_tries))
