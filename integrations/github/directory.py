"""Who somebody is on GitHub, now: the account by its number, and whether it still reaches the repository."""

from dataclasses import dataclass
from typing import Any

from bot.homes import HomeAway
from core.domain.messages import Message
from integrations.github.connection import GONE, GitHub, Refused
from integrations.github.credentials import LISTEN
from integrations.github.keys import PLATFORM, issue_of, repo_path

SUSPENDED = "Your account is suspended on GitHub."
NO_PERSON = "Only a person's own account counts."


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubDirectory:
    hub: GitHub

    def refusal(self, message: Message) -> str | None:
        """What GitHub does not know (yet) leaves open who somebody is: raise HomeAway for it, never guess."""
        repository, author = issue_of(message.conversation).repository, message.author
        user = self._ask(f"/user/{int(author.id)}", repository)
        if str(user.get("id")) != author.id:
            raise HomeAway(PLATFORM)
        if user.get("type") != "User":
            return NO_PERSON
        if user.get("suspended_at") is not None:
            return SUSPENDED
        standing = self._ask(repo_path(repository, "collaborators", str(user["login"]), "permission"), repository)
        if str((standing.get("user") or {}).get("id")) != author.id:
            raise HomeAway(PLATFORM)
        return None if standing.get("permission") in ("admin", "write", "read") else f"You have no access to {repository} on GitHub."

    def _ask(self, path: str, repository: str) -> Any:
        try:
            found = self.hub.call("GET", path, at=repository, needs=LISTEN)
        except Refused as refused:
            if refused.status in GONE:
                raise HomeAway(PLATFORM) from None
            raise
        if not isinstance(found, dict):
            raise HomeAway(PLATFORM)
        return found
