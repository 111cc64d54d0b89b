"""A card: what a conversation shows of a request, as data that each home renders; every text in it stands on one line."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class State(StrEnum):
    OPEN = "open"
    RUNNING = "running"
    TAKING_BACK = "taking back"
    FINISHED = "finished"
    PARTIAL = "partial"
    FAILED = "failed"
    REJECTED = "rejected"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    ENDED_EARLY = "ended early"
    STALE = "stale"


MARKS = {State.OPEN: "○", State.RUNNING: "◐", State.TAKING_BACK: "◐", State.FINISHED: "●", State.PARTIAL: "●"}  # any other: ✕


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """`long`: it may be cut. What, who, where and how long is never."""

    label: str
    text: str
    long: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Yes:
    """Somebody has approved."""

    who: str
    when: str
    where: str


class Action(StrEnum):
    OPEN = "Open in Placet"
    LOG = "Log"
    AGAIN = "Run again"
    ASK_AGAIN = "Ask again"
    END_NOW = "End now"
    PIPELINE = "Pipeline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    action: Action
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """`title` is what is asked; `status` how it stands, `because` why, `then` what of it. `count`: "1 of 2", where several must approve.

    `may_answer`: who still may, while it is open; `say_yes`, `say_no`: what to reply; `also_yes`, `also_no`: further words of the project.
    `skipped`: by whom the approval was skipped with break-glass, and `skip_reason` why.
    `whole`: nothing was left out. One that is not `readable` shows nothing of the request but that it is too long to be answered here.
    """

    ref: str
    digest: str
    state: State
    title: str
    status: str
    asked_by: str
    subjects: tuple[str, ...]
    project: str
    because: str = ""
    then: str = ""
    count: str = ""
    reason: str = ""
    facts: tuple[Fact, ...] = ()
    skipped: str = ""
    skip_reason: str = ""
    lapses: str = ""
    lapses_at: datetime | None = None
    answers: tuple[Yes, ...] = ()
    may_answer: tuple[str, ...] = ()
    missing: int = 0
    say_yes: str = ""
    say_no: str = ""
    also_yes: tuple[str, ...] = ()
    also_no: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    high_risk: bool = False
    self_approval: bool = False
    whole: bool = True
    readable: bool = True

    @property
    def mark(self) -> str:
        return MARKS.get(self.state, "✕")

    @property
    def headline(self) -> str:
        """How it stands, in one line."""
        return headline(self.status, self.because, self.then, self.count)


def headline(status: str, because: str, then: str, count: str) -> str:
    """Put how it stands into one line."""
    told = status + (f": {because}" if because else "")
    if then:
        told = f"{told.rstrip('.')}. {then}"
    return f"{told} · {count}" if count else told
