"""Look at one request with its whole story: what was asked, said, done and written, and what comes below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.domain.approvals import Approval, Status
from core.domain.chains import AuditRow
from core.domain.executions import Execution
from core.domain.logs import Line
from core.domain.messages import Heard
from core.domain.people import Caller, Role, capped
from core.domain.steps import Step
from core.engine.open_approval import electorate_of
from core.engine.sight import find_asked, whole
from core.ports.database import Database, Transaction
from core.ports.grants import Grant

MOST_SAID, MOST_LINES, MOST_ROWS, MOST_STEPS, MOST_BELOW = 300, 300, 300, 300, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Below:
    """A run in the tree below another; `depth` from 1."""

    execution: Execution
    approval: Approval | None
    depth: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A run as somebody sees it now. `approvals`: the newest first, with who may answer by name.

    `may_answer`: whoever looks may answer the open one, and has not; `answered`: they have, and may withdraw that.
    `may_end`: they started it, or own the project. `lines`, `steps`: the last of them, `more_...` before them. `stir`: as of `Stir`, not
    later than anything else here: what moves after it is seen by another look.
    """

    execution: Execution
    project: str
    parent: Execution | None
    approvals: Sequence[Approval]
    asked: Approval | None
    grants: Sequence[Grant]
    steps: Mapping[int, Step]
    more_steps: bool
    lines: Sequence[Line]
    more_lines: bool
    said: Sequence[Heard]
    rows: Sequence[AuditRow]
    below: Sequence[Below]
    may_answer: bool
    answered: bool
    own: bool
    owner: bool
    stir: Mapping[str, tuple[object, ...]]
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FindStory:
    database: Database

    def get(self, caller: Caller, target: str) -> StoryView:
        """Return what a run's id or a request's ref names; raise NotFound for what the caller does not see."""
        with self.database.read() as tx:
            seen, approval_id = find_asked(tx, caller, target)
            stir = tx.stir.look([seen.execution.id], [])
            run, now, owners = whole(tx, seen), tx.now(), tx.people.owners(seen.project.id)
            raw = tx.approval_search.of_run(run.id)
            approvals = [approval.at(now).named(owners) for approval in raw]
            chosen = next((a for a in raw if a.id == approval_id), None) if approval_id else None
            shown = chosen or min(raw, key=lambda a: a.status is not Status.PENDING, default=None)
            role = capped(seen.role, caller.role) if seen.role else None
            steps = tx.journal.last(run.id, MOST_STEPS + 1)
            lines = tx.logs.last(run.id, MOST_LINES + 1)
            mine = {a.person_id for a in shown.answers if a.withdrawn_at is None} if shown else set()
            is_open = shown is not None and shown.at(now).status is Status.PENDING
            person_id = caller.person.id if caller.person else ""
            return StoryView(
                execution=run, project=seen.project.identifier, parent=tx.runs.get(run.parent_id) if run.parent_id else None,
                approvals=approvals, asked=next((a for a in approvals if shown is not None and a.id == shown.id), None),
                grants=tx.grants.of_run(run.id), steps=dict(sorted(steps.items())[-MOST_STEPS:]),
                more_steps=len(steps) > MOST_STEPS, lines=lines[-MOST_LINES:],
                more_lines=len(lines) > MOST_LINES, said=tx.messages.of_run(run.id, MOST_SAID),
                rows=tx.audit_chains.of_run(run.id, MOST_ROWS), below=_below(tx, run, now, owners),
                may_answer=is_open and person_id not in mine and shown is not None and _may_answer(tx, caller, shown),
                answered=is_open and person_id in mine, own=run.triggered_by_id == person_id or shown is not None
                and shown.requester_id == person_id, owner=role is Role.OWNER, stir=stir,
                now=now)

    def seen(self, caller: Caller, target: str) -> Execution:
        """Return a run that the caller sees."""
        with self.database.read() as tx:
            return find_asked(tx, caller, target)[0].execution


def _may_answer(tx: Transaction, caller: Caller, approval: Approval) -> bool:
    if caller.person is None:
        return False
    voters = electorate_of(tx, approval, (caller.person.id,))
    return any(member.person.id == caller.person.id and not member.person.disabled for member in voters.eligible())


def _below(tx: Transaction, run: Execution, now: datetime, owners: tuple[str, ...]) -> list[Below]:
    """Return the tree below a run, each before its own children, up to so many."""
    found: list[Below] = []
    waiting = [(child, 1) for child in reversed(tx.family.outline(run.id))]
    while waiting and len(found) < MOST_BELOW:
        child, depth = waiting.pop()
        found.append(Below(execution=child, approval=None, depth=depth))
        waiting += [(each, depth + 1) for each in reversed(tx.family.outline(child.id))]
    asked = tx.approval_search.of_runs([each.execution.id for each in found])
    return [Below(execution=each.execution, depth=each.depth, approval=asked[each.execution.id].at(now).named(owners)
                  if each.execution.id in asked else None) for each in found]
