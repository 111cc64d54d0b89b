"""How GitHub writes accounts, Apps and repositories; every URL begins as the base that was asked."""

from datetime import UTC, datetime
from typing import Any

from tests.doubles.github.json import Json
from tests.doubles.github.permissions import LEVELS
from tests.doubles.github.state import Account, App, Installation, Repository, State, Team

WEB = "https://github.com"
REPOSITORY_URLS = {
    "archive": "/{archive_format}{/ref}", "assignees": "/assignees{/user}", "blobs": "/git/blobs{/sha}", "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}", "comments": "/comments{/number}", "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}", "contents": "/contents/{+path}", "contributors": "/contributors", "deployments": "/deployments",
    "downloads": "/downloads", "events": "/events", "forks": "/forks", "git_commits": "/git/commits{/sha}", "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}", "hooks": "/hooks", "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}", "issues": "/issues{/number}", "keys": "/keys{/key_id}", "labels": "/labels{/name}",
    "languages": "/languages", "merges": "/merges", "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}", "pulls": "/pulls{/number}", "releases": "/releases{/id}",
    "stargazers": "/stargazers", "statuses": "/statuses/{sha}", "subscribers": "/subscribers", "subscription": "/subscription",
    "tags": "/tags", "teams": "/teams", "trees": "/git/trees{/sha}"}
ACCOUNT_URLS = {
    "followers": "/followers", "following": "/following{/other_user}", "gists": "/gists{/gist_id}", "starred": "/starred{/owner}{/repo}",
    "subscriptions": "/subscriptions", "organizations": "/orgs", "repos": "/repos", "events": "/events{/privacy}",
    "received_events": "/received_events"}


def time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def maybe_time(at: datetime | None) -> str | None:
    return None if at is None else time(at)


def node(kind: str, number: int) -> str:
    return f"{kind}_kwDO{number:08d}"


def account(base: str, one: Account) -> Json:
    url = f"{base}/users/{one.login}"
    path = f"apps/{one.login.removesuffix('[bot]')}" if one.type == "Bot" else one.login
    return {"login": one.login, "id": one.id, "node_id": node("U", one.id),
            "avatar_url": f"https://avatars.githubusercontent.com/u/{one.id}?v=4", "gravatar_id": "",
            "url": url, "html_url": f"{WEB}/{path}", **{f"{name}_url": url + rest for name, rest in ACCOUNT_URLS.items()},
            "type": one.type, "user_view_type": "public", "site_admin": False}


def public_account(base: str, one: Account) -> Json:
    made = time(one.created_at)
    return {**account(base, one), "name": one.name, "company": None, "blog": "", "location": None, "email": one.email, "hireable": None,
            "bio": None, "twitter_username": None, "public_repos": 0, "public_gists": 0, "followers": 0, "following": 0, "created_at": made,
            "updated_at": made}


def organization(base: str, one: Account) -> Json:
    url = f"{base}/orgs/{one.login}"
    return {"login": one.login, "id": one.id, "node_id": node("O", one.id), "url": url, "repos_url": f"{url}/repos",
            "events_url": f"{url}/events", "hooks_url": f"{url}/hooks", "issues_url": f"{url}/issues",
            "members_url": f"{url}/members{{/member}}", "public_members_url": f"{url}/public_members{{/member}}",
            "avatar_url": f"https://avatars.githubusercontent.com/u/{one.id}?v=4", "description": ""}


def full_organization(base: str, one: Account) -> Json:
    made = time(one.created_at)
    return {**organization(base, one), "type": "Organization", "html_url": f"{WEB}/{one.login}", "name": one.name or one.login,
            "created_at": made, "updated_at": made, "has_organization_projects": True, "has_repository_projects": True, "public_repos": 0,
            "public_gists": 0, "followers": 0, "following": 0, "archived_at": None}


def team(base: str, one: Team) -> Json:
    url = f"{base}/organizations/{one.org.id}/team/{one.id}"
    return {"id": one.id, "node_id": node("T", one.id), "name": one.name, "slug": one.slug, "description": None, "privacy": "closed",
            "notification_setting": "notifications_enabled", "permission": "pull", "url": url, "type": "organization",
            "html_url": f"{WEB}/orgs/{one.org.login}/teams/{one.slug}", "members_url": f"{url}/members{{/member}}",
            "repositories_url": f"{url}/repos", "parent": None}


