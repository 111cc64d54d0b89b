"""Break-glass: an owner's run whose approval is skipped in an emergency, said aloud and with a reason."""

from collections.abc import Mapping

from core.domain.audit import event_of
from core.domain.executions import Execution
from core.domain.flow_types import FlowType
from core.domain.json import Json
from core.domain.logs import clean
from core.domain.people import Caller, Role, capped
from core.engine.tell_owners import tell_owners
from core.errors import BreakGlassOnly, Invalid
from core.ports.database import Transaction

WORDS = frozenset({"skipApproval", "skipReason"})
LONGEST_REASON = 2_000


def wants_to_skip(caller: Caller, given: Mapping[str, Json]) -> bool:
    """Tell whether a run is to skip its approval; raise BreakGlassOnly where the token gives nobody the right to."""
    if given.get("skipApproval") in (None, False):
        return False
    if not caller.break_glass or caller.role is not Role.OWNER or caller.person is None:
        raise BreakGlassOnly
    return True


def skip_reason(tx: Transaction, caller: Caller, project_id: str, given: Mapping[str, Json], *flows: FlowType) -> str | None:
    """Return why a run of these flows, the one asked for and the one that runs, skips its approval; None if it does not.

    Raises BreakGlassOnly for whoever may not, or where a flow does not allow it; Invalid without a reason.
    """
    if not wants_to_skip(caller, given):
        return None
    assert caller.person is not None
    role = tx.people.roles(caller.person.id).get(project_id)
    if role is None or capped(role, caller.role) is not Role.OWNER or not all(flow.break_glass for flow in flows):
        raise BreakGlassOnly
    reason = given.get("skipReason")
    problems = [] if given["skipApproval"] is True else ["skipApproval must be true or false."]
    if not isinstance(reason, str) or not 0 < len(reason.strip()) <= LONGEST_REASON or "\x00" in reason:
        problems.append(f"skipReason must say why approval is skipped, in 1 to {LONGEST_REASON} characters.")
    if problems:
        raise Invalid(tuple(problems))
    return clean(str(reason).strip())


def tell_if_skipping(tx: Transaction, execution: Execution) -> None:
    """Tell the owners of a run that begins without asking them."""
    if execution.skip_reason is not None:
        tell_owners(tx, event_of(execution, "break_glass", execution.triggered_by, flow=execution.flow, taskType=execution.task_type,
                                 reason=execution.skip_reason))


def lapsed_right(tx: Transaction, execution: Execution, flow: FlowType) -> str | None:
    """Say why a run does not pass its gate by break-glass any more; None if whoever skipped the approval still may."""
    who = execution.triggered_by
    member = tx.people.members(execution.project_id, people=[execution.triggered_by_id or ""]).get(execution.triggered_by_id or "")
    if member is None or member.person.disabled or member.role is not Role.OWNER:
        return f"{who} skipped the approval with break-glass and may not any more"
    return None if flow.break_glass else f"the approval of {flow.id} may not be skipped any more"
