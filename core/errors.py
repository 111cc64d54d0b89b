"""Refusals as one small tree. Each carries facts; `bot/replies.py` says them, `api/errors.py` gives them a status.

CoreError
  Invalid            what was sent does not fit: sentences, one for each mistake
  NotFound           no such thing, or none that the caller may know of
  Forbidden          this person may not
    RoleTooLow NotAnApprover NotTheRequester SelfApproval NotYourself ApproversWidened SharedEmail LinkSpent
    NotLetIn BreakGlassOnly Unguarded
  Conflict           the state of the thing forbids
    AlreadyDecided NoAnswerYet OpenAlready EventKeyTaken RunEnded OwnFlow WrongDigest DigestNeeded HighRisk KeyReused NotRegistrable
    NotReportable LockTaken
  StateForbids       likewise, where the contract words it as a bad request
    AlreadyEnded NotRerunnable
  TooManyOpen        this person has too many open requests
  DeniedTooOften     this person's requests were rejected too often in a short time
  TooOften           this was asked too often in a short time
  Unavailable        something that we need does not answer
    DirectoryAway
"""

from dataclasses import dataclass
from datetime import datetime


class CoreError(Exception):
    """A refusal: nothing was changed."""


@dataclass
class Invalid(CoreError):
    problems: tuple[str, ...]


@dataclass
class NotFound(CoreError):
    what: str


class Forbidden(CoreError):
    """This person may not."""


@dataclass
class RoleTooLow(Forbidden):
    needed: tuple[str, ...]


@dataclass
class NotAnApprover(Forbidden):
    approvers: tuple[str, ...]


@dataclass
class NotTheRequester(Forbidden):
    requester: str


class SelfApproval(Forbidden):
    """Whoever asked, started or benefits does not decide."""


@dataclass
class NotYourself(Forbidden):
    field: str


class ApproversWidened(Forbidden):
    """A request may only narrow the approvers that its flow type names."""


class SharedEmail(Forbidden):
    """Two accounts of an issuer come with one e-mail: neither is believed."""


class LinkSpent(Forbidden):
    """A link that signs nobody in: unknown, late or used."""


@dataclass
class NotLetIn(Forbidden):
    """An outside issuer says who somebody is, and nobody here is that, or is not to sign in."""

    who: str


class BreakGlassOnly(Forbidden):
    """Approval is skipped with break-glass only."""


@dataclass
class Unguarded(Forbidden):
    """An application would let a flow that does not surely ask run in the place of one that may."""

    flow: str
    override: str


class Conflict(CoreError):
    """The state of the thing forbids."""


@dataclass
class AlreadyDecided(Conflict):
    status: str
    by: str | None
    at: datetime
    reason: str | None = None


class NoAnswerYet(Conflict):
    """There is no answer of this person that could be withdrawn."""


@dataclass
class OpenAlready(Conflict):
    task_id: str


@dataclass
class EventKeyTaken(Conflict):
    event_key: str


@dataclass
class RunEnded(Conflict):
    status: str


@dataclass
class OwnFlow(Conflict):
    flow: str


@dataclass
class WrongDigest(Conflict):
    digest: str


@dataclass
class DigestNeeded(Conflict):
    digest: str


class HighRisk(Conflict):
    """A yes to this needs the digest that its card shows. It is not named here: nobody is to send it without having looked."""


class KeyReused(Conflict):
    """An Idempotency-Key comes again with another body."""


@dataclass
class NotRegistrable(Conflict):
    why: str


@dataclass
class NotReportable(Conflict):
    why: str


@dataclass
class LockTaken(Conflict):
    resource: str


class StateForbids(CoreError):
    """The state of the thing forbids, and the contract words it as a bad request."""


@dataclass
class AlreadyEnded(StateForbids):
    status: str
    live_children: int


@dataclass
class NotRerunnable(StateForbids):
    why: str


@dataclass
class TooManyOpen(CoreError):
    limit: int


@dataclass
class DeniedTooOften(CoreError):
    until: datetime


@dataclass
class TooOften(CoreError):
    limit: int
    seconds: int


@dataclass
class Unavailable(CoreError):
    what: str


class DirectoryAway(Unavailable):
    """Whoever keeps a team that approvers name does not tell who is in it."""
