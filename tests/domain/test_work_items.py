"""What a run belongs to."""

from typing import Any

import pytest

from core.domain.json import Json
from core.domain.work_items import KINDS, WorkItem, parse_work_item, work_item_of_callback
from core.errors import Invalid

ISSUE: dict[str, Any] = {"type": "github-issue", "key": "7"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_work_item_needs_its_kind_and_its_key(kind: str) -> None:
    assert parse_work_item({"type": kind, "key": "7"}) == WorkItem(type=kind, key="7")


def test_the_rest_is_optional_and_null_is_absent() -> None:
    address = "https://github.example/acme/app/issues/7"
    assert parse_work_item({**ISSUE, "url": address, "repository": "acme/app", "organization": None}) == WorkItem(
        type="github-issue", key="7", url=address, repository="acme/app")


def test_a_work_item_may_be_as_long_as_is_said() -> None:
    longest = parse_work_item({**ISSUE, "key": "7" * 200, "repository": "x" * 2000, "url": "http://issues.example"})
    assert longest == WorkItem(type="github-issue", key="7" * 200, repository="x" * 2000, url="http://issues.example")


@pytest.mark.parametrize("value", [None, "7", 7, [], [ISSUE]])
def test_a_work_item_is_an_object(value: Json) -> None:
    with pytest.raises(Invalid) as refused:
        parse_work_item(value)
    assert refused.value.problems == ("workItemRef must be an object.",)


@pytest.mark.parametrize(("wrong", "sentence"), [
    ({"type": "jira"}, f"workItemRef.type must be one of {', '.join(KINDS)}."),
    ({"type": None}, f"workItemRef.type must be one of {', '.join(KINDS)}."),
    ({"type": ["github-issue"]}, f"workItemRef.type must be one of {', '.join(KINDS)}."),
    ({"key": ""}, "workItemRef.key must be a text of 1 to 200 characters."),
    ({"key": 7}, "workItemRef.key must be a text of 1 to 200 characters."),
    ({"key": "7" * 201}, "workItemRef.key must be a text of 1 to 200 characters."),
    ({"url": 1}, "workItemRef.url must be a text of up to 2000 characters."),
    ({"url": "javascript:alert(1)"}, "workItemRef.url must begin with https:// or http://."),
    ({"url": "HTTPS//x"}, "workItemRef.url must begin with https:// or http://."),
    ({"repository": "x" * 2001}, "workItemRef.repository must be a text of up to 2000 characters."),
    ({"project": {}}, "workItemRef.project must be a text of up to 2000 characters."),
], ids=str)
def test_a_mistake_is_one_sentence(wrong: dict[str, Json], sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_work_item({**ISSUE, **wrong})
    assert refused.value.problems == (sentence,)


def test_a_callback_names_the_work_item_it_answers_to() -> None:
    assert work_item_of_callback({"type": "github", "issueNumber": 7, "repositoryIdentifier": "acme/app"}) == WorkItem(
        type="github-issue", key="7", repository="acme/app")
    assert work_item_of_callback({"type": "azure-devops", "workItemId": 42}) == WorkItem(type="ado-workitem", key="42")
    assert work_item_of_callback({"type": "azure-devops", "workItemId": 42, "repositoryIdentifier": "org/proj/repo"}) == WorkItem(
        type="ado-workitem", key="42", organization="org", project="proj", repository="repo")


@pytest.mark.parametrize("callback", [None, {"type": "none"}, {"type": "slack", "channel": "C1"}, {"type": "webhook", "url": "https://x.example"}])
def test_other_callbacks_name_none(callback: dict[str, Json] | None) -> None:
    assert work_item_of_callback(callback) is None
