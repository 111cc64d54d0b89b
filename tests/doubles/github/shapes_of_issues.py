"""How GitHub writes issues, comments, reactions, pull requests and reviews."""

from collections import Counter

from tests.doubles.github.json import Json
from tests.doubles.github.shapes import WEB, account, association, integration, maybe_time, nobody_or, node, repository, time
from tests.doubles.github.state import Account, App, Comment, Issue, Label, Reaction, Repository, Review, State

CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def _via(base: str, app: App | None) -> Json | None:
    return None if app is None else integration(base, app)


def rollup(url: str, reactions: list[Reaction]) -> Json:
    counted = Counter(one.content for one in reactions)
    return {"url": f"{url}/reactions", "total_count": len(reactions), **{content: counted[content] for content in CONTENTS}}


def label(base: str, repository: Repository, one: Label) -> Json:
    return {"id": one.id, "node_id": node("LA", one.id), "url": f"{base}/repos/{repository.full_name}/labels/{one.name}", "name": one.name,
            "color": "ededed", "default": False, "description": None}


def _page(repository: Repository, one: Issue) -> str:
    return f"{WEB}/{repository.full_name}/{'pull' if one.pull else 'issues'}/{one.number}"


def issue(base: str, state: State, repository: Repository, one: Issue) -> Json:
    """An issue in a list, in a payload, and, with `closed_by`, on its own."""
    url = f"{base}/repos/{repository.full_name}/issues/{one.number}"
    web = _page(repository, one)
    pull = {} if one.pull is None else {"draft": one.pull.draft, "pull_request": {
        "url": f"{base}/repos/{repository.full_name}/pulls/{one.number}", "html_url": web, "diff_url": f"{web}.diff",
        "patch_url": f"{web}.patch", "merged_at": maybe_time(one.pull.merged_at)}}
    return {"url": url, "repository_url": f"{base}/repos/{repository.full_name}", "labels_url": f"{url}/labels{{/name}}",
            "comments_url": f"{url}/comments", "events_url": f"{url}/events", "html_url": web, "id": one.id, "node_id": node("I", one.id),
            "number": one.number, "title": one.title, "user": account(base, one.account),
            "labels": [label(base, repository, each) for each in one.labels], "state": one.state, "locked": one.locked, "assignee": None,
            "assignees": [], "milestone": None, "comments": len(one.comments), "created_at": time(one.created_at),
            "updated_at": time(one.updated_at), "closed_at": maybe_time(one.closed_at),
            "author_association": association(state, repository, one.account), "active_lock_reason": None, **pull, "body": one.body,
            "reactions": rollup(url, []), "timeline_url": f"{url}/timeline", "performed_via_github_app": _via(base, one.app),
            "state_reason": one.state_reason}


def issue_alone(base: str, state: State, repository: Repository, one: Issue) -> Json:
    return {**issue(base, state, repository, one), "closed_by": nobody_or(base, one.closed_by)}


def comment(base: str, state: State, repository: Repository, on: Issue, one: Comment) -> Json:
    url = f"{base}/repos/{repository.full_name}/issues/comments/{one.id}"
    return {"url": url, "html_url": f"{_page(repository, on)}#issuecomment-{one.id}",
            "issue_url": f"{base}/repos/{repository.full_name}/issues/{on.number}", "id": one.id, "node_id": node("IC", one.id),
            "user": account(base, one.account), "created_at": time(one.created_at), "updated_at": time(one.updated_at),
            "author_association": association(state, repository, one.account), "body": one.body,
            "reactions": rollup(url, one.reactions), "performed_via_github_app": _via(base, one.app)}


def reaction(base: str, one: Reaction) -> Json:
    return {"id": one.id, "node_id": node("REA", one.id), "user": account(base, one.account), "content": one.content,
            "created_at": time(one.created_at)}


def review(base: str, state: State, repository: Repository, on: Issue, one: Review) -> Json:
    page = f"{_page(repository, on)}#pullrequestreview-{one.id}"
    pull = f"{base}/repos/{repository.full_name}/pulls/{on.number}"
    return {"id": one.id, "node_id": node("PRR", one.id), "user": account(base, one.account), "body": one.body, "state": one.state,
            "html_url": page, "pull_request_url": pull, "author_association": association(state, repository, one.account),
            "_links": {"html": {"href": page}, "pull_request": {"href": pull}}, "submitted_at": time(one.submitted_at),
            "commit_id": one.commit_id}


def pull_request(base: str, state: State, repository_: Repository, one: Issue) -> Json:
    assert one.pull is not None
    pull = one.pull
    url = f"{base}/repos/{repository_.full_name}/pulls/{one.number}"
    issue_url = f"{base}/repos/{repository_.full_name}/issues/{one.number}"
    comments = f"{base}/repos/{repository_.full_name}/pulls/comments{{/number}}"
    statuses = f"{base}/repos/{repository_.full_name}/statuses/{pull.head_sha}"
    web = _page(repository_, one)

    def end(ref: str, sha: str, owner: Account) -> Json:
        return {"label": f"{owner.login}:{ref}", "ref": ref, "sha": sha, "user": account(base, owner),
                "repo": repository(base, repository_)}

    return {"url": url, "id": pull.id, "node_id": node("PR", pull.id), "html_url": web, "diff_url": f"{web}.diff",
            "patch_url": f"{web}.patch", "issue_url": issue_url, "number": one.number, "state": one.state, "locked": one.locked,
            "title": one.title, "user": account(base, one.account), "body": one.body, "created_at": time(one.created_at),
            "updated_at": time(one.updated_at), "closed_at": maybe_time(one.closed_at), "merged_at": maybe_time(pull.merged_at),
            "merge_commit_sha": None, "assignee": None, "assignees": [], "requested_reviewers": [], "requested_teams": [],
            "labels": [label(base, repository_, each) for each in one.labels], "milestone": None, "draft": pull.draft,
            "commits_url": f"{url}/commits", "review_comments_url": f"{url}/comments", "review_comment_url": comments,
            "comments_url": f"{issue_url}/comments", "statuses_url": statuses, "head": end(pull.head, pull.head_sha, repository_.owner),
            "base": end(pull.base, pull.base_sha, repository_.owner),
            "_links": {"self": {"href": url}, "html": {"href": web}, "issue": {"href": issue_url},
                       "comments": {"href": f"{issue_url}/comments"}, "review_comments": {"href": f"{url}/comments"},
                       "review_comment": {"href": comments}, "commits": {"href": f"{url}/commits"}, "statuses": {"href": statuses}},
            "author_association": association(state, repository_, one.account), "auto_merge": None, "active_lock_reason": None}


def pull_request_alone(base: str, state: State, repository: Repository, one: Issue) -> Json:
    assert one.pull is not None
    return {**pull_request(base, state, repository, one), "merged": one.pull.merged_at is not None, "mergeable": True, "rebaseable": True,
            "mergeable_state": "clean", "merged_by": nobody_or(base, one.pull.merged_by), "comments": len(one.comments),
            "review_comments": 0, "maintainer_can_modify": False, "commits": 1, "additions": 1, "deletions": 0, "changed_files": 1}