def integration(base: str, one: App) -> Json:
    made = time(one.created_at)
    return {"id": one.id, "slug": one.slug, "node_id": node("A", one.id), "client_id": one.client_id, "owner": account(base, one.owner),
            "name": one.name, "description": "", "external_url": "https://placet.acme.org", "html_url": f"{WEB}/apps/{one.slug}",
            "created_at": made, "updated_at": made, "permissions": one.permissions, "events": one.events}


def installation(base: str, one: Installation) -> Json:
    return {"id": one.id, "account": account(base, one.account),
            "repository_selection": "all" if one.repositories is None else "selected",
            "access_tokens_url": f"{base}/app/installations/{one.id}/access_tokens",
            "repositories_url": f"{base}/installation/repositories",
            "html_url": f"{WEB}/organizations/{one.account.login}/settings/installations/{one.id}", "app_id": one.app.id,
            "client_id": one.app.client_id, "app_slug": one.app.slug, "target_id": one.account.id, "target_type": one.account.type,
            "permissions": one.permissions, "events": one.events, "created_at": time(one.created_at), "updated_at": time(one.created_at),
            "single_file_name": None, "has_multiple_single_files": False, "single_file_paths": [], "suspended_by": None,
            "suspended_at": maybe_time(one.suspended_at)}


def repository(base: str, one: Repository) -> Json:
    """The members that all the API's answers and payloads have."""
    url = f"{base}/repos/{one.full_name}"
    web = f"{WEB}/{one.full_name}"
    opened = sum(issue.state == "open" and not issue.deleted and issue.moved_to is None for issue in one.issues.values())
    made = time(one.created_at)
    return {"id": one.id, "node_id": node("R", one.id), "name": one.name, "full_name": one.full_name, "private": one.private,
            "owner": account(base, one.owner), "html_url": web, "description": None, "fork": False, "url": url,
            **{f"{name}_url": url + rest for name, rest in REPOSITORY_URLS.items()}, "created_at": made, "updated_at": made,
            "pushed_at": made, "git_url": f"git://github.com/{one.full_name}.git", "ssh_url": f"git@github.com:{one.full_name}.git",
            "clone_url": f"{web}.git", "svn_url": web, "homepage": None, "size": 0, "stargazers_count": 0, "watchers_count": 0,
            "language": None, "has_issues": True, "has_projects": True, "has_downloads": True, "has_wiki": True, "has_pages": False,
            "has_discussions": False, "forks_count": 0, "mirror_url": None, "archived": False, "disabled": False,
            "open_issues_count": opened, "license": None, "allow_forking": True, "is_template": False, "web_commit_signoff_required": False,
            "topics": [], "visibility": "private" if one.private else "public", "forks": 0, "open_issues": opened, "watchers": 0,
            "default_branch": "main"}


def repository_for(base: str, one: Repository, role: str) -> Json:
    """A repository as its own page says it, with what the caller may."""
    level = LEVELS.get(role, 0)
    held = {"admin": level == 3, "maintain": role in ("admin", "maintain"), "push": level >= 2, "triage": role not in ("none", "read"),
            "pull": True}
    return {**repository(base, one), "permissions": held, "network_count": 0, "subscribers_count": 0}


def minimal_repository(base: str, one: Repository) -> Json:
    """A repository as payloads about pipelines say it."""
    short = ("id", "node_id", "name", "full_name", "private", "owner", "html_url", "description", "fork", "url",
             *(f"{name}_url" for name in REPOSITORY_URLS))
    whole = repository(base, one)
    return {name: whole[name] for name in short}


def association(state: State, repository: Repository, one: Account) -> str:
    if one.id == repository.owner.id:
        return "OWNER"
    if one.id in repository.owner.members:
        return "MEMBER"
    return "COLLABORATOR" if one.id in repository.roles else "NONE"


def nobody_or(base: str, one: Account | None) -> Any:
    return None if one is None else account(base, one)
