"""What must become of a run that asks, has something for an hour, and gives it back: the rules without a database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

LEASE = timedelta(seconds=30)
OWNERS = frozenset({"bob", "cat"})
MEMBERS = OWNERS | {"ann", "dan"}


class Refusal(Exception):
    """The model says no, and by which word."""


@dataclass
class People:
    disabled: set[str] = field(default_factory=set)

    def eligible(self, excluded: frozenset[str]) -> set[str]:
        return set(OWNERS - self.disabled - excluded)


@dataclass
class Run:
    """`asked_until`: when its approval expires; None before it has asked. `due`: whether a stretch would find something to do."""

    id: str
    required: int
    excluded: frozenset[str]
    people: People
    asked_until: datetime | None = None
    approval: str | None = None
    ended_by: str | None = None
    answers: dict[str, str] = field(default_factory=dict)
    passed: bool = False
    sleeps_until: datetime | None = None
    has_it: bool = False
    outcome: str | None = None
    settled: bool = False
    held_until: datetime | None = None
    rung: bool = True

    def expire(self, now: datetime) -> bool:
        """Record that its time is over, if it is."""
        if self.approval != "pending" or self.asked_until is None or now < self.asked_until:
            return False
        self._end("expired", None)
        return True

    def shown(self, now: datetime) -> str | None:
        """The approval's status as people see it."""
        late = self.approval == "pending" and self.asked_until is not None and now >= self.asked_until
        return "expired" if late else self.approval

    def decide(self, who: str, verdict: str, now: datetime) -> None:
        if who not in MEMBERS or self.approval is None:
            raise Refusal("NotFound")
        if self.answers.get(who) == verdict and self.shown(now) != "expired":
            return
        if who in self.excluded - self.people.disabled:
            raise Refusal("SelfApproval")
        if who not in OWNERS - self.people.disabled:
            raise Refusal("NotAnApprover")
        if self.shown(now) != "pending":
            raise Refusal("AlreadyDecided")
        self.answers[who] = verdict
        if verdict == "reject":
            self._end("rejected", who)
        elif self._yeses() >= self.required:
            self._end("approved", who)

    def _yeses(self) -> int:
        return len({who for who, verdict in self.answers.items() if verdict == "approve"} & self.people.eligible(self.excluded))

    def _end(self, how: str, who: str | None) -> None:
        self.approval, self.ended_by, self.rung = how, who, True

    def cancel(self, who: str, now: datetime) -> None:
        if self.outcome == "cancelled":
            return
        if self.outcome is not None:
            raise Refusal("AlreadyEnded")
        if not self.expire(now) and self.approval == "pending":
            self._end("rejected", who)
        self.outcome, self.rung = "cancelled", True

    def due(self, now: datetime) -> bool:
        """Whether it is a worker's turn."""
        if self.settled:
            return False
        if self.held_until is not None:
            return now >= self.held_until
        if self.rung or self.outcome is not None:
            return True
        timer = self.sleeps_until if self.passed else self.asked_until
        return timer is not None and now >= timer

    def stretch(self, now: datetime) -> None:
        """What one stretch of a worker does."""
        self.held_until, self.rung = None, False
        if self.outcome is not None:
            self.has_it, self.settled = False, True
        elif self.asked_until is None:
            self._ask(now)
        elif not self.passed:
            self._try_gate(now)
        elif self.sleeps_until is not None and now >= self.sleeps_until:
            self.has_it, self.outcome, self.settled = False, "completed", True

    def _ask(self, now: datetime) -> None:
        if len(self.people.eligible(self.excluded)) < self.required:
            self.outcome, self.settled = "failed", True
            return
        self.approval, self.asked_until = "pending", now + timedelta(hours=1)

    def _try_gate(self, now: datetime) -> None:
        self.expire(now)
        self.rung = False
        if self.approval == "approved" and self._yeses() >= self.required:
            self.passed = self.has_it = True
            self.sleeps_until = now + timedelta(hours=1)
        elif self.approval == "approved":
            self.outcome = "failed"
        elif self.approval != "pending":
            self.outcome, self.settled = "failed", True

    def status(self) -> str:
        """The run's status as the contract's word for it is stored."""
        if self.outcome is not None and (self.settled or self.outcome == "cancelled"):
            return self.outcome
        if self.approval == "pending":
            return "suspended"
        return "running" if self.approval is not None or self.held_until is not None or self.outcome is not None else "pending"
