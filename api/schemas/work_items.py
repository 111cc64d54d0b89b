"""The work item that a run belongs to, as it goes out."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from core.domain.work_items import WorkItem

WorkItemType = Literal["github-issue", "github-pr", "github-commit", "ado-workitem", "ado-commit"]


class WorkItemRefDto(TypedDict):
    type: WorkItemType
    key: str
    url: NotRequired[str]
    repository: NotRequired[str]
    organization: NotRequired[str]
    project: NotRequired[str]


def work_item(item: WorkItem) -> WorkItemRefDto:
    shown = WorkItemRefDto(type=item.type, key=item.key)  # type: ignore[typeddict-item]
    if item.url is not None:
        shown["url"] = item.url
    if item.repository is not None:
        shown["repository"] = item.repository
    if item.organization is not None:
        shown["organization"] = item.organization
    if item.project is not None:
        shown["project"] = item.project
    return shown
