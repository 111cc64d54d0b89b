"""What the core needs from outside, in its own words. Stores speak within one transaction; nothing else may be called there."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from core.domain.approvals import Answer, Approval
from core.domain.audit import Event
from core.domain.chains import AuditRow, Checkpoint, Link
from core.domain.effects import Effect
from core.domain.executions import Execution, Status
from core.domain.flow_settings import FlowSetting
from core.domain.identities import Identity
from core.domain.json import Json
from core.domain.logs import Line
from core.domain.people import Member, Person, Project, Role
from core.domain.schedules import Schedule
from core.domain.steps import Step


class FlowEngine(Protocol):
    """Decides when and where runs go on."""

    def wake(self, execution_id: str) -> None:
        """Nudge, after a commit: this run is due. A nudge may be lost; the row says the same."""

    def start(self) -> None: ...

    def stop(self) -> None:
        """Claim nothing more, and let what is under way come to the end of its stretch."""


class Changes(Protocol):
    """Tells the processes on one database that something there may be due."""

    def announce(self) -> None:
        """Tell the others, soon; never blocks, never fails."""

    def wait(self, seconds: float) -> None:
        """Return when another process has said something, or after that time."""

    def close(self) -> None: ...


class Vault(Protocol):
    """Keeps what must be read back, and names it without telling it."""

    def seal(self, secrets: Mapping[str, Json]) -> str | None:
        """Encrypt; None for nothing."""

    def open(self, sealed: str | None) -> dict[str, Json]: ...

    def fingerprint(self, secret: Json) -> str:
        """Return an HMAC under a key that outlives rotation."""

    def sealed_newly(self, sealed: str) -> bool:
        """Tell whether a text is sealed under the key in use, not one that is to be dropped."""


class Signatures(Protocol):
    """Vouches for bytes in the installation's name."""

    def sign(self, message: bytes) -> str: ...

    def signed(self, message: bytes, signature: str) -> bool:
        """Tell whether this installation has signed it, with a key that is not dropped yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A run that a worker holds since `at`: `attempt` is its fencing number, `seen` its wake counter then.

    `lost`: how many claims in a row ended without any progress.
    """

    execution: Execution
    attempt: int
    seen: int
    lost: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the fence found: the run's outcome (set by a cancel, perhaps) and its wake counter now."""

    outcome: Status | None
    wake: int


class Leases(Protocol):
    """Whose turn it is, and who holds it."""

    def claim(self, versions: Mapping[str, int], lease: timedelta, execution_id: str | None = None) -> Claim | None:
        """Take a run that is due: of these flows in no newer version, or of any flow once its outcome is set."""

    def hold(self, execution_id: str, attempt: int, renew: timedelta | None = None) -> Held | None:
        """Lock a run and pass the fence; None if the run is not held under this number any more. `renew`: from now, the lease."""

    def progress(self, execution_id: str) -> None:
        """Forget the claims that were lost: the run gets on."""

    def park(self, execution_id: str, due_at: datetime | None) -> None:
        """Let go of a run that this transaction has passed the fence of."""

    def ring(self, execution_id: str) -> None:
        """Count a wake; a run that nobody holds is due now, a settled one never."""

    def next_due(self, versions: Mapping[str, int]) -> timedelta | None:
        """Return how long it is until the next run is due; None if none will be by itself."""

    def unclaimed(self, versions: Mapping[str, int], than: timedelta, limit: int) -> list[tuple[str, str]]:
        """Return (id, flow) of runs that `claim` leaves alone and that have been due for longer than that: nobody holds them any more."""


class Executions(Protocol):
    def add(self, execution: Execution, due_at: datetime | None) -> None:
        """Insert a run; one that is due is nudged after the commit."""

    def lock(self, execution_id: str) -> Execution | None:
        """Lock a run and return it as it is then."""

    def lock_row(self, execution_id: str) -> None:
        """Lock a run of which nothing more is wanted."""

    def save(self, execution: Execution) -> None:
        """Store status, outcome, result, error and times of a run locked by this transaction."""

    def report(self, execution: Execution) -> None:
        """Store likewise, and what came with a report: when that was, and the pipeline's run."""


