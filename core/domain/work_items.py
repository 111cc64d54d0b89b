"""The issue, pull request, commit or work item that a run belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.domain.json import Json
from core.errors import Invalid

KINDS = ("github-issue", "github-pr", "github-commit", "ado-workitem", "ado-commit")
_TEXTS = ("url", "repository", "organization", "project")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkItem:
    type: str
    key: str
    url: str | None = None
    repository: str | None = None
    organization: str | None = None
    project: str | None = None


def parse_work_item(value: Json) -> WorkItem:
    """Check a `workItemRef`; raise Invalid with a sentence for each mistake."""
    if not isinstance(value, Mapping):
        raise Invalid(("workItemRef must be an object.",))
    problems = []
    if value.get("type") not in KINDS:
        problems.append(f"workItemRef.type must be one of {', '.join(KINDS)}.")
    key = value.get("key")
    if not isinstance(key, str) or not 1 <= len(key) <= 200:
        problems.append("workItemRef.key must be a text of 1 to 200 characters.")
    for name in _TEXTS:
        text = value.get(name)
        if text is not None and (not isinstance(text, str) or len(text) > 2000):
            problems.append(f"workItemRef.{name} must be a text of up to 2000 characters.")
    url = value.get("url")
    if isinstance(url, str) and not url.startswith(("https://", "http://")):
        problems.append("workItemRef.url must begin with https:// or http://.")
    if problems:
        raise Invalid(tuple(problems))
    return WorkItem(type=str(value["type"]), key=str(key), **{n: str(value[n]) for n in _TEXTS if value.get(n) is not None})


def work_item_of_callback(callback: Mapping[str, Json] | None) -> WorkItem | None:
    """Return the issue or work item that a checked callback answers to."""
    if callback is None:
        return None
    match callback.get("type"):
        case "github":
            return WorkItem(type="github-issue", key=str(callback["issueNumber"]), repository=str(callback["repositoryIdentifier"]))
        case "azure-devops":
            organization, project, repository = azure_repository(str(callback.get("repositoryIdentifier"))) or (None, None, None)
            return WorkItem(type="ado-workitem", key=str(callback["workItemId"]), repository=repository, organization=organization,
                            project=project)
    return None


def azure_repository(identifier: str) -> tuple[str, str, str] | None:
    """Return organisation, project and repository; None for what has not these three parts."""
    parts = identifier.split("/")
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 and all(parts) else None
