"""What comes of a message: what is to be said, and what is kept of it."""

from dataclasses import dataclass, replace

from bot.gates import Gate
from core.domain.approvals import Approval
from core.domain.audit import Event
from core.domain.messages import Heard, Message
from core.domain.people import Person
from core.ports.database import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`said`: to its author, each a reply of its own. `acknowledged`: an answer was counted. `ignored`: the gate that kept it out.

    `heard`: it is to be kept, so that nothing comes of it again; None: it is not, or was with what was decided. `settled`: something was
    decided, which is told even if another delivery of it was first.
    `event`: a refusal that touches a decision, for the audit. `codes`: its author gets a one-time code in what is said.
    """

    said: tuple[str, ...] = ()
    acknowledged: bool = False
    ignored: Gate | None = None
    heard: Heard | None = None
    settled: bool = False
    event: Event | None = None
    codes: bool = False


def note(tx: Transaction, outcome: Outcome) -> Outcome:
    """Write down what is kept of it; return what is still to be said: nothing, if another delivery of the same message was first."""
    if outcome.heard is None:
        return outcome
    if not tx.messages.hear(outcome.heard):
        return outcome if outcome.settled else Outcome(ignored=Gate.HEARD_BEFORE)
    if outcome.event is not None:
        tx.audit.append(outcome.event)
    return outcome


def refusal(message: Message, about: Approval, by: Person | None, name: str, said: str) -> Event:
    """Return what the audit says of an answer that did not count."""
    return Event(
        kind="security", actor=by.email if by else f"{message.provider}:{message.author.id}", project_id=about.project_id,
        execution_id=about.execution_id, approval_id=about.id,
        facts={"operation": "message", "refusal": name, "said": said, "surface": message.provider, "message": message.id,
               "place": message.place})


def of(heard: Heard, approval: Approval) -> Heard:
    """Return a message as one about an approval."""
    return replace(heard, execution_id=approval.execution_id, approval_id=approval.id)