class Family(Protocol):
    """Runs by their relation."""

    def children(self, execution_id: str) -> list[Execution]:
        """Return the direct ones, the oldest first."""

    def outline(self, execution_id: str) -> list[Execution]:
        """Return likewise, without payload, result and error."""

    def parents(self, execution_ids: Sequence[str]) -> dict[str, Execution]:
        """Return the parent of each run that has one."""

    def lock_descendants(self, execution_id: str) -> list[Execution]:
        """Lock a locked run's descendants, top down, also below those that have ended."""

    def settled(self, execution_id: str) -> bool:
        """Tell whether all children are."""

    def ancestors(self, execution_id: str) -> list[str]:
        """Return the ids of the runs above it."""

    def ended_elsewhere(self, limit: int) -> list[str]:
        """Return runs without stretches that have ended and are not settled."""


class Placeholders(Protocol):
    """Rows that runs of other engines come for, once they register."""

    def find(self, project_id: str, task_id: str) -> Execution | None:
        """Lock the foreign run that stands for a task id, and keep others from making one until this transaction ends."""

    def of_run(self, run_id: str) -> list[Execution]:
        """Lock the runs that an engine's run id names, and keep others from looking for it likewise until this transaction ends."""

    def waiting_rerun(self, execution_id: str) -> Execution | None:
        """Lock the newest rerun of a run that has not registered yet."""

    def take_over(self, execution: Execution, run_id: str | None) -> None:
        """Store all of a locked run anew, which is known by this run id, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A run in its project, without payload, result and error; and the role that the person who looks has there."""

    execution: Execution
    project: Project
    role: Role | None
    has_children: bool


class Sight(Protocol):
    """Runs and projects as somebody sees them; `person_id` None: an application, which has no role in a project."""

    def execution(self, identifier: str, person_id: str | None) -> Seen | None:
        """Return the run that an execution's id or one of its engine run ids names; None for none or two."""

    def project(self, identifier: str, person_id: str | None) -> tuple[Project, Role | None] | None: ...

    def below(self, execution_id: str, ancestor_id: str) -> bool:
        """Tell whether a run is another, or a descendant of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs of one project; None: any. `mode` is cicd or any other; `flow_path` is a substring of the routed type."""

    project_id: str
    mode: str | None = None
    category: str | None = None
    task_type: str | None = None
    flow_path: str | None = None
    work_item_key: str | None = None
    work_item_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    triggered_by: str | None = None
    include_scheduled: bool = False


class FlowSettings(Protocol):
    """What projects have set of flow types, by the type's id."""

    def of(self, project_id: str) -> dict[str, FlowSetting]: ...

    def lock(self, project_id: str) -> dict[str, FlowSetting]:
        """Return likewise, and keep others from changing any until this transaction ends."""

    def save(self, project_id: str, setting: FlowSetting) -> None: ...


class Runs(Protocol):
    """Runs as lists and single ones, to be read."""

    def get(self, execution_id: str) -> Execution | None:
        """Return the whole run."""

    def page(self, wanted: RunFilter, *, limit: int, offset: int) -> tuple[list[Execution], int]:
        """Return a page, the newest first, and the exact count of all."""

class Journal(Protocol):
    def read(self, execution_id: str) -> dict[int, Step]: ...

    def write(self, execution_id: str, step: Step) -> None:
        """Insert or replace the row of its position."""


class Approvals(Protocol):
    def add(self, approval: Approval) -> None: ...

    def discuss(self, approval_id: str, keys: Collection[str]) -> None:
        """Note where an approval is discussed, so that it is found there."""

    def exclude(self, approval_id: str, excluded: Collection[str]) -> None:
        """Store anew who may not answer a locked approval."""

    def lock(self, execution_id: str, *, gate: str | None = None, approval_id: str | None = None) -> Approval | None:
        """Lock an approval of a run that this transaction has locked: the open one, else the newest, of those at a gate or of that id."""

    def save(self, approval: Approval, answer: Answer | None = None) -> None:
        """Store its state and an answer that is new or changed."""

    def end(self, approval: Approval, answer: Answer | None = None, *, nudge: bool) -> None:
        """Store likewise how it ended; its run is suspended no more, and rung. `nudge` our engine, where that moves the run."""

    def of_event_key(self, event_key: str) -> Approval | None:
        """Return the open approval with an event key, and keep others from opening one with it until this transaction ends."""

    def last_answer(self, execution_id: str, person_id: str, but: str) -> Answer | None:
        """Return a person's latest answer to another approval of a run."""


