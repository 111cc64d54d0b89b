"""What Placet writes on GitHub: a card as one comment that is changed, replies once each, and a sign that an answer was read."""

import hashlib
import re
from dataclasses import dataclass
from typing import Any

from bot.cards import Card
from core.domain.json import Json
from integrations.github.authors import OURS
from integrations.github.connection import GONE, GitHub, Refused, whole
from integrations.github.credentials import LISTEN, Myself
from integrations.github.escape import reply
from integrations.github.keys import issue_of, repo_path
from integrations.github.read import COMMENT
from integrations.github.render import render

READ = "eyes"  # https://docs.github.com/en/rest/reactions/reactions
_SAFE = re.compile(r"[A-Za-z0-9:._/#+-]{1,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubMessenger:
    hub: GitHub

    def place_of(self, conversation: str) -> str:
        return self.hub.site_of(issue_of(conversation).repository).place

    def find(self, conversation: str, marker: str) -> str | None:
        """Look among our own comments only: anybody can write our marker into one of theirs."""
        issue, myself, mark = issue_of(conversation), self.hub.myself(), _mark(marker)
        for comment in self.hub.pages(repo_path(issue.repository, "issues", issue.number, "comments"), at=issue.repository,
                                      needs=LISTEN):
            if _is_by(comment, myself) and _marked(comment, mark):
                return f"{COMMENT}:{_id(comment)}"
        return None

    def show(self, conversation: str, marker: str, card: Card, message_id: str | None) -> str:
        issue, body = issue_of(conversation), f"{render(card)}\n\n{_mark(marker)}"
        if message_id is not None:
            path = repo_path(issue.repository, "issues", "comments", _number(message_id))
            try:
                self.hub.call("PATCH", path, at=issue.repository, body={"body": body})
            except Refused as refused:
                if refused.status not in GONE:
                    raise
            else:
                return message_id
        return self._post(conversation, body)  # the first time, or because somebody has removed it

    def say(self, conversation: str, text: str, *, to: str | None, marker: str) -> None:
        """GitHub has neither threads nor privacy in an issue: whoever is answered reads it below what they wrote."""
        if self.find(conversation, marker) is None:
            self._post(conversation, f"{reply(text)}\n\n{_mark(marker)}")

    def acknowledge(self, conversation: str, message_id: str) -> None:
        issue = issue_of(conversation)
        if message_id.startswith(f"{COMMENT}:"):
            path = repo_path(issue.repository, "issues", "comments", _number(message_id), "reactions")
            self.hub.call("POST", path, at=issue.repository, body={"content": READ})

    def _post(self, conversation: str, body: str) -> str:
        issue = issue_of(conversation)
        posted = self.hub.call("POST", repo_path(issue.repository, "issues", issue.number, "comments"), at=issue.repository,
                               body={"body": body})
        return f"{COMMENT}:{_id(posted)}"


def _mark(marker: str) -> str:
    """Return the comment that nobody sees; what could end it too early stands there as its hash."""
    safe = marker if _SAFE.fullmatch(marker) and "--" not in marker else hashlib.sha256(marker.encode()).hexdigest()
    return f"{OURS}{safe} -->"


def _marked(comment: Any, mark: str) -> bool:
    return str(comment["body"] or "").rstrip().rpartition("\n")[2] == mark


def _is_by(comment: Any, myself: Myself) -> bool:
    user = comment["user"] or {}
    if myself.user_id is not None:
        return bool(user.get("id") == myself.user_id)
    return user.get("type") == "Bot" and str(user.get("login", "")).lower() == myself.login


def _id(comment: Json) -> int:
    return whole(comment, "id")


def _number(message_id: str) -> int:
    return int(message_id.partition(":")[2])
