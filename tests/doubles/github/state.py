"""What GitHub knows: accounts, repositories and what people and programs did there. Whoever changes it holds the double's lock."""

from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey


@dataclass(slots=True, kw_only=True, eq=False)
class Account:
    """A person, a bot or an organization. `gone`: suspended or deleted, as the rest of the world sees it.

    `members`: an organization's, their roles by id; `base_role`: what each of them may in all its repositories.
    """

    id: int
    login: str
    type: str = "User"
    name: str | None = None
    email: str | None = None
    gone: bool = False
    created_at: datetime
    base_role: str = "none"
    members: dict[int, str] = field(default_factory=dict)
    teams: dict[str, "Team"] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class Membership:
    account: Account
    role: str = "member"
    state: str = "active"


@dataclass(slots=True, kw_only=True, eq=False)
class Team:
    """`members`: by the account's id."""

    id: int
    org: Account
    slug: str
    name: str
    members: dict[int, Membership] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True, eq=False)
class App:
    """`keys`: whose private halves sign its JWTs. `permissions`, `events`: what its manifest asks for."""

    id: int
    slug: str
    name: str
    client_id: str
    owner: Account
    bot: Account
    keys: list[RSAPublicKey]
    permissions: dict[str, str]
    events: list[str]
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Installation:
    """`repositories`: ids; None is all of the account's. `permissions`: what the account has agreed to, which may lag behind the App's."""

    id: int
    app: App
    account: Account
    permissions: dict[str, str]
    events: list[str]
    repositories: set[int] | None
    created_at: datetime
    suspended_at: datetime | None = None
    deleted: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Token:
    """Of an installation, or of a person. `permissions` None: whatever the person may. `repositories` None: all it could reach."""

    kind: str
    permissions: dict[str, str] | None
    repositories: set[int] | None = None
    installation: Installation | None = None
    account: Account | None = None
    expires_at: datetime | None = None
    revoked: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Label:
    id: int
    name: str


@dataclass(slots=True, kw_only=True, eq=False)
class Reaction:
    id: int
    account: Account
    content: str
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Comment:
    id: int
    account: Account
    body: str
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class Review:
    """`state` as the REST API writes it, in capitals; payloads have it in small letters."""

    id: int
    account: Account
    body: str
    state: str
    submitted_at: datetime
    commit_id: str


@dataclass(slots=True, kw_only=True, eq=False)
class Pull:
    """What makes an issue a pull request."""

    id: int
    head: str
    head_sha: str
    base: str
    base_sha: str
    draft: bool = False
    merged_at: datetime | None = None
    merged_by: Account | None = None
    reviews: list[Review] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class Issue:
    """`moved_to`: where it was transferred to, as (repository id, number)."""

    id: int
    number: int
    account: Account
    title: str
    body: str | None
    created_at: datetime
    updated_at: datetime
    app: App | None = None
    state: str = "open"
    state_reason: str | None = None
    closed_at: datetime | None = None
    closed_by: Account | None = None
    locked: bool = False
    labels: list[Label] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    pull: Pull | None = None
    deleted: bool = False
    moved_to: tuple[int, int] | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Workflow:
    """`inputs`: name -> whether it must be given; None: it has no `workflow_dispatch`. `run_name`: with `{name}` for what was given.

    `environments`: those that its runs deploy to.
    """

    id: int
    name: str
    path: str
    inputs: dict[str, bool] | None
    run_name: str
    created_at: datetime
    environments: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Environment:
    """`apps`: whose protection rules hold a deployment to it back. `reviewers`: who may let one through by hand."""

    id: int
    name: str
    apps: list[App] = field(default_factory=list)
    reviewers: list[Account] = field(default_factory=list)


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    id: int
    name: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Verdict:
    """What an App, or a person, said of a deployment. `state` None: only a comment."""

    by: str
    environment: str
    state: str | None
    comment: str
    at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Gate:
    """A deployment that is held back until everyone asked has agreed. `waits_for`: slugs of Apps, and "people"."""

    deployment_id: int
    environment: Environment
    waits_for: set[str]
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class Run:
    """`listed_at`: when lists begin to show it, which may be later than it was made."""

    id: int
    workflow: Workflow
    number: int
    event: str
    head_branch: str
    head_sha: str
    title: str
    actor: Account
    triggering_actor: Account
    created_at: datetime
    updated_at: datetime
    listed_at: datetime
    inputs: dict[str, str] = field(default_factory=dict)
    attempt: int = 1
    status: str = "queued"
    conclusion: str | None = None
    jobs: list[Job] = field(default_factory=list)
    gates: list[Gate] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    deleted: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class Repository:
    """`roles`: of collaborators, by the account's id: admin, maintain, write, triage, read."""

    id: int
    owner: Account
    name: str
    private: bool
    created_at: datetime
    roles: dict[int, str] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    workflows: dict[int, Workflow] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)
    runs: dict[int, Run] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    deleted: bool = False

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"


@dataclass(slots=True, kw_only=True, eq=False)
class State:
    """Everything. `names`: which repository a full name meant last, in small letters, also a former one. `counter`: the last id given."""

    counter: int = 1_000
    accounts: dict[int, Account] = field(default_factory=dict)
    repositories: dict[int, Repository] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    apps: dict[int, App] = field(default_factory=dict)
    installations: dict[int, Installation] = field(default_factory=dict)

    def new_id(self) -> int:
        self.counter += 1
        return self.counter

    def account(self, login: str) -> Account:
        """Return whom this login means, in any case."""
        found = self.find_account(login)
        if found is None:
            raise LookupError(f"no account {login!r}")
        return found

    def find_account(self, login: str) -> Account | None:
        return next((one for one in self.accounts.values() if one.login.lower() == login.lower()), None)

    def find_repository(self, full_name: str) -> Repository | None:
        found = self.repositories.get(self.names.get(full_name.lower(), 0))
        return None if found is None or found.deleted else found

    def repository(self, full_name: str) -> Repository:
        found = self.find_repository(full_name)
        if found is None:
            raise LookupError(f"no repository {full_name!r}")
        return found

    def issue(self, place: str) -> tuple[Repository, Issue]:
        """Return what `owner/name#7` means."""
        name, _, number = place.partition("#")
        repository = self.repository(name)
        return repository, repository.issues[int(number)]

    def find_comment(self, repository: Repository, comment_id: int) -> tuple[Issue, Comment] | None:
        return next(((issue, one) for issue in repository.issues.values() if not issue.deleted and issue.moved_to is None
                     for one in issue.comments if one.id == comment_id), None)