class ApprovalSearch(Protocol):
    def get(self, approval_id: str) -> Approval | None: ...

    def of_run(self, execution_id: str) -> list[Approval]:
        """Return all of a run, the newest first."""

    def of_runs(self, execution_ids: Collection[str]) -> dict[str, Approval]:
        """Return of each run the open one, else the newest."""

    def by_ref(self, ref: str) -> Approval | None: ...

    def discussed_at(self, keys: Collection[str], now: datetime) -> list[Approval]:
        """Return the open ones whose time is not over that are discussed at one of these places, the newest first."""

    def open(self, project_ids: Collection[str] | None, now: datetime) -> Iterable[Approval]:
        """Return the open ones whose time is not over, the oldest first. None: of all projects."""

    def overdue(self, now: datetime, limit: int) -> list[Approval]: ...

    def open_of_requester(self, person_id: str) -> int:
        """Count a person's own open requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Who has a resource of a project, and who waits for it, the longest first."""

    owner: str | None
    waiting: tuple[str, ...]


class Locks(Protocol):
    """Resources that one run has at a time, until it is settled. Their rows are locked after all runs and approvals."""

    def lock(self, project_id: str, resource: str) -> Standing: ...

    def take(self, project_id: str, resource: str, execution_id: str, at: datetime) -> None:
        """Give a resource that is locked and free to a run, which waits for it no more."""

    def wait(self, project_id: str, resource: str, execution_id: str, at: datetime) -> None:
        """Put a run at the end of the queue, once."""

    def leave(self, execution_id: str) -> list[str]:
        """Free what a locked run has, take it out of its queues, and return who is first now wherever it was and nobody is owner."""


class TrackedLocks(Protocol):
    """Locks that were taken elsewhere, each under a ticket."""

    def place(self, ticket_id: str) -> tuple[str, str] | None:
        """Return project and resource of a ticket, and keep others from moving it until this transaction ends."""

    def name(self, project_id: str, resource: str, ticket_id: str) -> None:
        """Give a locked resource this ticket, which is no other's any more."""

    def free(self, project_id: str, resource: str) -> None:
        """Take a locked resource from whoever has it."""

    def of_settled(self, limit: int) -> list[str]:
        """Return runs that have a lock though they are settled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """An effect that this process is to deliver: `tries` counts this one too."""

    id: str
    effect: Effect
    tries: int


class Schedules(Protocol):
    def list(self) -> list[Schedule]:
        """Return all, by name."""

    def lock(self, name: str) -> Schedule | None: ...

    def due(self, flows: Collection[str]) -> Schedule | None:
        """Lock and return a schedule of these flows whose time has come, and that nobody else is firing."""

    def add(self, schedule: Schedule) -> bool:
        """Insert a schedule unless there is one of its name; tell whether it was inserted."""

    def save(self, schedule: Schedule) -> None: ...

    def keep_only(self, names: Collection[str]) -> None:
        """Remove all others."""


class Outbox(Protocol):
    """What must happen outside a transaction, kept until it has been delivered, at least once."""

    def put(self, effect: Effect, at: datetime) -> None:
        """Keep an effect, due at once; whoever delivers is nudged after the commit."""

    def take(self, again: timedelta) -> Posted | None:
        """Take an effect that is due, and is due again after that time unless it is done by then."""

    def done(self, posted_id: str) -> None: ...

    def failed(self, posted_id: str, error: str, again: timedelta) -> None:
        """Try again after that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Access that was given: by whose yes is told by the run's approval."""

    effect_key: str
    execution_id: str
    provider: str
    subject: str
    target: str
    level: str
    activated_at: datetime
    until: datetime
    revoked_at: datetime | None = None


class Grants(Protocol):
    def lock(self, effect_key: str) -> Grant | None: ...

    def add(self, grant: Grant) -> None:
        """Insert a grant, or the mark of a key that was revoked before it was granted."""

    def revoke(self, effect_key: str, at: datetime) -> None: ...

    def live(self) -> list[tuple[Grant, Project, Sequence[str]]]:
        """Return who has access now, where, and by whose yes."""


