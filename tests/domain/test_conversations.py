"""Where a request is discussed."""

from collections.abc import Mapping
from typing import Any

import pytest

from core.domain.conversations import azure_work_item_of, conversations, github_issue, slack_thread
from core.domain.json import Json
from core.domain.work_items import WorkItem

PROJECT = "acme/app"


@pytest.mark.parametrize(("callback", "keys"), [
    ({"type": "github", "repositoryIdentifier": "Acme/App", "issueNumber": 7}, ("github:acme/app#7",)),
    ({"type": "slack", "channel": "C1", "threadTs": "171.5"}, ("slack:C1/171.5",)),
    ({"type": "slack", "channel": "C1"}, ()),
    ({"type": "slack", "channel": "C1", "threadTs": None}, ()),
    ({"type": "azure-devops", "repositoryIdentifier": "Org/Proj/Repo", "workItemId": 42}, ("azure-devops:org/proj/repo#42",)),
    ({"type": "azure-devops", "repositoryIdentifier": "org/proj", "workItemId": 42}, ()),
    ({"type": "webhook", "url": "https://example.com"}, ()), ({"type": "none", "repositoryIdentifier": "acme/app"}, ())], ids=str)
def test_a_callback_leads_to_one_place(callback: Mapping[str, Any], keys: tuple[str, ...]) -> None:
    assert conversations(PROJECT, [callback], []) == keys


@pytest.mark.parametrize(("project", "item", "keys"), [
    (PROJECT, WorkItem(type="github-issue", key="7"), ("github:acme/app#7",)),
    (PROJECT, WorkItem(type="github-pr", key="7", repository="Acme/Web"), ("github:acme/web#7",)),
    (PROJECT, WorkItem(type="github-commit", key="7"), ()), (PROJECT, WorkItem(type="github-issue", key="seven"), ()),
    (PROJECT, WorkItem(type="ado-workitem", key="42"), ()),
    (PROJECT, WorkItem(type="ado-commit", key="42", organization="o", project="p"), ()),
    (PROJECT, WorkItem(type="ado-workitem", key="42", organization="Org", project="Proj"), ("azure-devops:org/proj#42",)),
    ("org/proj/repo", WorkItem(type="ado-workitem", key="42"), ("azure-devops:org/proj#42",)),
    ("org/proj/repo", WorkItem(type="ado-workitem", key="42", project="other", repository="r"), ("azure-devops:org/other/r#42",)),
    (PROJECT, WorkItem(type="ado-workitem", key="42", organization="o", project="p", repository="o/p/R"), ("azure-devops:o/p/r#42",))],
    ids=str)
def test_a_work_item_is_a_place_too(project: str, item: WorkItem, keys: tuple[str, ...]) -> None:
    assert conversations(project, [], [item]) == keys


def test_each_place_counts_once() -> None:
    callback: dict[str, Json] = {"type": "github", "repositoryIdentifier": "acme/app", "issueNumber": 7}
    found = conversations(PROJECT, [callback, None, {"type": "slack", "channel": "C1", "threadTs": "1.2"}, callback],
                          [None, WorkItem(type="github-issue", key="7"), WorkItem(type="github-issue", key="8")])
    assert found == ("github:acme/app#7", "slack:C1/1.2", "github:acme/app#8")


@pytest.mark.parametrize("number", ["", "0", "-1", "1.0", "7x", " 7", "7 ", "７", "1e3", "9" * 17, "#7"])
def test_what_is_no_number_is_no_issue(number: str) -> None:
    assert list(github_issue("acme/app", number)) == []
    assert list(azure_work_item_of("org/proj/repo", number)) == []


def test_what_is_looked_for_is_what_was_noted() -> None:
    assert list(github_issue("ACME/app", "007")) == ["github:acme/app#7"]
    assert list(slack_thread("C1", "171.50")) == ["slack:C1/171.50"]
    assert list(azure_work_item_of("Org/Proj/Repo", "42")) == ["azure-devops:org/proj/repo#42", "azure-devops:org/proj#42"]


@pytest.mark.parametrize("identifier", ["org/proj", "org", "", "org/proj/repo/more", "org//repo", "/proj/repo", "org/proj/"])
def test_what_has_not_three_parts_names_no_repository(identifier: str) -> None:
    assert list(azure_work_item_of(identifier, "42")) == []
