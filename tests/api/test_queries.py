"""What may stand in a query."""

import pytest

from tests.api.edge import Edge

RUNS = "/runs?repositoryIdentifier=acme/app"


@pytest.mark.parametrize(("query", "said"), [
    ("limit=0", "limit must be at least 1."), ("limit=101", "limit must be at most 100."), ("page=0", "page must be at least 1."),
    *((f"limit={bad}", "limit must be a whole number, in digits.")
      for bad in ("-1", "1.0", "1e1", "+5", "%205", "5%20", "1_0", "true", "0x5", "%D9%A3", "9" * 16, "NaN")),
    *((f"includeScheduled={bad}", "includeScheduled must be true or false.") for bad in ("1", "0", "True", "yes", "on", "%20true")),
    ("executionMode=Flow", "executionMode must be flow or cicd."),
    ("workItemType=jira", "workItemType must be github-issue, github-pr, github-commit, ado-workitem or ado-commit."),
    ("triggeredBy=%00", "triggeredBy holds a control character."), ("taskType=a%0db", "taskType holds a control character."),
    ("flowPath=" + "x" * 501, "flowPath must be a text of at most 500 characters."),
    ("limit=5&limit=6", "limit came twice."), ("repositoryIdentifier=other/app", "repositoryIdentifier came twice."),
    ("since=yesterday", "since must be a time such as 2026-01-31T12:00:00Z, or a span such as 24h or 7d."),
    ("date=2026-02-30", "date must be a day such as 2026-01-31."),
])
def test_what_does_not_fit_is_400_in_a_sentence(same_edge: Edge, query: str, said: str) -> None:
    answer = same_edge.get(f"{RUNS}&{query}", "bob")
    assert (answer.status_code, answer.json()["message"]) == (400, [said])


@pytest.mark.parametrize("query", [
    "limit=1", "limit=100", "limit=007", "page=" + "9" * 15, "includeScheduled=true", "includeScheduled=false", "category=scheduled",
    "limit=&page=&includeScheduled=&category=&since=", "unknown=1&unknown=2", "flowPath=%25_%5C", "since=24h&date=2026-01-31",
    "triggeredBy=%ff"])
def test_what_fits_is_answered(same_edge: Edge, query: str) -> None:
    assert same_edge.get(f"{RUNS}&{query}", "bob").status_code == 200


def test_the_project_must_be_named(same_edge: Edge) -> None:
    for query in ("", "?repositoryIdentifier="):
        assert same_edge.get(f"/runs{query}", "bob").json()["message"] == ["repositoryIdentifier is missing."]


def test_an_unknown_or_unseen_project_is_empty(same_edge: Edge) -> None:
    for project in ("nobody/nothing", "other/app"):
        assert same_edge.get(f"/runs?repositoryIdentifier={project}", "bob").json() == {"runs": [], "count": 0, "totalCount": 0, "page": 1}


@pytest.mark.parametrize("offset", ["-1", "1e30", "abc", "1" * 19, "%D9%A3", "1.0"])
def test_i06_a_log_offset_that_we_never_gave_is_400(edge: Edge, offset: str) -> None:
    run = edge.asks_for_access()
    answer = edge.get(f"/{run}/logs/stream?logOffset={offset}")
    assert (answer.status_code, answer.json()["message"]) == (
        400, ["logOffset must be one that an earlier answer gave, or absent for the log from its beginning."])


def test_a_log_offset_past_the_end_is_nothing_and_the_true_end(edge: Edge) -> None:
    run = edge.asks_for_access()
    first = edge.get(f"/{run}/logs/stream").json()
    later = edge.get(f"/{run}/logs/stream?logOffset={'9' * 18}").json()
    assert (later["newLogs"], later["lines"], later["logOffset"]) == ("", [], first["logOffset"])
