"""Where a request is discussed, as keys under which it is found. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping

from core.domain.json import Json
from core.domain.people import project_key
from core.domain.work_items import WorkItem, azure_repository

_NUMBER = re.compile("0*([1-9][0-9]{0,15})")


def github_issue(repository: str, number: str) -> Iterator[str]:
    """Give the key of an issue or pull request; none for what is no number."""
    found = _NUMBER.fullmatch(number)
    if found:
        yield f"github:{project_key(repository)}#{found[1]}"


def slack_thread(channel: str, thread: str) -> Iterator[str]:
    yield f"slack:{channel}/{thread}"


def azure_work_item(organization: str, project: str, repository: str | None, number: str) -> Iterator[str]:
    """Give the key of a work item; one whose repository is not known has a key without."""
    found = _NUMBER.fullmatch(number)
    if found:
        yield f"azure-devops:{'/'.join(project_key(part) for part in (organization, project, repository) if part)}#{found[1]}"


def azure_work_item_of(identifier: str, number: str) -> Iterator[str]:
    """Give the keys of a work item with its repository and without; none for what names no repository."""
    parts = azure_repository(identifier)
    if parts is not None:
        organization, project, repository = parts
        yield from azure_work_item(organization, project, repository, number)
        yield from azure_work_item(organization, project, None, number)


def conversations(project: str, callbacks: Iterable[Mapping[str, Json] | None], work_items: Iterable[WorkItem | None]) -> tuple[str, ...]:
    """Return where a request of a project is discussed, as its callbacks (in their flat form) and its work items tell."""
    found = [key for callback in callbacks if callback is not None for key in _of_callback(callback)]
    found += [key for item in work_items if item is not None for key in _of_work_item(project, item)]
    return tuple(dict.fromkeys(found))


def _of_callback(callback: Mapping[str, Json]) -> Iterator[str]:
    match callback:
        case {"type": "github", "repositoryIdentifier": str(repository), "issueNumber": number}:
            yield from github_issue(repository, str(number))
        case {"type": "slack", "channel": str(channel), "threadTs": str(thread)}:
            yield from slack_thread(channel, thread)
        case {"type": "azure-devops", "repositoryIdentifier": str(identifier), "workItemId": number}:
            parts = azure_repository(identifier)
            if parts is not None:
                yield from azure_work_item(*parts, str(number))


def _of_work_item(project: str, item: WorkItem) -> Iterator[str]:
    """A part that the work item leaves out is that of the run's own project."""
    match item.type:
        case "github-issue" | "github-pr":
            yield from github_issue(item.repository or project, item.key)
        case "ado-workitem":
            own = azure_repository(project)
            organization, within = item.organization or (own and own[0]), item.project or (own and own[1])
            if organization and within:
                repository = item.repository.rpartition("/")[2] if item.repository else None
                yield from azure_work_item(organization, within, repository, item.key)
