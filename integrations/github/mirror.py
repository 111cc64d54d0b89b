"""How a run stands, as one label of an issue; and the issue closed once it is done with, where that is wished."""

from dataclasses import dataclass
from typing import Any

from bot.homes import Mirrored
from integrations.github.connection import GONE, GitHub, Refused
from integrations.github.credentials import LISTEN
from integrations.github.keys import issue_of, repo_path

LABELS = {state: f"placet: {state.value}" for state in Mirrored}
OURS = frozenset(LABELS.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubMirror:
    hub: GitHub

    def show(self, conversation: str, state: Mirrored, *, close: bool) -> None:
        """Of our own labels leave just this one; GitHub makes a label that it does not know yet. A pull request is never closed."""
        issue = issue_of(conversation)
        path = repo_path(issue.repository, "issues", issue.number)
        found: Any = self.hub.call("GET", path, at=issue.repository, needs=LISTEN)
        there = {str(label["name"]) for label in found["labels"]}
        for name in sorted(each for each in there if each.lower() in OURS and each.lower() != LABELS[state]):
            self._take_off(issue.repository, repo_path(issue.repository, "issues", issue.number, "labels", name))
        if LABELS[state] not in {each.lower() for each in there}:
            self.hub.call("POST", f"{path}/labels", at=issue.repository, body={"labels": [LABELS[state]]})
        if close and found["state"] == "open" and found.get("pull_request") is None:
            self.hub.call("PATCH", path, at=issue.repository, body={"state": "closed", "state_reason": "completed"})

    def _take_off(self, repository: str, path: str) -> None:
        try:
            self.hub.call("DELETE", path, at=repository)
        except Refused as refused:
            if refused.status not in GONE:
                raise
