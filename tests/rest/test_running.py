"""Starting a run over REST."""

from typing import Any

import pytest

from core.domain.people import Role
from tests.api.edge import ACCESS, Edge
from tests.rest.talk import bearer, run, runs, said, shown

pytestmark = pytest.mark.database


def start(edge: Edge, who: str | None = "ann", *, callback: Any = None, headers: Any = None, **payload: Any) -> Any:
    given = {"id": "two-gates", "repositoryIdentifier": "acme/app", **payload}
    body = {"payload": {k: v for k, v in given.items() if v is not None}, **({"callback": callback} if callback is not None else {})}
    return edge.post("/run", who, body, headers=headers or {})


def nothing_started(edge: Edge) -> Any:
    return edge.world.rows("SELECT count(*) FROM executions"), edge.world.rows("SELECT count(*) FROM repeats")


def test_a_run_is_accepted_and_waits_for_its_engine(same_edge: Edge) -> None:
    answer = start(same_edge).json()
    run_id, at = answer["id"], answer["triggeredAt"]
    assert answer == {"id": run_id, "taskType": "two-gates", "status": "pending", "triggeredAt": at}
    waiting = shown(same_edge, run_id)
    assert (waiting["status"], waiting["createdAt"], waiting["success"], "startedAt" in waiting) == ("Waiting", at, None, False)
    assert same_edge.world.audit(run_id) == ["start"]
    assert run_id in same_edge.world.nudged
    assert run_id[14] == "7"


@pytest.mark.parametrize(("payload", "sentence"), [
    ({"id": "no-such-flow"}, "There is no flow type no-such-flow: `placet flows types` lists those there are."),
    ({"id": None}, "payload.id must name a flow type: `placet flows types` lists those there are."),
    ({"id": ""}, "payload.id must name a flow type: `placet flows types` lists those there are."),
    ({"id": ["two-gates"]}, "payload.id must name a flow type: `placet flows types` lists those there are."),
    ({"repositoryIdentifier": "no/such"}, "There is no project no/such that you may use: ask one of its owners to add you."),
    ({"repositoryIdentifier": "other/app"}, "There is no project other/app that you may use: ask one of its owners to add you."),
    ({"repositoryIdentifier": None}, "payload.repositoryIdentifier must name the project."),
    ({"repositoryIdentifier": ""}, "payload.repositoryIdentifier must be a text of 1 to 200 characters."),
    ({"repositoryIdentifier": "x" * 201}, "payload.repositoryIdentifier must be a text of 1 to 200 characters."),
    ({"repositoryIdentifier": 7}, "payload.repositoryIdentifier must be a text of 1 to 200 characters."),
    ({"colour": "red"}, "colour is no parameter of this flow."),
    ({"triggeredBy": "bob@acme.org"}, "triggeredBy is no parameter of this flow."),
    ({"approvers": ["dan@acme.org"]}, "approvers is no parameter of this flow."),
    ({"workItemRef": {"type": "jira", "key": "7"}},
     "workItemRef.type must be one of github-issue, github-pr, github-commit, ado-workitem, ado-commit."),
    ({"workItemRef": "7"}, "workItemRef must be an object."),
], ids=str)
def test_what_does_not_fit_is_said_in_a_sentence_and_nothing_is_started(same_edge: Edge, payload: dict[str, Any], sentence: str) -> None:
    before = nothing_started(same_edge)
    refused = start(same_edge, headers={"Idempotency-Key": "refused"}, **payload)
    assert (refused.status_code, refused.json()["message"]) == (400, [sentence])
    assert nothing_started(same_edge) == before


def test_every_mistake_is_told_at_once(same_edge: Edge) -> None:
    refused = same_edge.post("/run", "ann", {"payload": {**ACCESS, "username": 7, "durationMinutes": 0, "zeal": True}})
    assert refused.json()["message"] == [
        "username must be a text, got 7.", "durationMinutes must be between 1 and 480, got 0.", "zeal is no parameter of this flow."]


def test_a_refusal_is_short_however_much_was_wrong(same_edge: Edge) -> None:
    wrong: dict[str, Any] = {f"{'x' * 1_000}{n}": n for n in range(400)}
    refused = start(same_edge, **wrong)
    assert refused.status_code == 400
    assert len(refused.content) < 20_000


