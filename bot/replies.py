"""Every sentence with which Placet refuses: what is so, and what would work."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.errors import (
    AlreadyDecided,
    AlreadyEnded,
    ApproversWidened,
    BreakGlassOnly,
    Conflict,
    CoreError,
    DeniedTooOften,
    DigestNeeded,
    DirectoryAway,
    EventKeyTaken,
    Forbidden,
    HighRisk,
    Invalid,
    KeyReused,
    LinkSpent,
    LockTaken,
    NoAnswerYet,
    NotAnApprover,
    NotFound,
    NotLetIn,
    NotRegistrable,
    NotReportable,
    NotRerunnable,
    NotTheRequester,
    NotYourself,
    OpenAlready,
    OwnFlow,
    RoleTooLow,
    RunEnded,
    SelfApproval,
    SharedEmail,
    StateForbids,
    TooManyOpen,
    TooOften,
    Unavailable,
    Unguarded,
    WrongDigest,
)

MOST_NAMES = 10
SHOWN_DIGEST = 8


def reply(error: CoreError) -> str:
    """Say a refusal in a sentence or two."""
    match error:
        case Invalid(problems):
            return " ".join(problems)
        case NotFound(what):
            return f"There is no {what} of this id that you can see. Check the id, and that the project is one of yours."
        case Forbidden():
            return _forbidden(error)
        case Conflict():
            return _conflict(error)
        case StateForbids():
            return _state(error)
        case TooManyOpen(limit):
            return f"{limit} requests of yours are open already, and that is the limit. Cancel one, or wait until one is answered."
        case DeniedTooOften(until):
            return (f"Several requests of yours were rejected shortly one after the other. You can ask again from {clock(until)} on; "
                    "until then, talk to those who rejected them.")
        case TooOften(limit, seconds):
            return f"This may be asked {limit} times in {seconds} seconds, and that is the limit. Wait a little, and ask again."
        case DirectoryAway(what):
            return f"{what} does not tell who is in the team that may answer. Nothing was changed; try again in a few seconds."
        case Unavailable(what):
            return f"The {what} does not answer right now. Nothing was changed; try again in a few seconds."
    raise TypeError(f"{type(error).__name__} is no refusal that people are told")


def _forbidden(error: Forbidden) -> str:
    match error:
        case RoleTooLow(needed):
            return f"This needs the role {any_of(needed)}. An owner of the project can do it, or give you the role."
        case NotAnApprover(approvers):
            if not approvers:
                return "Nobody can answer this one now: the project has no owner who may. An owner has to be added to the project first."
            return f"Only {all_of(approvers)} can answer this one."
        case NotTheRequester(requester):
            return f"Only {requester}, who asked, can cancel this one here. An owner of the project can end it in Placet."
        case SelfApproval():
            return "You asked for this, started it or benefit from it, so someone else has to answer it."
        case NotYourself(field):
            return f"{field} must be your own e-mail, the one that your token was made for: nobody answers or asks in another's name."
        case ApproversWidened():
            return "This kind of flow names who may answer. A request may choose among them, and leave some out, but not add others."
        case SharedEmail():
            return "Another account comes with your e-mail, so neither is let in. An operator has to say whose it is: `placet people link`."
        case LinkSpent():
            return "This link signs nobody in any more: it works once, for 15 minutes. Ask an operator for a new one."
        case NotLetIn(who):
            return (f"You are {who} there. Nobody here is known as that, or they are disabled. "
                    "An operator adds people with `placet people add`, and says who they are with `placet people link`.")
        case BreakGlassOnly():
            return ("Approval cannot be skipped here: that takes an owner's break-glass token, and a flow that allows it. "
                    "Leave out skipApproval and skipReason, and the request is put to its approvers.")
        case Unguarded(flow, override):
            return (f"{flow} may ask people for approval, and {override} does not say that it does. "
                    "An owner of the project can let it run instead; an application cannot.")
    raise TypeError(f"{type(error).__name__} is no refusal that people are told")


def _conflict(error: Conflict) -> str:
    match error:
        case AlreadyDecided():
            return f"{how_it_ended(error)} To ask anew, start the run again."
        case NoAnswerYet():
            return "There is no answer of yours here to withdraw. If you want to answer, say approve, or reject and why."
        case OpenAlready(task_id):
            return f"Another request of {task_id} is open already. Answer that one, or cancel its run, before you ask again."
        case EventKeyTaken(event_key):
            return f"The event key {event_key} belongs to another open request. Use a key of its own for each request."
        case RunEnded(status):
            return f"This run has ended ({status}), so nothing can be asked for it any more. Start it again to ask anew."
        case OwnFlow(flow):
            return f"{flow} is a flow of Placet's own: it asks by itself, and nobody sets a second gate beside it. Start the flow instead."
        case WrongDigest(digest):
            return f"That digest belongs to another request. Read what is asked now, then send the digest {digest[:SHOWN_DIGEST]}."
        case DigestNeeded(digest):
            return ("You gave this answer to an earlier question of this run a moment ago. "
                    f"Read what is asked now, then answer with the digest {digest[:SHOWN_DIGEST]}.")
        case HighRisk():
            return "This is of high risk: a yes counts only with the digest that stands beside what is asked. Read that, and send it along."
        case KeyReused():
            return "This Idempotency-Key came before, with another body. Use a new key for a new request."
        case NotRegistrable(why):
            return f"This run cannot be registered: {why}."
        case NotReportable(why):
            return f"This report cannot be taken: {why}."
        case LockTaken(resource):
            return f"Another run that has not ended has {resource}, or this ticket. Ask again when that run has let go of it."
    raise TypeError(f"{type(error).__name__} is no refusal that people are told")


def _state(error: StateForbids) -> str:
    match error:
        case AlreadyEnded(status, live_children):
            if live_children:
                return f"This run has ended already ({status}). {live_children} of its children still run: cancel-children ends those."
            return f"This run has ended already ({status}). There is nothing to cancel."
        case NotRerunnable(why):
            return f"This run cannot be run again: {why}."
    raise TypeError(f"{type(error).__name__} is no refusal that people are told")


def how_it_ended(error: AlreadyDecided) -> str:
    """Say who ended a request, how, when and why."""
    by = f" by {error.by}" if error.by else ""
    match error.status:
        case "expired":
            return f"This lapsed at {clock(error.at)}: nobody had answered in time."
        case "stale":
            return f"This was given up at {clock(error.at)}, because its run ended."
        case "cancelled":
            return f"This was cancelled{by} at {clock(error.at)}."
    reason = f" ({error.reason})" if error.reason else ""
    return f"This was {error.status}{by} at {clock(error.at)}{reason}."


def clock(at: datetime) -> str:
    """Say a time with its zone."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def all_of(names: Sequence[str]) -> str:
    """Say several names, the first few of many."""
    return _listed(names, "and")


def any_of(names: Sequence[str]) -> str:
    return _listed(names, "or")


def _listed(names: Sequence[str], word: str) -> str:
    if len(names) > MOST_NAMES:
        return f"{', '.join(names[:MOST_NAMES])} {word} {len(names) - MOST_NAMES} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} {word} {names[-1]}"
