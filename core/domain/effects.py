"""What must happen outside the transaction that decided it, as values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class RingNext:
    """A lock is free: the run that is first in its queue is rung, in a transaction that has locked no other run."""

    execution_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassGate:
    """People have said yes to a run that a pipeline does, or (None) were not asked, by break-glass: does that still stand?"""

    execution_id: str
    approval_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchRun:
    """Nothing keeps a run from its pipeline any more: it is handed over. `flow` tells which pipeline that is.

    `place`: where people have said yes to, and nowhere else; None where nobody was asked.
    """

    execution_id: str
    flow: str
    place: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDispatch:
    """A run has ended that its pipeline may have been told of: it is told so. `place`: where, if not where its type's runs go now."""

    execution_id: str
    flow: str
    place: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Something has happened to a run, at one of its requests (None: to all of it), that people or programs want to know of.

    `event`: the kind of the row of the audit that tells of it.
    """

    execution_id: str
    approval_id: str | None
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCard:
    """A conversation is to show how a request stands when it is shown, once."""

    execution_id: str
    approval_id: str
    provider: str
    conversation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Those who must act on a request are named in a conversation, for the `number`th time, if it is still open then."""

    execution_id: str
    approval_id: str
    provider: str
    conversation: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """Whoever asked is told in a conversation what became of it. `event`: what that was, as Announce has it."""

    execution_id: str
    approval_id: str
    provider: str
    conversation: str
    event: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Say:
    """Somebody is answered in a conversation, once for a marker. `to`: the message that is answered, by the home's own id.

    `account`, `login`: who gets a one-time code in the text, which is made when it is said, so that it is kept nowhere.
    """

    execution_id: str | None
    provider: str
    conversation: str
    text: str
    to: str | None
    marker: str
    account: str | None = None
    login: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledge:
    """Whoever wrote an answer is to see that it was read."""

    execution_id: str | None
    provider: str
    conversation: str
    message_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The issue that a run belongs to is to show how the run stands when it is shown."""

    execution_id: str
    provider: str
    conversation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """A program is told something of a run that it wants to know of. `listener`: who has to take part."""

    execution_id: str
    callback_id: str
    listener: str


Effect: TypeAlias = (
    RingNext | PassGate | DispatchRun | CancelDispatch | Announce | ShowCard | Remind | Tell | Say | Acknowledge | Mirror | CallBack)


def receiver(effect: Effect) -> str | None:
    """Return who outside has to take part, so that one who does not answer keeps nobody else waiting; None: nobody."""
    match effect:
        case DispatchRun(flow=flow) | CancelDispatch(flow=flow):
            return flow
        case (ShowCard(conversation=conversation) | Remind(conversation=conversation) | Tell(conversation=conversation)
              | Say(conversation=conversation) | Acknowledge(conversation=conversation) | Mirror(conversation=conversation)):
            return f"home:{conversation.partition('/')[0]}"  # its organisation or channel, which has limits of its own; no flow is named so
        case CallBack(listener=listener):
            return listener
        case RingNext() | PassGate() | Announce():
            return None
