"""Comments on issues and pull requests, and reactions to them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from tests.doubles.github import happenings
from tests.doubles.github.paging import page
from tests.doubles.github.permissions import role_in
from tests.doubles.github.routes.issues import EITHER, find_issue
from tests.doubles.github.routing import Answer, Ask, Refused, invalid, not_found, route
from tests.doubles.github.shapes_of_issues import CONTENTS, comment, reaction
from tests.doubles.github.state import Comment, Issue

LONGEST = 65_536


@route("GET", "/repos/{owner}/{repo}/issues/{issue_number}/comments", needs=f"{EITHER}:read", query=("since",))
def list_comments(ask: Ask) -> Answer:
    found = find_issue(ask, "read")
    some = sorted(_since(ask, ((found, one) for one in found.comments)), key=lambda one: one[1].id)
    return page(ask, some, lambda one: comment(ask.base, ask.state, ask.repository, *one))


@route("GET", "/repos/{owner}/{repo}/issues/comments", needs=f"{EITHER}:read", query=("sort", "direction", "since"))
def list_all_comments(ask: Ask) -> Answer:
    """Those of all its issues and pull requests; by their ids unless a sort is asked for, which alone makes `direction` count."""
    sort, direction = ask.query.get("sort"), ask.query.get("direction", "desc")
    if sort not in (None, "created", "updated") or direction not in ("asc", "desc"):
        raise invalid("IssueComment", "sort")
    every = ((issue, one) for issue in ask.repository.issues.values() if not issue.deleted and issue.moved_to is None
             and ask.may("issues" if issue.pull is None else "pull_requests", "read") for one in issue.comments)
    some = sorted(_since(ask, every), key=lambda one: one[1].id)
    if sort is not None:
        some.sort(key=lambda one: (one[1].created_at if sort == "created" else one[1].updated_at, one[1].id), reverse=direction == "desc")
    return page(ask, some, lambda one: comment(ask.base, ask.state, ask.repository, *one))


@route("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments", needs=f"{EITHER}:write", fields={"body*": str})
def create_comment(ask: Ask) -> Answer:
    found = find_issue(ask, "write")
    if found.locked and ask.caller.installation is None and role_in(ask.repository, ask.caller.account) in ("none", "read", "triage"):
        raise Refused(403, "Unable to create comment because issue is locked.")
    made = happenings.comment(ask.state, ask.stage, ask.repository, found, ask.caller.account, _text(ask), app=ask.caller.app, now=ask.now)
    body = comment(ask.base, ask.state, ask.repository, found, made)
    return Answer(status=201, body=body, headers={"Location": body["url"]})


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}", needs=f"{EITHER}:read")
def get_comment(ask: Ask) -> Answer:
    return Answer(body=comment(ask.base, ask.state, ask.repository, *_find(ask, "read")))


@route("PATCH", "/repos/{owner}/{repo}/issues/comments/{comment_id}", needs=f"{EITHER}:write", fields={"body*": str})
def change_comment(ask: Ask) -> Answer:
    issue, found = _find(ask, "write")
    _need_own(ask, found)
    happenings.edit(ask.state, ask.stage, ask.repository, issue, found, ask.caller.account, _text(ask), now=ask.now)
    return Answer(body=comment(ask.base, ask.state, ask.repository, issue, found))


@route("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}", needs=f"{EITHER}:write")
def delete_comment(ask: Ask) -> Answer:
    issue, found = _find(ask, "write")
    _need_own(ask, found)
    happenings.delete(ask.state, ask.stage, ask.repository, issue, found, ask.caller.account)
    return Answer(status=204)


@route("GET", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", needs=f"{EITHER}:read", query=("content",))
def list_reactions(ask: Ask) -> Answer:
    wanted = ask.query.get("content")
    return page(ask, [one for one in _find(ask, "read")[1].reactions if wanted in (None, one.content)], lambda one: reaction(ask.base, one))


@route("POST", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", needs=f"{EITHER}:write", fields={"content*": str})
def react(ask: Ask) -> Answer:
    """The same reaction again is the one that is there."""
    found = _find(ask, "write")[1]
    content = ask.body["content"]
    if content not in CONTENTS:
        raise invalid("Reaction", "content", value=content)
    made, new = happenings.react(ask.state, found, ask.caller.account, content, now=ask.now)
    return Answer(status=201 if new else 200, body=reaction(ask.base, made))


@route("DELETE", "/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions/{reaction_id}", needs=f"{EITHER}:write")
def unreact(ask: Ask) -> Answer:
    found = _find(ask, "write")[1]
    one = next((each for each in found.reactions if each.id == ask.number("reaction_id")), None)
    if one is None:
        raise not_found()
    if one.account.id != ask.caller.account.id:
        raise Refused(403, f"Resource not accessible by {ask.caller.resource}")
    found.reactions.remove(one)
    return Answer(status=204)


def _since(ask: Ask, some: Iterable[tuple[Issue, Comment]]) -> list[tuple[Issue, Comment]]:
    """Those changed then or later."""
    text = ask.query.get("since")
    if text is None:
        return list(some)
    try:
        since = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("IssueComment", "since", value=text) from None
    since = since if since.tzinfo is not None else since.replace(tzinfo=UTC)
    return [one for one in some if one[1].updated_at.replace(microsecond=0) >= since]


def _find(ask: Ask, level: str) -> tuple[Issue, Comment]:
    found = ask.state.find_comment(ask.repository, ask.number("comment_id"))
    if found is None:
        raise not_found()
    ask.need("issues" if found[0].pull is None else "pull_requests", level)
    return found


def _need_own(ask: Ask, found: Comment) -> None:
    """Who may write to the repository may change what others said; others change their own."""
    if found.account.id == ask.caller.account.id or ask.caller.installation is not None:
        return
    if role_in(ask.repository, ask.caller.account) not in ("admin", "maintain", "write"):
        raise Refused(403, "Must have admin rights to Repository.")


def _text(ask: Ask) -> str:
    text = ask.body["body"]
    assert isinstance(text, str)
    if not text.strip():
        raise invalid("IssueComment", "body", "missing_field")
    if len(text) > LONGEST:
        raise invalid("IssueComment", "body", "too_long")
    return text
