"""The approval state machine. Pure: no clock, no database, no SDK."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from core.domain.approvers import Electorate
from core.domain.json import Json, timestamp
from core.errors import AlreadyDecided, DigestNeeded, HighRisk, WrongDigest

SHOWN_DIGEST = 8  # characters
LONGEST_QUESTION = 500
SAME_ANSWER_AGAIN = timedelta(minutes=5)
SHORTEST, LONGEST, USUAL = timedelta(minutes=1), timedelta(hours=168), timedelta(hours=24)


class Status(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    STALE = "stale"


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"


class Risk(StrEnum):
    """`high`: a yes counts only with the digest of what was read."""

    NORMAL = "normal"
    HIGH = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one person said, on whatever surface; one person counts once."""

    person_id: str
    email: str
    verdict: Verdict
    surface: str
    name: str
    at: datetime
    withdrawn_at: datetime | None = None
    acted_by: str | None = None
    acted_by_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An answer that arrives. `digest` names the gate it is meant for; `last_answer` is the same person's to an earlier gate of the run.

    `acted_by`: who gives it in that person's name, where that is somebody else.
    """

    person_id: str
    email: str
    verdict: Verdict
    surface: str
    name: str = ""
    reason: str | None = None
    digest: str | None = None
    last_answer: Answer | None = None
    acted_by: str | None = None
    acted_by_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One question at one gate of one run. `excluded` holds person ids and e-mail keys of those who may not answer.

    `among`, where not empty: whoever answers has to be one of these too, besides one of the approvers.
    """

    id: str
    ref: str
    execution_id: str
    project_id: str
    gate: str
    question: str
    requested_by: str
    requester_id: str | None
    requested_at: datetime
    expires_at: datetime
    required: int
    approvers: tuple[str, ...]
    excluded: tuple[str, ...]
    self_approval: bool
    context: Mapping[str, Json]
    callback: Mapping[str, Json] | None
    event_key: str | None
    digest: str
    risk: Risk = Risk.NORMAL
    status: Status = Status.PENDING
    resolved_by: str | None = None
    resolved_at: datetime | None = None
    reason: str | None = None
    answers: tuple[Answer, ...] = ()
    among: tuple[str, ...] = ()

    def at(self, now: datetime) -> "Approval":
        """Return the approval as it is to be shown: an overdue one has expired, whether or not that is recorded yet."""
        return expire(self, now=now) or self

    def named(self, owners: tuple[str, ...]) -> "Approval":
        """Return the approval with the people who may answer it by name, where those are today's owners."""
        return self if self.approvers else replace(self, approvers=owners)

    def approvals(self) -> tuple[Answer, ...]:
        """Return the answers that count towards the quorum, as far as their people still may answer."""
        return tuple(a for a in self.answers if a.verdict is Verdict.APPROVE and a.withdrawn_at is None)

    def refuse_if_ended(self, now: datetime) -> None:
        ended = self.at(now)
        if ended.status is not Status.PENDING:
            raise AlreadyDecided(ended.status, ended.resolved_by, ended.resolved_at or now, ended.reason)


def decide(approval: Approval, decision: Decision, electorate: Electorate, *, now: datetime) -> Approval:
    """Count an answer; return the approval with it, resolved if that settles it, or unchanged if it was given before."""
    meant = decision.digest is None or approval.digest.startswith(decision.digest.lower())
    before = next((a for a in approval.answers if a.person_id == decision.person_id and a.withdrawn_at is None), None)
    if meant and before is not None and before.verdict is decision.verdict and approval.at(now).status is not Status.EXPIRED:
        return approval
    if decision.acted_by_id is not None:
        electorate.refuse_unless_acting(decision.acted_by_id)
    electorate.refuse_unless_eligible(decision.person_id)
    if needs_digest(approval, decision.verdict) and approval.at(now).status is Status.PENDING and not _has_read(approval, decision):
        raise HighRisk
    if not meant:
        raise WrongDigest(approval.digest)
    approval.refuse_if_ended(now)
    if decision.digest is None and _answered_an_earlier_gate(decision, now):
        raise DigestNeeded(approval.digest)

    answer = Answer(person_id=decision.person_id, email=decision.email, verdict=decision.verdict, surface=decision.surface,
                    name=decision.name, at=now, acted_by=decision.acted_by, acted_by_id=decision.acted_by_id)
    others = tuple(a for a in approval.answers if a.person_id != decision.person_id)
    answered = replace(approval, answers=(*others, answer))
    if decision.verdict is Verdict.REJECT:
        return resolve(answered, Status.REJECTED, by=decision.email, reason=decision.reason, now=now)
    if len(electorate.counted(answered.approvals())) < approval.required:
        return answered
    return resolve(answered, Status.APPROVED, by=decision.email, reason=decision.reason, now=now)


def needs_digest(approval: Approval, verdict: Verdict) -> bool:
    """Tell whether an answer counts only with the digest that stands beside the request, on whatever surface."""
    return approval.risk is Risk.HIGH and verdict is Verdict.APPROVE


def _has_read(approval: Approval, decision: Decision) -> bool:
    given = (decision.digest or "").lower()
    return len(given) >= SHOWN_DIGEST and approval.digest.startswith(given)


def _answered_an_earlier_gate(decision: Decision, now: datetime) -> bool:
    last = decision.last_answer
    return last is not None and last.verdict is decision.verdict and now - last.at < SAME_ANSWER_AGAIN


def withdraw(approval: Approval, person_id: str, *, now: datetime) -> Approval:
    """Take back a person's answer while the approval is open; unchanged if there is none."""
    approval.refuse_if_ended(now)
    return replace(approval, answers=tuple(
        replace(a, withdrawn_at=now) if a.person_id == person_id and a.withdrawn_at is None else a for a in approval.answers))


def expire(approval: Approval, *, now: datetime) -> Approval | None:
    """Return the approval as expired; None if it is not open or its time is not over."""
    if approval.status is not Status.PENDING or now < approval.expires_at:
        return None
    return resolve(approval, Status.EXPIRED, by=None, reason=None, now=approval.expires_at)


def resolve(approval: Approval, status: Status, *, by: str | None, reason: str | None, now: datetime) -> Approval:
    """End an open approval; nothing ends one twice."""
    if approval.status is not Status.PENDING:
        raise AlreadyDecided(approval.status, approval.resolved_by, approval.resolved_at or now, approval.reason)
    return replace(approval, status=status, resolved_by=by, resolved_at=now, reason=reason)


def lapsed_authority(approval: Approval, electorate: Electorate, disabled: Collection[str]) -> str | None:
    """Say why an approved approval does not open its gate any more; None if it does. `disabled`: ids of disabled people."""
    if approval.requester_id in disabled:
        return f"{approval.requested_by}, who asked, has been disabled"
    counted = electorate.counted(approval.approvals())
    if len(counted) < approval.required:
        gone = sorted(a.email for a in approval.approvals() if a not in counted)
        return f"{', '.join(gone)} approved it and may not any more"
    return None


def how_it_ended(approval: Approval) -> str:
    """Say what people have answered, as the run tells it."""
    match approval.status:
        case Status.APPROVED:
            return "approved by " + " and ".join(a.email for a in approval.approvals())
        case Status.REJECTED:
            return f"rejected by {approval.resolved_by}" + (f": {approval.reason}" if approval.reason else "")
        case Status.EXPIRED:
            return f"nobody answered by {timestamp(approval.expires_at)}"
    return f"the approval is {approval.status}"
