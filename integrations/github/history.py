"""What was written on GitHub, read again: all of an issue since a time, or one comment as it stands now."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.homes import HomeAway
from core.domain.json import timestamp
from core.domain.messages import Message
from integrations.github.asking import asked_in
from integrations.github.authors import at
from integrations.github.connection import GONE, GitHub, Refused
from integrations.github.credentials import LISTEN
from integrations.github.keys import PLATFORM, Site, issue_of, repo_path
from integrations.github.read import message_of
from integrations.github.verdicts import closing_message, review_message, says

SHARED_FOR = 60.0  # seconds for which one look at a repository serves all of its conversations
STEP = timedelta(minutes=30)  # looks begin at such times, so that a list which has not changed is known by its ETag
MOST_PAGES = 100
UNSEEN = timedelta(minutes=2)  # how long a comment that was written may not be seen yet


def system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    since: datetime
    at: float
    site: Site
    comments: list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubHistory:
    """`clock` tells the age of a look, `now` that of a comment."""

    hub: GitHub
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], datetime] = system_clock
    _looks: dict[str, _Look] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def since(self, conversation: str, at_least: datetime) -> Iterator[Message]:
        issue = issue_of(conversation)
        look = self._look(issue.repository, at_least)
        for comment in look.comments:
            if _number(comment) == issue.number and at(comment["updated_at"]) >= at_least:
                yield message_of(comment, issue.repository, issue.number, look.site.place, name=self.hub.name_if_known())

    def again(self, message: Message) -> Message | None:
        """Read it once more; raise HomeAway while it may be too new to be seen everywhere."""
        try:
            found = self._read(message)
        except Refused as refused:
            if refused.status not in GONE:
                raise
            found = None
        if found is None and self.now() - message.written_at < UNSEEN:
            raise HomeAway(PLATFORM)
        return found

    def _read(self, message: Message) -> Message | None:
        kind, _, number = message.id.partition(":")
        issue = issue_of(message.conversation)
        match kind:
            case "issue_comment":
                comment: Any = self._get(issue.repository, "issues", "comments", number)
                name = self.hub.name_if_known() if message.addressed else None
                return message_of(comment, issue.repository, _number(comment), message.place, name=name)
            case "review":
                reviews: Iterator[Any] = self.hub.pages(repo_path(issue.repository, "pulls", issue.number, "reviews"), at=issue.repository,
                                                        needs=LISTEN)
                found = next((each for each in reviews if str(each["id"]) == number and says(each) is not None), None)
                return review_message(found, issue.repository, issue.number, message.place) if found is not None else None
            case "issue":
                return asked_in(self._get(issue.repository, "issues", issue.number), issue.repository, message.place)
            case "closing":
                closed: Any = self._get(issue.repository, "issues", issue.number)
                merged = (closed.get("pull_request") or {}).get("merged_at")
                if closed["state"] != "closed" or closed.get("closed_by") is None or merged is not None:
                    return None
                return closing_message(closed, closed["closed_by"], issue.repository, message.place)
        raise ValueError(f"{kind} cannot be read again")

    def _get(self, repository: str, *parts: str | int) -> Any:
        return self.hub.call("GET", repo_path(repository, *parts), at=repository, needs=LISTEN)

    def _look(self, repository: str, at_least: datetime) -> _Look:
        with self._lock:
            known = self._looks.get(repository)
            if known is not None and known.since <= at_least and 0 <= self.clock() - known.at < SHARED_FOR:
                return known
            since, looked = _step(at_least), self.clock()
            for old in [name for name, look in self._looks.items() if not 0 <= looked - look.at < SHARED_FOR]:
                del self._looks[old]
            look = _Look(since=since, at=looked, site=self.hub.site_of(repository), comments=list(self.hub.pages(
                repo_path(repository, "issues", "comments"), at=repository, needs=LISTEN,
                parameters={"since": timestamp(since), "sort": "created", "direction": "asc"}, most=MOST_PAGES)))
            self._looks[repository] = look
            return look


def _number(comment: Any) -> int:
    """Return the number of the issue that a comment is on: the end of an address that is never asked."""
    return int(str(comment["issue_url"]).rpartition("/")[2])


def _step(moment: datetime) -> datetime:
    return datetime.fromtimestamp(moment.timestamp() // STEP.total_seconds() * STEP.total_seconds(), UTC)
