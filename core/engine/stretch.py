"""A stretch of a run: what the worker that holds it knows, and the fence that each of its transactions passes."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.domain.executions import Execution
from core.domain.json import Json
from core.domain.logs import clean
from core.domain.people import Project
from core.domain.steps import Step
from core.engine.concealment import leaves
from core.engine.outside_teams import NO_TEAMS, OutsideTeams
from core.errors import Unavailable
from core.flows.registry import Registry
from core.ports.database import Database, NewId, Transaction
from core.ports.keys import Vault
from core.ports.leases import Claim, Held


class EndOfStretch(BaseException):
    """No exception of the flow's: the stretch is over, whatever the flow catches."""


class Parked(EndOfStretch):
    """The run waits; it is nobody's turn, or a timer's."""


class LostLease(EndOfStretch):
    """Another worker holds the run by now: this one says nothing more."""


class Ended(EndOfStretch):
    """The run's outcome is set, by a cancel or by a check that failed: what is left is to undo and to settle."""


class Interrupted(EndOfStretch):
    """The database did not answer: the lease will pass, and the run goes on from where it is recorded."""


class FlowChanged(EndOfStretch):
    """The code of the flow is not what wrote the journal."""


class TooLong(EndOfStretch):
    """The run has made more steps than any may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What every stretch needs. `projects`: those that were looked up before."""

    database: Database
    registry: Registry
    vault: Vault
    new_id: NewId
    lease: timedelta
    teams: OutsideTeams = NO_TEAMS
    projects: dict[str, Project] = field(default_factory=dict)

    def project(self, tx: Transaction, project_id: str) -> Project:
        """Return a project, which keeps its name for ever."""
        found = self.projects.get(project_id) or tx.projects.get(project_id)
        assert found is not None
        self.projects[project_id] = found
        return found


@dataclass(slots=True, kw_only=True)
class Stretch:
    """`pulse` tells whoever watches that the flow has made a call; `over` is why no further call will do anything."""

    shop: Workshop
    claim: Claim
    journal: dict[int, Step]
    pulse: Callable[[], None]
    secrets: dict[str, Json] = field(default_factory=dict)
    over: EndOfStretch | None = None
    _known: set[str] = field(default_factory=set)
    _progressed: bool = False

    @property
    def id(self) -> str:
        return self.claim.execution.id

    @property
    def execution(self) -> Execution:
        """The run as it was claimed."""
        return self.claim.execution

    def go_on(self) -> None:
        """Note that the flow has made a call; one that ignores that its stretch is over makes none, and is given up in time."""
        if self.over is not None:
            raise self.over
        self.pulse()

    def end(self, end: EndOfStretch) -> EndOfStretch:
        """Return why this stretch is over, to be raised: every later call of the flow raises it again."""
        self.over = end
        return end

    @contextmanager
    def fenced(self, *, renew: bool = False, ended_too: bool = False, whole: bool = False) -> Iterator[tuple[Transaction, Held]]:
        """Open a transaction of this stretch. Ends it with LostLease, or with Ended unless `ended_too`; `renew`: the lease.

        `whole`: the run itself is wanted, as it is behind the fence.
        """
        self.go_on()
        try:
            with self.shop.database.begin() as tx:
                held = tx.leases.hold(self.id, self.claim.attempt, self.shop.lease if renew else None, whole=whole)
                if held is None:
                    raise LostLease
                if held.outcome is not None and not ended_too:
                    raise Ended
                yield tx, held
        except Unavailable:
            raise self.end(Interrupted()) from None
        except EndOfStretch as end:
            self.over = end
            raise

    def park(self, tx: Transaction, held: Held, due_at: datetime | None) -> None:
        """Let go until a time or a ring; a ring since the claim makes it due at once. To be followed by `raise Parked`."""
        tx.leases.park(self.id, tx.now() if held.wake != self.claim.seen else due_at)

    def write(self, tx: Transaction, step: Step, *, progress: bool = True) -> None:
        """Write a row of the journal. `progress`: the run has got on, so that earlier lost claims do not count any more."""
        tx.journal.write(self.id, step)
        self.journal[step.position] = step
        if progress and self.claim.lost and not self._progressed:
            tx.leases.progress(self.id)
            self._progressed = True

    def say(self, tx: Transaction, message: str, *, at: datetime, position: int, attempt: int, line: int = 0, level: str = "INFO",
            saved: Execution | None = None) -> None:
        """Write a line of the run's log. `saved`: the run, to be stored with it."""
        tx.logs.write(self.id, position=position, attempt=attempt, line=line, level=level, message=self.clean(message), at=at, saved=saved)

    @property
    def known_secrets(self) -> set[str]:
        return self._known | set(leaves(self.secrets))

    def learn(self, secrets: Iterable[str]) -> None:
        """Keep further secrets out of what this stretch says."""
        self._known.update(secrets)

    def open(self, sealed: str | None) -> dict[str, Json]:
        """Return secrets that were stored apart, to be kept out of what this stretch says from now on."""
        found = self.shop.vault.open(sealed)
        self.learn(leaves(found))
        return found

    def clean(self, text: str) -> str:
        """Return a text without the secrets that this stretch knows."""
        return clean(text, self.known_secrets)