def test_two_projects_are_none(same_edge: Edge) -> None:
    elsewhere = {"type": "none", "repositoryIdentifier": "other/app"}
    refused = start(same_edge, callback=elsewhere)
    assert (refused.status_code, said(refused)) == (
        400, "payload.repositoryIdentifier and the callback name two different projects.")
    assert start(same_edge, callback={"type": "none", "repositoryIdentifier": "ACME/app"}).status_code == 201
    assert start(same_edge, repositoryIdentifier=None, callback={"type": "none", "repositoryIdentifier": "acme/app"}).status_code == 201


def test_a_project_is_found_in_any_ascii_case(same_edge: Edge) -> None:
    assert start(same_edge, repositoryIdentifier="Acme/APP").status_code == 201
    assert start(same_edge, repositoryIdentifier="\u0430cme/app").status_code == 400


def test_triggered_by_is_derived_from_the_token(same_edge: Edge) -> None:
    assert shown(same_edge, start(same_edge, "dan").json()["id"])["triggeredBy"] == "dan@acme.org"
    assert shown(same_edge, start(same_edge, "app:ci").json()["id"])["triggeredBy"] == "app:ci"


def test_null_is_absent(same_edge: Edge) -> None:
    payload = {**ACCESS, "reason": None, "workItemRef": None, "skipApproval": None}
    run_id = same_edge.post("/run", "ann", {"payload": payload, "callback": None, "unknown": 1}).json()["id"]
    assert shown(same_edge, run_id)["payload"] == {
        "username": "ann@acme.org", "targetOrg": "payments-prod", "accessLevel": "Admin", "durationMinutes": 60, "reason": ""}


def test_a_secret_parameter_is_never_shown(same_edge: Edge) -> None:
    secret = "correct-horse-battery"
    run_id = run(same_edge, "deploy_by-two", password=secret)
    broken = run(same_edge, "broken", password=secret)
    assert shown(same_edge, broken)["error"] == "RuntimeError: cannot log in with [redacted]"
    for each in (run_id, broken):
        for path in ("", "/logs", "/logs/stream", "/children"):
            assert secret not in same_edge.get(f"/{each}{path}", "bob").text
        assert "password" not in shown(same_edge, each)["payload"]
    assert secret not in same_edge.get(f"/approvals/{run_id}", "bob").text
    for table in ("executions", "audit", "log_lines", "steps", "approvals"):
        assert secret not in str(same_edge.world.rows(f"SELECT * FROM {table}"))


def test_what_was_given_as_a_secret_is_part_of_what_is_approved(same_edge: Edge) -> None:
    """The same but for the secret has another digest, from which the secret cannot be told."""
    first, second = (run(same_edge, "deploy_by-two", password=p) for p in ("one-password", "another-password"))
    digests = {same_edge.get(f"/approvals/{each}", "bob").json()["digest"] for each in (first, second)}
    assert len(digests) == 2


# -- the same again ---------------------------------------------------------------------------------------------------------------