class Logs(Protocol):
    def write(self, execution_id: str, *, position: int, attempt: int, line: int, level: str, message: str, at: datetime) -> None:
        """Append a line, once for each (position, attempt, line)."""

    def after(self, execution_id: str, seq: int, limit: int) -> list[Line]: ...

    def last(self, execution_id: str, limit: int) -> list[Line]:
        """Return the last lines, in order."""

    def end(self, execution_id: str) -> int:
        """Return the `seq` of the last line; 0 if there is none."""


class People(Protocol):
    def find(self, email: str) -> Person | None: ...

    def members(self, project_id: str, *, people: Collection[str] = (), emails: Collection[str] = (),
                owners: bool = False) -> dict[str, Member]:
        """Return members of a project by person id: these people, those with these e-mails, its owners."""

    def owners(self, project_id: str) -> tuple[str, ...]:
        """Return the e-mails of a project's owners who are not disabled."""

    def disabled(self, people: Collection[str]) -> set[str]:
        """Return which of these person ids are disabled."""

    def roles(self, person_id: str) -> dict[str, Role]:
        """Return a person's role by project id."""


class Identities(Protocol):
    """Who people are at providers."""

    def find(self, provider: str, external_id: str) -> tuple[Identity, Person] | None: ...

    def by_login(self, provider: str, login: str, project_ids: Collection[str] | None) -> tuple[Identity, Person] | None:
        """Return the one who has a login and belongs to one of these projects (None: to any) and is not disabled; None for none or two."""

    def all(self) -> Sequence[tuple[Identity, Person]]: ...

    def link(self, identity: Identity) -> None:
        """Insert or replace; whoever had that login before has it no more."""

    def unlink(self, provider: str, external_id: str) -> None: ...


class PeopleRegister(Protocol):
    """What an operator changes."""

    def add(self, person: Person) -> None: ...

    def disable(self, person_id: str, disabled: bool) -> None: ...

    def list(self) -> list[Person]: ...


class Projects(Protocol):
    def get(self, project_id: str) -> Project | None: ...

    def find(self, identifier: str) -> Project | None: ...

    def list(self) -> list[Project]: ...


class ProjectRegister(Protocol):
    """What an operator changes."""

    def add(self, project: Project) -> None: ...

    def admit(self, project_id: str, person_id: str, role: Role | None) -> None:
        """Give a person a role in a project, or take it (None)."""

    def all_members(self, project_id: str) -> list[Member]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MintedToken:
    """A token of ours, as it is remembered: never its text."""

    id: str
    subject: str
    role: Role
    projects: tuple[str, ...] | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class Tokens(Protocol):
    def add(self, token: MintedToken) -> None: ...

    def find(self, token_id: str) -> MintedToken | None: ...

    def bearer(self, token_id: str, email: str) -> tuple[MintedToken, Person | None] | None:
        """Return a token beside the person who has an e-mail."""

    def revoke(self, token_id: str, at: datetime) -> None: ...

    def list(self) -> list[MintedToken]: ...


class Repeats(Protocol):
    """Requests that came with an Idempotency-Key."""

    def forget(self, now: datetime) -> None:
        """Drop what is older than a day."""

    def first(self, subject: str, operation: str, key: str, body: str, answer: str, now: datetime) -> tuple[str, str]:
        """Remember (hash of the body, id of the answer) under a key for a day; return what stands there, the first one's."""


class Audit(Protocol):
    def append(self, event: Event) -> None:
        """Add a row to the project's chain, whose head is locked as the last thing in the transaction."""


class AuditChains(Protocol):
    """The audit's chains, to be verified and exported."""

    def projects(self) -> list[str]:
        """Return whose chains there are, or should be; empty: the installation's."""

    def bounds(self, project_id: str) -> tuple[int | None, int | None, Link | None]:
        """Return the numbers of the first and last row there is; then, read after them, the chain's head."""

    def rows(self, project_id: str, after: int, upto: int | None, limit: int) -> list[AuditRow]: ...

    def checkpoints(self, project_id: str) -> list[Checkpoint]: ...


