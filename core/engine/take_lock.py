"""Take a resource for a run, or wait in its queue until it is this run's turn."""

from datetime import datetime

from core.domain.steps import Kind, State, Step
from core.engine.stretch import Parked, Stretch
from core.ports.database import Transaction
from core.ports.locks import Standing

LONGEST_NAME = 200


def check_name(resource: str) -> None:
    """Raise ValueError for what cannot name a lock."""
    if not 0 < len(resource) <= LONGEST_NAME or not resource.isprintable():
        raise ValueError(f"a lock is named by a printable text of 1 to {LONGEST_NAME} characters")


def take_lock(stretch: Stretch, key: str, position: int, resource: str) -> Step:
    """Return the row of the lock, which is taken or refused for good; else park until rung."""
    row, wrong = None, _misuse(stretch, position, resource)
    with stretch.fenced() as (tx, held):
        ahead = _ahead(stretch, tx.locks.lock(stretch.execution.project_id, resource)) if wrong is None else ()
        if not set(ahead).isdisjoint(tx.family.ancestors(stretch.id)):
            wrong = f"the lock on {resource} is for a run above this one, which waits for this one to end: neither would ever go on"
        now = tx.now()
        if wrong is not None or not ahead:
            row = _record(tx, stretch, key, position, resource, wrong, now)
        else:
            tx.locks.wait(stretch.execution.project_id, resource, stretch.id, now)
            stretch.say(tx, f"waits for the lock on {resource}", at=now, position=position, attempt=1)
            stretch.park(tx, held, None)
    if row is not None:
        return row
    raise stretch.end(Parked())


def _misuse(stretch: Stretch, position: int, resource: str) -> str | None:
    for at, step in stretch.journal.items():
        if at < position and step.kind is Kind.LOCK and step.state is State.DONE:
            return f"a run may have one lock: this one has {step.arguments} already, and cannot have {resource} too"
    return None


def _ahead(stretch: Stretch, standing: Standing) -> tuple[str, ...]:
    """Return who has the resource, and who has waited for it longer."""
    waiting = standing.waiting
    earlier = waiting[:waiting.index(stretch.id)] if stretch.id in waiting else waiting
    return earlier if standing.owner in (None, stretch.id) else (str(standing.owner), *earlier)


def _record(tx: Transaction, stretch: Stretch, key: str, position: int, resource: str, wrong: str | None,
            now: datetime) -> Step:
    row = Step(position=position, key=key, kind=Kind.LOCK, state=State.FAILED if wrong else State.DONE, arguments=resource, error=wrong,
               begun_at=now, ended_at=now)
    stretch.write(tx, row)
    if wrong is None:
        tx.locks.take(stretch.execution.project_id, resource, stretch.id, now)
        stretch.say(tx, f"has the lock on {resource}", at=now, position=position, attempt=2)
    return row
