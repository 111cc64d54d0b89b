"""How a request stands and how it ended, by whom, when and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.cards import State
from bot.fields import field
from bot.replies import all_of
from bot.times import moment
from core.domain.approvals import Approval
from core.domain.approvals import Status as Answered
from core.domain.executions import Execution, Mode, Status
from core.engine.cancel_flow import REASON as CANCELLED
from core.ports.grants import Grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """`because`: the words of somebody, which may be long; `then`: what that comes to."""

    state: State
    status: str
    because: str = ""
    then: str = ""


def standing(approval: Approval | None, run: Execution, grants: Sequence[Grant]) -> Standing:
    """Say how a request stands. `approval`: as it is now; None: nobody was asked, or nobody yet."""
    asked = approval.requested_at if approval else run.created_at
    match approval.status if approval else None:
        case Answered.PENDING:
            return Standing(state=State.OPEN, status=_waiting(approval))
        case Answered.REJECTED if run.status is Status.CANCELLED and approval is not None and approval.reason == CANCELLED:
            return Standing(state=State.CANCELLED, status=_ended("cancelled", run.ended_by or approval.resolved_by, run.ended_at, asked))
        case Answered.REJECTED | Answered.CANCELLED if approval is not None:
            state = State(approval.status.value)
            return Standing(state=state, status=_ended(approval.status, approval.resolved_by, approval.resolved_at, asked),
                            because=field(approval.reason or ""))
        case Answered.EXPIRED if approval is not None:
            some = len(approval.approvals())
            who = f"only {some} of {approval.required} had answered" if some else "nobody answered"
            return Standing(state=State.LAPSED, status=f"{_ended('lapsed', None, approval.resolved_at, asked)}, {who}")
        case Answered.STALE if approval is not None:
            return Standing(state=State.STALE, status=f"{_ended('given up', None, approval.resolved_at, asked)}, because its run ended")
    return _of_run(_agreed(approval), run, grants, asked)


def _waiting(approval: Approval | None) -> str:
    if approval is None or approval.required == 1:
        return "waiting for approval"
    missing = approval.required - len(approval.approvals())
    more = "more " if missing < approval.required else ""
    return f"waiting for {missing} {more}approval{'' if missing == 1 else 's'}"


def _agreed(approval: Approval | None) -> str:
    if approval is None:
        return ""
    return f"approved by {all_of([field(a.email) for a in approval.approvals()]) or field(approval.resolved_by or 'nobody')}"


def _of_run(agreed: str, run: Execution, grants: Sequence[Grant], asked: datetime) -> Standing:
    given = [grant for grant in grants if grant.activated_at != grant.revoked_at]
    back = max((grant.revoked_at for grant in given if grant.revoked_at), default=None)
    live = [grant for grant in given if grant.revoked_at is None]
    ending = f", taken back {moment(back, asked)}" if back else ""
    match run.outcome or run.status:
        case Status.CANCELLED if live or run.settled_at is None and run.started_at is not None:
            return Standing(state=State.TAKING_BACK, status=f"{_ended('cancelled', run.ended_by, run.ended_at, asked)}, taking back")
        case Status.CANCELLED if back is not None:
            by = f" by {field(run.ended_by)}" if run.ended_by else ""
            return Standing(state=State.ENDED_EARLY, status=f"ended early{by}: taken back {moment(back, asked)}")
        case Status.CANCELLED:
            return Standing(state=State.CANCELLED, status=_ended("cancelled", run.ended_by, run.ended_at, asked))
        case Status.FAILED if live or run.settled_at is None and run.mode is Mode.FLOW:
            return Standing(state=State.TAKING_BACK, status="failed, taking back", because=_error(run))
        case Status.FAILED:
            return Standing(state=State.FAILED, status="failed", because=_error(run), then=_left(run, grants, back))
        case Status.COMPLETED | Status.PARTIAL if run.settled_at is not None or run.mode is not Mode.FLOW:
            told = "done" if run.status is not Status.PARTIAL else "partly done"
            since = f": granted {moment(min(g.activated_at for g in given), asked)}{ending}" if given else ""
            state = State.PARTIAL if run.status is Status.PARTIAL else State.FINISHED
            at = f" {moment(run.ended_at, asked)}" if run.ended_at else ""
            return Standing(state=state, status=f"{told}{at}{since}")
    if run.mode is Mode.FOREIGN:
        return Standing(state=State.RUNNING, status=agreed)
    until = f", access until {moment(max(g.until for g in live), asked)}" if live else ""
    return Standing(state=State.RUNNING, status=f"{agreed}{', ' if agreed else ''}running{until}")


def _error(run: Execution) -> str:
    return field(run.error or "no reason was given")


def _left(run: Execution, grants: Sequence[Grant], back: datetime | None) -> str:
    """Say what a failed run leaves behind."""
    if grants:
        return f"What {'was' if back else 'may have been'} granted has been taken back."
    return "Nothing was granted." if run.category == "access" else ""


def _ended(how: str, by: str | None, at: datetime | None, asked: datetime) -> str:
    """`rejected by X, 13:31 UTC`; `lapsed 16:20 UTC`."""
    who = f" by {field(by)}" if by else ""
    when = f"{',' if by else ''} {moment(at, asked)}" if at else ""
    return f"{how}{who}{when}"
