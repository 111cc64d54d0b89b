"""What happens in a repository, whoever does it, and the webhook that tells of it."""

from datetime import datetime
from typing import Any

from tests.doubles.github.json import Json
from tests.doubles.github.routing import Stage
from tests.doubles.github.shapes import repository as repository_shape
from tests.doubles.github.shapes_of_issues import comment as comment_shape
from tests.doubles.github.shapes_of_issues import issue as issue_shape
from tests.doubles.github.shapes_of_issues import label as label_shape
from tests.doubles.github.shapes_of_issues import pull_request, pull_request_alone
from tests.doubles.github.shapes_of_issues import review as review_shape
from tests.doubles.github.state import Account, App, Comment, Issue, Label, Reaction, Repository, Review, State


def open_issue(state: State, stage: Stage, repository: Repository, by: Account, title: str, body: str | None, *, now: datetime,
               labels: list[str] | None = None, app: App | None = None) -> Issue:
    made = Issue(id=state.new_id(), number=max(repository.issues, default=0) + 1, account=by, title=title, body=body, created_at=now,
                 updated_at=now, app=app, labels=[_label(state, repository, name) for name in labels or []])
    repository.issues[made.number] = made
    tell(state, stage, repository, made, by, "opened")
    for one in made.labels:
        _labelled(state, stage, repository, made, by, "labeled", one)
    return made


def change_issue(state: State, stage: Stage, repository: Repository, issue: Issue, by: Account, *, now: datetime, title: str | None = None,
                 body: str | None = None, state_: str | None = None, reason: str | None = None, labels: list[str] | None = None) -> None:
    """Edit, close, open again or label an issue."""
    changes: Json = {}
    if title is not None and title != issue.title:
        changes["title"], issue.title = {"from": issue.title}, title
    if body != issue.body:
        changes["body"], issue.body = {"from": issue.body or ""}, body
    if changes:
        issue.updated_at = now
        tell(state, stage, repository, issue, by, "edited", changes=changes)
    if state_ is not None and state_ != issue.state:
        closed = state_ == "closed"
        issue.state, issue.updated_at = state_, now
        issue.state_reason = (reason or "completed") if closed else "reopened"
        issue.closed_at, issue.closed_by = (now, by) if closed else (None, None)
        tell(state, stage, repository, issue, by, "closed" if closed else "reopened")
    if labels is not None:
        set_labels(state, stage, repository, issue, by, labels, now=now)


def add_label(state: State, stage: Stage, repository: Repository, issue: Issue, by: Account, name: str, *, now: datetime) -> None:
    label = _label(state, repository, name)
    if label in issue.labels:
        return
    issue.labels.append(label)
    issue.updated_at = now
    _labelled(state, stage, repository, issue, by, "labeled", label)


def remove_label(state: State, stage: Stage, repository: Repository, issue: Issue, by: Account, name: str, *, now: datetime) -> bool:
    label = next((one for one in issue.labels if one.name.lower() == name.lower()), None)
    if label is None:
        return False
    issue.labels.remove(label)
    issue.updated_at = now
    _labelled(state, stage, repository, issue, by, "unlabeled", label)
    return True


def set_labels(state: State, stage: Stage, repository: Repository, issue: Issue, by: Account, names: list[str], *, now: datetime) -> None:
    kept = {name.lower() for name in names}
    for one in [each.name for each in issue.labels if each.name.lower() not in kept]:
        remove_label(state, stage, repository, issue, by, one, now=now)
    for name in names:
        add_label(state, stage, repository, issue, by, name, now=now)


def comment(state: State, stage: Stage, repository: Repository, issue: Issue, by: Account, body: str, *, now: datetime,
            app: App | None = None, sender: Account | None = None) -> Comment:
    made = Comment(id=state.new_id(), account=by, body=body, created_at=now, updated_at=now, app=app)
    issue.comments.append(made)
    issue.updated_at = now
    _of_comment(state, stage, repository, issue, made, sender or by, "created")
    return made


def edit(state: State, stage: Stage, repository: Repository, issue: Issue, comment: Comment, by: Account, body: str, *,
         now: datetime) -> None:
    before, comment.body, comment.updated_at = comment.body, body, now
    _of_comment(state, stage, repository, issue, comment, by, "edited", changes={"body": {"from": before}})


def delete(state: State, stage: Stage, repository: Repository, issue: Issue, comment: Comment, by: Account) -> None:
    issue.comments.remove(comment)
    _of_comment(state, stage, repository, issue, comment, by, "deleted")


def react(state: State, comment: Comment, by: Account, content: str, *, now: datetime) -> tuple[Reaction, bool]:
    """Return the reaction and whether it is new; no webhook tells of it."""
    found = next((one for one in comment.reactions if one.account.id == by.id and one.content == content), None)
    if found is not None:
        return found, False
    made = Reaction(id=state.new_id(), account=by, content=content, created_at=now)
    comment.reactions.append(made)
    return made, True


def reviewed(state: State, stage: Stage, repository: Repository, issue: Issue, review: Review, by: Account, action: str) -> None:
    """Tell of a review, whose state is in small letters there."""
    stage.happened("pull_request_review", action, repository, by, {
        "review": {**review_shape(stage.base, state, repository, issue, review), "state": review.state.lower(),
                   "body": review.body or None},
        "pull_request": pull_request(stage.base, state, repository, issue)})


def moved(state: State, stage: Stage, repository: Repository, issue: Issue, there: Repository, made: Issue, by: Account) -> None:
    """Tell those who listen where an issue was that it is elsewhere now."""
    tell(state, stage, repository, issue, by, "transferred", changes={
        "new_issue": issue_shape(stage.base, state, there, made), "new_repository": repository_shape(stage.base, there)})


def _label(state: State, repository: Repository, name: str) -> Label:
    """Return a label of the repository, made if there is none of this name."""
    return repository.labels.setdefault(name.lower(), Label(id=state.new_id(), name=name))


def _of_comment(state: State, stage: Stage, repository: Repository, issue: Issue, comment: Comment, sender: Account, action: str,
                **more: Any) -> None:
    stage.happened("issue_comment", action, repository, sender, {
        "issue": issue_shape(stage.base, state, repository, issue),
        "comment": comment_shape(stage.base, state, repository, issue, comment), **more})


def tell(state: State, stage: Stage, repository: Repository, issue: Issue, sender: Account, action: str, **more: Any) -> None:
    if issue.pull is None:
        stage.happened("issues", action, repository, sender, {"issue": issue_shape(stage.base, state, repository, issue), **more})
        return
    stage.happened("pull_request", action, repository, sender, {
        "number": issue.number, "pull_request": pull_request_alone(stage.base, state, repository, issue), **more})


def _labelled(state: State, stage: Stage, repository: Repository, issue: Issue, by: Account, action: str, label: Label) -> None:
    tell(state, stage, repository, issue, by, action, label=label_shape(stage.base, repository, label))