class AuditPurge(Protocol):
    """Beginnings of the audit's chains, to be replaced by checkpoints."""

    def purgeable(self, project_id: str, before: datetime) -> int | None:
        """Return the last row of the beginning that is older than that, and tells of no run that is not settled."""

    def link(self, project_id: str, seq: int) -> Link: ...

    def keep(self, checkpoint: Checkpoint) -> None:
        """Insert a checkpoint, or replace the one at its place."""

    def drop(self, project_id: str, upto: int) -> None:
        """Delete the rows of a chain up to there, and the checkpoints."""


class Retention(Protocol):
    """What has been over for long."""

    def old_roots(self, before: datetime, after: str, limit: int) -> list[str]:
        """Return ids of runs without a parent that were settled before that time, in order."""

    def kept(self, execution_ids: Sequence[str]) -> bool:
        """Tell whether one of these runs has an open request, or access that was not taken back."""

    def remove(self, execution_ids: Sequence[str]) -> None:
        """Delete locked runs, parents before their children, with all that belongs to them; the audit stays."""

    def forget_tokens(self, before: datetime) -> int:
        """Delete the tokens that had expired by then; return how many that were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedText:
    """A sealed text, and where it stands."""

    place: tuple[str | int, ...]
    text: str = field(repr=False)


class Sealed(Protocol):
    """Every sealed text there is."""

    def runs(self, after: str, limit: int) -> list[str]:
        """Return ids of runs that have one, in order."""

    def lock(self, execution_id: str) -> bool:
        """Lock a run; False if a worker holds it."""

    def of_run(self, execution_id: str) -> list[SealedText]: ...

    def of_schedules(self) -> list[SealedText]:
        """Return those of all schedules, which are locked."""

    def replace(self, sealed: SealedText, text: str) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Undelivered effects of one kind: how many, and since when the oldest."""

    kind: str
    depth: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckUndo:
    """A step that could not be taken back yet, after so many tries."""

    execution_id: str
    key: str
    tries: int


class Figures(Protocol):
    """How the work stands, as one who watches over it asks."""

    def open_approvals(self, now: datetime, ages: Sequence[timedelta]) -> list[int]:
        """Count the open approvals that are older than each of these ages."""

    def outbox(self) -> list[Waiting]: ...

    def due(self, now: datetime) -> tuple[int, datetime | None]:
        """Count the runs that are due, whose lease has passed if somebody held them; since when the first of them is."""

    def stuck_undos(self, tries: int, limit: int) -> list[StuckUndo]: ...


class Transaction(Protocol):
    """All stores, in one transaction. The clock is the database's; it never goes back."""

    @property
    def leases(self) -> Leases: ...
    @property
    def executions(self) -> Executions: ...
    @property
    def family(self) -> Family: ...
    @property
    def placeholders(self) -> Placeholders: ...
    @property
    def sight(self) -> Sight: ...
    @property
    def flow_settings(self) -> FlowSettings: ...
    @property
    def runs(self) -> Runs: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def approvals(self) -> Approvals: ...
    @property
    def approval_search(self) -> ApprovalSearch: ...
    @property
    def locks(self) -> Locks: ...
    @property
    def tracked_locks(self) -> TrackedLocks: ...
    @property
    def schedules(self) -> Schedules: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def grants(self) -> Grants: ...
    @property
    def logs(self) -> Logs: ...
    @property
    def people(self) -> People: ...
    @property
    def identities(self) -> Identities: ...
    @property
    def people_register(self) -> PeopleRegister: ...
    @property
    def projects(self) -> Projects: ...
    @property
    def project_register(self) -> ProjectRegister: ...
    @property
    def tokens(self) -> Tokens: ...
    @property
    def repeats(self) -> Repeats: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def audit_chains(self) -> AuditChains: ...
    @property
    def audit_purge(self) -> AuditPurge: ...
    @property
    def retention(self) -> Retention: ...
    @property
    def sealed(self) -> Sealed: ...
    @property
    def figures(self) -> Figures: ...

    def now(self) -> datetime: ...


class Database(Protocol):
    """Where everything is kept. `begin` and `read` raise Unavailable when it does not answer."""

    def begin(self) -> AbstractContextManager[Transaction]:
        """Open a transaction: committed at the end, rolled back by an exception. Whoever it rang, and whoever delivers what
        it put in the outbox, is nudged after the commit."""

    def read(self) -> AbstractContextManager[Transaction]:
        """Open a reading transaction."""


NewId = Callable[[], str]
