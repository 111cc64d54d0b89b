"""GitHub's deliveries, understood: what somebody wrote on an issue or a pull request, or said by a review or by closing it."""

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.domain.conversations import github_issue
from core.domain.messages import Delivery, Message, Moved, Wanted
from integrations.github.actions import key_in
from integrations.github.asking import opened
from integrations.github.authors import at, author_of, whole
from integrations.github.deployments import RULE, waiting_of
from integrations.github.keys import PROVIDER, Site, is_repository
from integrations.github.markup import plain
from integrations.github.verdicts import closing_of, review_of
from integrations.github.webhook import EVENT, TARGET, TARGET_TYPE

COMMENT, RUN = "issue_comment", "workflow_run"
log = logging.getLogger("placet.github")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubReader:
    """`app_id`: whose deliveries these are; None with a token of its own, where the repositories' own webhooks deliver.

    `name`: how people address us there, where that is known by now.
    """

    app_id: str | None = None
    name: Callable[[], str | None] = lambda: None

    def read(self, delivery: Delivery) -> Message | Wanted | Moved | None:
        """Raise ValueError for what cannot be understood."""
        if self._of_another(delivery.headers):
            log.warning("github.delivery_of_another_app", extra={"delivery_id": delivery.delivery_id})
            return None
        event = delivery.headers.get(EVENT)
        if event not in (COMMENT, "pull_request_review", "issues", "pull_request", RULE, RUN):
            return None
        try:
            return self._understood(event, json.loads(delivery.body))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"what GitHub says of {event} lacks {error}") from None

    def _understood(self, event: str, told: Any) -> Message | Wanted | Moved | None:
        match event:
            case "workflow_run":
                key = key_in(str(told["workflow_run"]["display_title"]))
                return Moved(provider=PROVIDER, execution_id=key) if key is not None else None
            case "deployment_protection_rule":
                return waiting_of(told, self._site(told))
            case "issue_comment":
                return self._comment(told)
            case "pull_request_review":
                return review_of(told, self._site(told))
            case "issues" if told["action"] == "opened":
                return opened(told, self._site(told).place)
            case _:
                return closing_of(told, self._site(told)) if told["action"] == "closed" else None

    def _of_another(self, headers: Mapping[str, str]) -> bool:
        return (self.app_id is not None and headers.get(TARGET_TYPE) == "integration"
                and headers.get(TARGET) not in (None, self.app_id))

    def _comment(self, told: Any) -> Message | None:
        action, comment = told["action"], told["comment"]
        if action not in ("created", "edited"):
            log.info(f"comment.{action}" if action == "deleted" else "comment.ignored", extra={"comment_id": comment["id"]})
            return None
        return message_of(comment, told["repository"]["full_name"], whole(told["issue"]["number"]), self._site(told).place,
                          sender=whole(told["sender"]["id"]), created=action == "created", name=self.name())

    def _site(self, told: Any) -> Site:
        installation = whole(told["installation"]["id"]) if self.app_id is not None else 0
        return Site(installation=installation, repository_id=whole(told["repository"]["id"]))


def message_of(comment: Any, repository: str, number: int, place: str, *, sender: int | None = None, created: bool = True,
               name: str | None = None) -> Message:
    """Understand a comment, as it is delivered or listed. `sender`: who sent it, where that is told; `name`: how we are addressed."""
    if not is_repository(repository):
        raise ValueError("its repository has no name")
    [conversation] = github_issue(repository, str(number))
    author = author_of(comment["user"], via=comment.get("performed_via_github_app"), body=comment["body"] or "")
    text, addressed = without_mention(plain(comment["body"] or ""), name)
    written, changed = at(comment["created_at"]), at(comment["updated_at"])
    return Message(
        provider=PROVIDER, id=f"{COMMENT}:{whole(comment['id'])}", conversation=conversation, place=place, author=author, text=text,
        written_at=written, created=created and changed <= written, sent_by_author=sender is None or str(sender) == author.id,
        addressed=addressed)


def without_mention(text: str, name: str | None) -> tuple[str, bool]:
    """Return a text without the mention of us that it begins with, and whether it does."""
    begin = f"@{name}".lower() if name else ""
    rest = text[len(begin):]
    if not begin or text[:len(begin)].lower() != begin or rest[:1] not in ("", " ", "\n", ",", ":"):
        return text, False
    return rest.lstrip(",: "), True
