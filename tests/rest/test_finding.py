"""Finding a request by where it is discussed."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from httpx import Response
from sqlalchemy import event

from core.domain.people import Role
from core.engine.run_flow import RunFlow, RunOrder
from tests.api.edge import Edge
from tests.rest.talk import approval, approve, reject, run, said
from tests.world import PROJECT, new_id

pytestmark = pytest.mark.database

GITHUB = {"type": "github", "repositoryIdentifier": "Acme/App", "issueNumber": 7}
SLACK = {"type": "slack", "channel": "C024BE91L", "threadTs": "1482960137.003543"}
AZURE = {"type": "azure-devops", "repositoryIdentifier": "Org/Proj/Repo", "workItemId": 42}


def by_github(edge: Edge, repository: str = "acme/app", number: str = "7", who: str = "bob") -> Response:
    return edge.get(f"/approvals/by-github/{repository}/{number}", who)


def by_slack(edge: Edge, channel: str = "C024BE91L", thread: str = "1482960137.003543", who: str = "bob") -> Response:
    return edge.get(f"/approvals/by-slack/{channel}/{thread}", who)


def by_azure(edge: Edge, repository: str = "org/proj/repo", number: Any = 42, who: str = "bob") -> Response:
    return edge.get("/approvals/by-azure-devops", who, params={"repositoryIdentifier": repository, "workItemId": number})


def found(answer: Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def nothing(answer: Response) -> bool:
    return answer.status_code == 404 and said(answer).startswith("There is no approval of this id")


def discussed(edge: Edge, callback: Any = None, *, flow: str = "two-gates", who: str = "ann", project: str = PROJECT,
              **payload: Any) -> str:
    """Start a run as a surface would that is set up here."""
    world = edge.world
    order = RunOrder(payload={"id": flow, "repositoryIdentifier": project, **payload}, callback=callback)
    started = RunFlow(database=world.database, registry=world.registry, vault=world.vault, new_id=new_id).run(world.caller(who), order)
    world.work()
    return started.id


@pytest.fixture
def azure(edge: Edge) -> Edge:
    """The company has a project of Azure DevOps, too."""
    for who in ("ann", "bob", "cat"):
        edge.world.person(f"{who}@acme.org", Role.OWNER, "Org/Proj/Repo")
    return edge


def test_a_request_is_found_where_its_run_calls_back(azure: Edge) -> None:
    of_github, of_slack, of_azure = discussed(azure, GITHUB), discussed(azure, SLACK), discussed(azure, AZURE, project="org/proj/repo")
    assert by_github(azure).json() == approval(azure, of_github)
    assert by_slack(azure).json() == approval(azure, of_slack)
    assert by_azure(azure).json() == approval(azure, of_azure)


def test_a_request_is_found_where_it_calls_back_itself(edge: Edge) -> None:
    asked = edge.world.requests("ann", "job-1", callback={**GITHUB, "repositoryIdentifier": PROJECT}).approval
    assert found(by_github(edge)) == asked.execution_id


def test_a_request_is_found_where_a_run_above_calls_back(edge: Edge) -> None:
    top = discussed(edge, SLACK, flow="two-teams", workItemRef={"type": "github-pr", "key": "7"})
    runs = {each["id"]: each for each in edge.get("/approvals/pending", "bob").json()["approvals"]}
    newest = max(runs.values(), key=lambda each: (each["requestedAt"], each["id"]))
    assert len(runs) == 4
    assert top not in runs
    assert found(by_slack(edge)) == found(by_github(edge)) == newest["id"]
    assert by_slack(edge).json()["parentExecution"] == newest["parentExecution"]


def test_b26_a_repository_is_taken_with_its_slash_as_it_is_and_encoded(edge: Edge) -> None:
    target = run(edge, "two-gates", workItemRef={"type": "github-issue", "key": "7"})
    for repository in ("acme/app", "acme%2Fapp", "acme%2fapp", "ACME/App", "Acme%2FAPP"):
        assert found(by_github(edge, repository)) == target
    assert found(by_github(edge, "acme%2Fapp", "007")) == target


@pytest.mark.parametrize(("repository", "number"), [
    ("acme/app", "8"), ("acme/app", "seven"), ("acme/app", "0"), ("acme/app", "-7"), ("acme/app", "7.0"), ("acme/app", "%EF%BC%97"),
    ("acme/app", "99999999999999999999"), ("acme", "7"), ("acme/app/more", "7"), ("acme/web", "7"), ("acme/ap%25", "7"),
    ("acme/%5F%5F%5F", "7"),
    ("%2e%2e/app", "7"), ("acme%2F%2Fapp", "7"), ("x" * 500, "7"), ("acme/app", "7%00"), ("acme/app", "7%0d%0a"), ("a%00b", "7")])
def test_another_repository_and_what_is_no_number_are_not_found(same_edge: Edge, repository: str, number: str) -> None:
    run(same_edge, "two-gates", workItemRef={"type": "github-issue", "key": "7"})
    assert by_github(same_edge, repository, number).status_code == 404


def test_b25_a_pending_list_is_not_what_a_slash_leads_to(same_edge: Edge) -> None:
    for path in ("by-github/x%2F..%2F..%2Fpending/7", "by-github%2Facme/app/7", "by-github/acme/app%2F7", "by-slack/C1%2F171.5",
                 "by-slack/C1"):
        assert same_edge.get(f"/approvals/{path}", "bob").status_code == 404


@pytest.mark.parametrize(("channel", "thread"), [
    ("C024BE91L", "1482960137.00354"), ("C024BE91L", "1482960137.0035430"), ("c024be91l", "1482960137.003543"),
    ("C024BE91M", "1482960137.003543"),
    ("C024BE91L", "%25"), ("C024BE91L", quote("' OR 1=1 --"))])
def test_a_slack_timestamp_is_a_text(edge: Edge, channel: str, thread: str) -> None:
    discussed(edge, SLACK)
    assert nothing(by_slack(edge, channel, thread))


def test_of_a_work_item_organisation_and_project_must_match_and_the_repository_where_it_is_known(azure: Edge) -> None:
    target = discussed(azure, project="Org/Proj/Repo", workItemRef={"type": "ado-workitem", "key": "42"})
    for repository in ("org/proj/repo", "ORG/PROJ/other"):
        assert found(by_azure(azure, repository)) == target
    for repository in ("org/other/repo", "other/proj/repo", "org/proj", "org", "org/proj/repo/more", "org//repo"):
        assert nothing(by_azure(azure, repository))
    assert nothing(by_azure(azure, number=43))
    reject(azure, "bob", target)
    known = discussed(azure, AZURE, project="Org/Proj/Repo")
    assert found(by_azure(azure)) == known
    assert nothing(by_azure(azure, "org/proj/other"))


@pytest.mark.parametrize("number", ["0", "-1", "x", "4.2", "", "1e3", "42,43", " 42"])
def test_a_work_items_number_is_a_positive_whole_number(same_edge: Edge, number: str) -> None:
    answer = by_azure(same_edge, number=number)
    assert (answer.status_code, "workItemId" in said(answer)) == (400, True)


def test_only_open_ones_are_found_the_newest_first(edge: Edge) -> None:
    item: dict[str, Any] = {"workItemRef": {"type": "github-issue", "key": "7"}}
    first, second = run(edge, "two-gates", **item), run(edge, "my-own-say", "bob", **item)
    assert found(by_github(edge)) == second
    approve(edge, "bob", second)
    assert found(by_github(edge)) == first
    edge.world.later(hours=25)
    assert nothing(by_github(edge))
    assert approval(edge, first)["status"] == "expired"


def test_a_later_gate_is_found_where_the_first_was(edge: Edge) -> None:
    target = run(edge, "two-gates", workItemRef={"type": "github-issue", "key": "7"})
    first = by_github(edge).json()
    approve(edge, "bob", target)
    assert nothing(by_github(edge))
    edge.world.work()
    second = by_github(edge).json()
    assert (second["id"], second["question"]) == (first["id"], "Deploy?")


def test_b05_what_one_does_not_see_is_not_found(edge: Edge) -> None:
    """Eve's project names the issue of another; what others see there is not hers, and hers is not theirs."""
    theirs = discussed(edge, GITHUB | {"repositoryIdentifier": "other/app"}, flow="my-own-say", who="eve", project="other/app",
                       workItemRef={"type": "github-issue", "key": "7", "repository": "acme/app"})
    assert nothing(by_github(edge))
    own = run(edge, "two-gates", workItemRef={"type": "github-issue", "key": "7"})
    assert found(by_github(edge)) == own
    assert found(by_github(edge, who="eve")) == theirs
    assert found(by_github(edge, "other/app", who="eve")) == theirs
    bound = {"Authorization": f"Bearer {edge.issuer.mint(edge.remember('app:ci', execution=own))}"}
    assert found(edge.get("/approvals/by-github/acme/app/7", None, headers=bound)) == own
    assert edge.get("/approvals/by-github/other/app/7", None, headers=bound).status_code == 404


