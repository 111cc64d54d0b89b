"""How a test sets the scene: accounts, an App and its installations, repositories and tokens."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from types import MappingProxyType

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.doubles.github.hooks import Hook, Target
from tests.doubles.github.routing import Stage
from tests.doubles.github.shapes import account, installation, repository
from tests.doubles.github.state import Account, App, Installation, Membership, Repository, Team, Token

SECRET = "It's a Secret to Everybody"  # pragma: allowlist secret
PERMISSIONS = MappingProxyType({"metadata": "read", "issues": "write", "pull_requests": "write", "actions": "write", "deployments": "write",
                                "checks": "write", "members": "write"})
EVENTS = ("issue_comment", "issues", "pull_request", "pull_request_review", "workflow_run", "deployment_protection_rule",
          "deployment_review", "check_run", "installation", "installation_repositories")


@cache
def private_key(name: str = "first") -> RSAPrivateKey:
    """A key of this name, made once for all tests."""
    return generate_private_key(65_537, 2_048)


def pem(name: str = "first") -> str:
    """What an operator downloads from the App's page."""
    return private_key(name).private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()


class Setting(Stage):
    """A part of the double; see `GitHub`."""

    def person(self, login: str, *, name: str | None = None, email: str | None = None) -> Account:
        return self._account(login, "User", name, email)

    def bot(self, login: str) -> Account:
        return self._account(login, "Bot")

    def organization(self, login: str, *, admins: Iterable[str] = (), members: Iterable[str] = (), base_role: str = "read") -> Account:
        """Make an organization; `base_role`: what each member may in all its repositories, as GitHub sets it at first, or "none"."""
        made = self._account(login, "Organization")
        made.base_role = base_role
        for role, logins in (("admin", admins), ("member", members)):
            made.members |= {self.state.account(one).id: role for one in logins}
        return made

    def joins(self, login: str, org: str, *, role: str = "member") -> None:
        with self.lock:
            self.state.account(org).members[self.state.account(login).id] = role

    def leaves(self, login: str, org: str) -> None:
        """Leave an organization, and with that its teams."""
        with self.lock:
            who, where = self.state.account(login), self.state.account(org)
            where.members.pop(who.id, None)
            for team in where.teams.values():
                team.members.pop(who.id, None)

    def team(self, name: str, *, members: Iterable[str] = ()) -> Team:
        """Make a team, of a name as in "acme/deployers"."""
        org_name, _, slug = name.partition("/")
        with self.lock:
            org = self.state.account(org_name)
            made = Team(id=self.state.new_id(), org=org, slug=slug, name=slug)
            org.teams[slug] = made
            for login in members:
                who = self.state.account(login)
                org.members.setdefault(who.id, "member")
                made.members[who.id] = Membership(account=who)
            return made

    def accepts(self, login: str, org: str) -> None:
        """Accept every invitation to an organization's teams, and so to itself."""
        with self.lock:
            who, where = self.state.account(login), self.state.account(org)
            where.members.setdefault(who.id, "member")
            for team in where.teams.values():
                if who.id in team.members:
                    team.members[who.id].state = "active"

    def team_members(self, name: str) -> dict[str, str]:
        """Return who is in a team, and whether that is "active" or "pending"."""
        org, _, slug = name.partition("/")
        with self.lock:
            return {one.account.login: one.state for one in self.state.account(org).teams[slug].members.values()}

    def joins_team(self, login: str, name: str) -> None:
        org, _, slug = name.partition("/")
        with self.lock:
            who = self.state.account(login)
            self.state.account(org).members.setdefault(who.id, "member")
            self.state.account(org).teams[slug].members[who.id] = Membership(account=who)

    def leaves_team(self, login: str, name: str) -> None:
        org, _, slug = name.partition("/")
        with self.lock:
            self.state.account(org).teams[slug].members.pop(self.state.account(login).id, None)

    def repository(self, full_name: str, *, private: bool = True, **roles: str) -> Repository:
        """Make a repository; its owner is made if there is nobody of that name. Roles by login, as in `ann="write"`."""
        owner, _, name = full_name.partition("/")
        with self.lock:
            of = self.state.find_account(owner) or self.organization(owner)
            made = Repository(id=self.state.new_id(), owner=of, name=name, private=private, created_at=self.now(),
                              branches={"main": "f9" * 20})
            self.state.repositories[made.id] = made
            self.state.names[full_name.lower()] = made.id
            for login, role in roles.items():
                self.role(login, full_name, role)
            return made

    def role(self, login: str, full_name: str, role: str | None) -> None:
        """Give somebody a role in a repository; None takes it away."""
        with self.lock:
            who, where = self.state.account(login), self.state.repository(full_name)
            if role is None:
                where.roles.pop(who.id, None)
            else:
                where.roles[who.id] = role

    def app(self, slug: str = "placet", *, key: str = "first", target: Target | None = None, secret: str = SECRET,
            permissions: Mapping[str, str] = PERMISSIONS, events: Iterable[str] = EVENTS) -> App:
        """Register an App, whose private key is `pem(key)` and which hears of `events` at `target`."""
        with self.lock:
            owner = self.state.find_account("acme") or self.organization("acme")
            made = App(id=self.state.new_id(), slug=slug, name=slug.capitalize(), client_id=f"Iv23li{self.state.new_id():014d}",
                       owner=owner, bot=self.bot(f"{slug}[bot]"), keys=[private_key(key).public_key()], permissions=dict(permissions),
                       events=list(events), created_at=self.now())
            self.state.apps[made.id] = made
            self.hooks.all.append(Hook(id=self.state.new_id(), target=target, secret=secret, events=None, of="integration",
                                       of_id=made.id))
            return made

    def hook(self, app: App) -> Hook:
        """An App's webhook: its target and secret may be changed at any time."""
        return self.hooks.of_app(app.id)

    def repository_hook(self, full_name: str, target: Target, *, secret: str = SECRET, events: Iterable[str] = EVENTS) -> Hook:
        with self.lock:
            made = Hook(id=self.state.new_id(), target=target, secret=secret, events=frozenset(events), of="repository",
                        of_id=self.state.repository(full_name).id)
            self.hooks.all.append(made)
            return made

    def install(self, app: App, account: str, *, repositories: Iterable[str] | None = None,
                permissions: Mapping[str, str] | None = None, events: Iterable[str] | None = None) -> Installation:
        """Install an App in an account, for all its repositories or for these; what it may is the App's, or this."""
        with self.lock:
            chosen = None if repositories is None else {self.state.repository(one).id for one in repositories}
            made = Installation(id=self.state.new_id(), app=app, account=self.state.account(account), repositories=chosen,
                                permissions=dict(app.permissions if permissions is None else permissions),
                                events=list(app.events if events is None else events), created_at=self.now())
            self.state.installations[made.id] = made
            self._tell_of(made, "created")
        self.hooks.settle()
        return made

    def suspend_installation(self, installation: Installation) -> None:
        """Let an App wait until its installation is taken up again; it hears of this one event all the same."""
        with self.lock:
            installation.suspended_at = self.now()
            self._tell_of(installation, "suspend")
        self.hooks.settle()

    def uninstall(self, installation: Installation) -> None:
        with self.lock:
            installation.deleted = True
            self._tell_of(installation, "deleted")
        self.hooks.settle()

    def personal_token(self, login: str, *, permissions: Mapping[str, str] | None = None, expires_at: datetime | None = None) -> str:
        """A token of a person: with all they may, or, as a fine-grained one, with these permissions only."""
        with self.lock:
            return self.issue_token(Token(kind="person", account=self.state.account(login), expires_at=expires_at,
                                          permissions=None if permissions is None else dict(permissions)))

    def _tell_of(self, one: Installation, action: str) -> None:
        """Tell the App itself, which asked for no such event, and cannot refuse it."""
        chosen = [each for each in self.state.repositories.values() if each.owner.id == one.account.id and not each.deleted
                  and (one.repositories is None or each.id in one.repositories)]
        payload = {"action": action, "installation": installation(self.base, one), "sender": account(self.base, one.account),
                   "repositories": [{name: repository(self.base, each)[name] for name in ("id", "node_id", "name", "full_name", "private")}
                                    for each in chosen]}
        self.hooks.fire(self.hooks.of_app(one.app.id), "installation", action, payload, installation_id=one.id, repository_id=None)

    def _account(self, login: str, kind: str, name: str | None = None, email: str | None = None) -> Account:
        with self.lock:
            assert self.state.find_account(login) is None, f"{login} is there already"
            made = Account(id=self.state.new_id(), login=login, type=kind, name=name, email=email, created_at=self.now())
            self.state.accounts[made.id] = made
            return made