def test_an_idempotency_key_starts_one_run(same_edge: Edge) -> None:
    key = {"Idempotency-Key": "start 1"}
    first = start(same_edge, headers=key)
    same_edge.world.work()
    again = start(same_edge, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    refused = start(same_edge, id="chatty", headers=key)
    assert (refused.status_code, said(refused)[:53]) == (409, "This Idempotency-Key came before, with another body. ")
    assert start(same_edge, "dan", headers=key).json()["id"] != first.json()["id"]
    assert start(same_edge, headers={"Idempotency-Key": "start 2"}).json()["id"] != first.json()["id"]


def test_a_key_of_one_operation_is_none_of_another(same_edge: Edge) -> None:
    key = {"Idempotency-Key": "both"}
    first = start(same_edge, "app:ci", headers=key).json()["id"]
    body = {"taskId": "both", "requestedBy": "ci-bot", "context": {}, "callback": {"type": "none", "repositoryIdentifier": "acme/app"}}
    assert same_edge.post("/approvals", "app:ci", body, headers=key).json()["id"] != first


def test_a_key_is_forgotten_after_a_day(edge: Edge) -> None:
    key = {"Idempotency-Key": "daily"}
    first = start(edge, headers=key).json()["id"]
    edge.world.later(hours=23, minutes=59)
    assert start(edge, headers=key).json()["id"] == first
    edge.world.later(minutes=2)
    assert start(edge, headers=key).json()["id"] != first


def test_the_stored_answer_comes_also_at_the_limit_of_open_requests(edge: Edge) -> None:
    key = {"Idempotency-Key": "last"}
    for _ in range(19):
        run(edge, "two-gates")
    first = start(edge, headers=key)
    edge.world.work()
    assert start(edge).status_code == 429
    again = start(edge, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())


def test_a_key_that_does_not_fit_is_refused(same_edge: Edge) -> None:
    for key in ("", "x" * 201, "tab\there"):
        assert start(same_edge, headers={"Idempotency-Key": key}).status_code == 400
    assert start(same_edge, headers={"Idempotency-Key": "x" * 200}).status_code == 201


# -- who --------------------------------------------------------------------------------------------------------------------------


def test_a_person_without_a_role_in_the_project_starts_nothing_there(edge: Edge) -> None:
    edge.world.admit("dan", None)
    assert start(edge, "dan").status_code == 400
    assert start(edge, "eve").status_code == 400


def test_an_application_starts_where_its_token_says(same_edge: Edge) -> None:
    narrow = bearer(same_edge, "app:ci", projects=("OTHER/app",))
    assert start(same_edge, None, headers=narrow, repositoryIdentifier="other/app").status_code == 201
    assert start(same_edge, None, headers=narrow).status_code == 400


def test_a_persons_token_narrows_too(same_edge: Edge) -> None:
    same_edge.world.person("bob@acme.org", Role.OWNER, "third/app")
    narrow = bearer(same_edge, "bob", projects=("third/app",))
    assert start(same_edge, None, headers=narrow).status_code == 400
    assert start(same_edge, None, headers=narrow, repositoryIdentifier="third/app").status_code == 201
    assert start(same_edge, "bob").status_code == 201
    assert runs(same_edge, "bob")["totalCount"] > 0
    assert same_edge.get("/runs?repositoryIdentifier=acme/app", None, headers=narrow).json()["totalCount"] == 0


def test_a_token_for_one_run_starts_none(same_edge: Edge) -> None:
    assert start(same_edge, None, headers=bearer(same_edge, "app:ci", execution=start(same_edge).json()["id"])).status_code == 400


def test_one_person_has_so_many_open_requests(edge: Edge) -> None:
    for _ in range(20):
        run(edge, "two-gates")
    refused = start(edge)
    assert (refused.status_code, said(refused)[:39]) == (429, "20 requests of yours are open already, ")
    assert start(edge, "dan").status_code == 201
    assert start(edge, "app:ci").status_code == 201


# -- callbacks --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("callback", "sentence"), [
    ({"type": "github"}, "callback.repositoryIdentifier is missing. callback.issueNumber is missing."),
    ({"type": "github", "github": {"repositoryIdentifier": "acme/app"}}, "callback.github.issueNumber is missing."),
    ({"type": "slack"}, "callback.channel is missing."), ({"type": "webhook"}, "callback.url is missing."),
    ({"type": "webhook", "webhook": {"url": "https://x.example", "secret": "short"}},
     "callback.webhook.secret must be whsec_ and 24 to 64 bytes in base64."),
    ({"type": "webhook", "webhook": {"url": "https://x.example"}},
     "The callback brings no secret, and the project has none: `placet projects webhook-secret new` makes one."),
    ({"type": "github", "github": {"repositoryIdentifier": "acme/app", "issueNumber": 7}},
     "callback.type github is not set up here: leave the callback out, or send none."),
], ids=str)
def test_a_callback_that_is_not_set_up_is_named(same_edge: Edge, callback: dict[str, Any], sentence: str) -> None:
    refused = start(same_edge, callback=callback)
    assert (refused.status_code, said(refused)) == (400, sentence)
