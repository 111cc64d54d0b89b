"""Reviews, and the closing of an issue, as answers: they count only for projects that have said so, each by a place of its own."""

from dataclasses import replace
from typing import Any

from core.domain.conversations import github_issue
from core.domain.messages import Author, Message
from integrations.github.authors import at, author_of, whole
from integrations.github.keys import PROVIDER, Site, is_repository
from integrations.github.markup import plain

REVIEW, CLOSING = "review", "closing"
REVIEWS_HERE, CLOSINGS_HERE = "/reviews", "/closing"  # after the place: where a project that wants them to count is at home, too
SAYS = {"approved": "approve", "changes_requested": "reject"}
CLOSED = "reject: it was closed on GitHub"


def review_of(told: Any, site: Site) -> Message | None:
    """Understand a review as it was submitted; one that only comments says nothing."""
    review = told["review"]
    if told["action"] != "submitted" or says(review) is None:
        return None
    message = review_message(review, told["repository"]["full_name"], whole(told["pull_request"]["number"]), f"{site.place}{REVIEWS_HERE}")
    return replace(message, sent_by_author=str(whole(told["sender"]["id"])) == message.author.id)


def says(review: Any) -> str | None:
    """Return the word that a review stands for; none for one that only comments, is not submitted yet, or was dismissed."""
    return SAYS.get(str(review["state"]).lower())


def review_message(review: Any, repository: str, number: int, place: str) -> Message:
    author = author_of(review["user"], via=review.get("performed_via_github_app"), body=review["body"] or "")
    text = f"{says(review) or ''}\n{plain(review['body'] or '')}".strip()
    return _message(f"{REVIEW}:{whole(review['id'])}", repository, number, place, author, text, review["submitted_at"])


def closing_of(told: Any, site: Site) -> Message | None:
    """Understand a closing: of an issue, or of a pull request that was not merged."""
    closed = told.get("issue") or told["pull_request"]
    if told["action"] != "closed" or closed.get("merged_at") is not None:
        return None
    return closing_message(closed, told["sender"], told["repository"]["full_name"], f"{site.place}{CLOSINGS_HERE}")


def closing_message(closed: Any, by: Any, repository: str, place: str) -> Message:
    """One closing is told from another of the same issue by its time."""
    number, when = whole(closed["number"]), at(closed["closed_at"])
    id = f"{CLOSING}:{place.partition('/')[2].partition('/')[0]}/{number}/{int(when.timestamp())}"
    return _message(id, repository, number, place, author_of(by, via=None, body=""), CLOSED, closed["closed_at"])


def _message(id: str, repository: str, number: int, place: str, author: Author, text: str, written_at: Any) -> Message:
    if not is_repository(repository):
        raise ValueError("its repository has no name")
    [conversation] = github_issue(repository, str(number))
    return Message(provider=PROVIDER, id=id, conversation=conversation, place=place, author=author, text=text, written_at=at(written_at))