def test_where_it_was_discussed_is_forgotten_with_the_run(edge: Edge) -> None:
    target = run(edge, "two-gates", workItemRef={"type": "github-issue", "key": "7"})
    reject(edge, "bob", target)
    edge.world.work()
    assert len(edge.world.rows("SELECT * FROM conversations")) == 1
    with edge.world.database.begin() as tx:
        tx.retention.remove([target])
    assert edge.world.rows("SELECT * FROM conversations") == []


def test_a_look_up_reads_by_index_however_many_requests_there_are(edge: Edge) -> None:
    run(edge, "two-gates", workItemRef={"type": "github-issue", "key": "7"})
    said: list[tuple[str, Any]] = []
    event.listen(edge.world.database.reader, "before_cursor_execute", lambda _, cursor, text, values, *more: said.append((text, values)))
    assert by_github(edge).status_code == 200
    [(statement, values)] = [(text, values) for text, values in said if "conversations" in text]
    with edge.world.database.writer.begin() as connection:
        if edge.world.database.postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        word = "EXPLAIN" if edge.world.database.postgres else "EXPLAIN QUERY PLAN"
        plan = "\n".join(map(str, connection.exec_driver_sql(f"{word} {statement}", values)))
    assert "conversations" in plan
    assert not re.search("Seq Scan|SCAN ", plan), plan
