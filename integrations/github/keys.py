"""GitHub's names as keys of conversations and places, and as paths. Pure."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from bot.homes import NotThere

PROVIDER, PLATFORM = "github", "GitHub"
_CONVERSATION = re.compile(r"github:([^#]+)#([1-9][0-9]{0,15})")
_PLACE = re.compile(r"github:([0-9]{1,19})/([1-9][0-9]{0,18})")
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue or a pull request."""

    repository: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where a project is at home: a repository by its id, which stays, as an installation sees it (0: a token of its own)."""

    installation: int
    repository_id: int

    @property
    def place(self) -> str:
        return f"{PROVIDER}:{self.installation}/{self.repository_id}"


def issue_of(conversation: str) -> Issue:
    """Read the key of a conversation; raise NotThere for what is none of GitHub's."""
    found = _CONVERSATION.fullmatch(conversation)
    if found is None or not is_repository(found[1]):
        raise NotThere("this is no issue or pull request of GitHub")
    return Issue(repository=found[1], number=int(found[2]))


def site_of(place: str) -> Site:
    """Read a place; raise NotThere for what is none of GitHub's."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise NotThere("this is no place of GitHub")
    return Site(installation=int(found[1]), repository_id=int(found[2]))


def is_repository(name: str) -> bool:
    return _REPOSITORY.fullmatch(name) is not None and name.partition("/")[2] not in (".", "..")


def repo_path(repository: str, *parts: str | int) -> str:
    """Return a path below a repository; raise NotThere for what cannot be the name of one."""
    if not is_repository(repository):
        raise NotThere("this is no repository of GitHub")
    return "/".join(["/repos", repository, *(quote(str(part), safe="") for part in parts)])
