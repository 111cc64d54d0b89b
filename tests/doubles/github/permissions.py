"""Who asks, and what they may."""

from dataclasses import dataclass

from tests.doubles.github.state import Account, App, Installation, Repository, Token


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: an App by its JWT, an installation of one, or a person by a token."""

    app: App | None = None
    installation: Installation | None = None
    account: Account
    token: Token | None = None

    @property
    def kind(self) -> str:
        if self.installation is not None:
            return f"installation:{self.installation.id}"
        return f"app:{self.app.slug}" if self.app is not None else f"person:{self.account.login}"

    @property
    def resource(self) -> str:
        return "integration" if self.app is not None else "personal access token"


ROLES = ("none", "read", "triage", "write", "maintain", "admin")
LEVELS = {"read": 1, "triage": 1, "write": 2, "maintain": 2, "admin": 3}
# What a collaborator may without being allowed to write: say something.
READERS_MAY = {"metadata": 1, "issues": 1, "pull_requests": 1, "actions": 1, "deployments": 1, "checks": 1, "contents": 1}


def may(caller: Caller, permission: str, level: str, repository: Repository | None) -> bool:
    """Whether a caller has this permission, here."""
    wanted = LEVELS[level]
    granted = None if caller.token is None else caller.token.permissions
    if granted is not None and permission != "metadata" and LEVELS.get(granted.get(permission, ""), 0) < wanted:
        return False
    if caller.installation is not None:
        return repository is None or wanted == 1 or reaches(caller, repository)
    if repository is None:
        return True
    role = role_in(repository, caller.account)
    held = LEVELS.get(role, 0)
    if permission == "issues" and role != "none":
        return True  # whoever may read may open issues and comment; labels and states are asked for at their own routes
    return held >= wanted if role != "none" else wanted <= READERS_MAY.get(permission, 0) and not repository.private


def reaches(caller: Caller, repository: Repository) -> bool:
    installation = caller.installation
    assert installation is not None
    if installation.account is not repository.owner and installation.account.id != repository.owner.id:
        return False
    if installation.repositories is not None and repository.id not in installation.repositories:
        return False
    return caller.token is None or caller.token.repositories is None or repository.id in caller.token.repositories


def role_in(repository: Repository, account: Account) -> str:
    """Return a person's role there: the owner's, an organization's admin's, a collaborator's or a member's, whichever is more, or none."""
    if account.id == repository.owner.id or repository.owner.members.get(account.id) == "admin":
        return "admin"
    base = repository.owner.base_role if account.id in repository.owner.members else "none"
    return max(repository.roles.get(account.id, "none"), base, key=ROLES.index)
