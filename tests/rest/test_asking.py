"""Asking for approval on behalf of somebody else's run."""

from datetime import datetime
from typing import Any

import pytest

from core.domain.executions import Execution, Mode
from core.domain.people import Role
from tests.api.edge import REQUEST, Edge
from tests.rest.talk import approval, approve, ask, asks_for_access, bearer, request, runs, said, shown
from tests.world import PROJECT, new_id

pytestmark = pytest.mark.database


def test_a_run_that_nobody_knows_is_stood_in_for(same_edge: Edge) -> None:
    listed = runs(same_edge)["totalCount"]
    context = {"taskType": "deploy", "accessLevel": "Admin", "targetOrg": "prod", "durationMinutes": 30}
    asked = ask(same_edge, task="unknown-1", context=context)
    assert asked["question"] == "Admin on prod for 30 minutes"
    assert asked["approvers"] == ["bob@acme.org", "cat@acme.org"]
    stand_in = shown(same_edge, asked["id"])
    assert (stand_in["status"], stand_in["taskType"], stand_in["triggeredBy"]) == ("Suspended", "deploy", "app:ci")
    assert stand_in["approval"] == asked
    assert runs(same_edge)["totalCount"] == listed


def test_the_answer_is_the_runs_id_and_its_engines_id_finds_it_too(same_edge: Edge) -> None:
    asked = ask(same_edge, task="engine-1", hatchetRunId="run-4711")
    assert shown(same_edge, "run-4711")["id"] == asked["id"]
    assert shown(same_edge, asked["id"])["hatchetRunId"] == "run-4711"
    assert approval(same_edge, "run-4711") == asked
    assert request(same_edge, task="run-4711").status_code == 201


def test_an_id_that_means_two_runs_means_none(same_edge: Edge) -> None:
    first, second = ask(same_edge, task="twin-1", hatchetRunId="twin"), ask(same_edge, task="twin-2", hatchetRunId="twin")
    assert first["id"] != second["id"]
    for path in ("/twin", "/approvals/twin", "/twin/children", "/twin/logs"):
        assert same_edge.get(path, "bob").status_code == 404
    assert approve(same_edge, "bob", "twin").status_code == 404


def test_the_id_of_a_run_is_no_engines_id_of_another(same_edge: Edge) -> None:
    own = asks_for_access(same_edge)
    refused = request(same_edge, task="thief", hatchetRunId=own)
    assert (refused.status_code, said(refused)) == (400, "hatchetRunId is the id of another execution.")


def test_a_flow_of_ours_asks_by_itself(same_edge: Edge) -> None:
    own = asks_for_access(same_edge)
    before = approval(same_edge, own)
    refused = request(same_edge, task=own, approvers=["dan@acme.org"])
    assert refused.status_code == 409
    assert said(refused).startswith("request-elevated-privileges is a flow of Placet's own")
    assert approval(same_edge, own) == before


def test_a_run_of_ours_elsewhere_is_not_told_of(same_edge: Edge) -> None:
    """Eve names Ann's run; what she gets is a stand-in of her own project."""
    own = asks_for_access(same_edge)
    same_edge.world.person("fay@other.org", Role.OWNER, "other/app")
    theirs = ask(same_edge, "eve", own, callback={"type": "none", "repositoryIdentifier": "other/app"})
    assert theirs["id"] != own
    assert approval(same_edge, own)["requestedBy"] == "ann@acme.org"


def test_one_task_id_is_another_run_in_another_project(same_edge: Edge) -> None:
    here = ask(same_edge, task="shared")
    there = ask(same_edge, task="shared", callback={"type": "none", "repositoryIdentifier": "other/app"})
    assert here["id"] != there["id"]


# -- the same again ---------------------------------------------------------------------------------------------------------------


def test_without_a_key_the_same_request_is_the_same_only_while_it_is_open(same_edge: Edge) -> None:
    first = ask(same_edge, task="again")
    assert ask(same_edge, task="again") == first
    approve(same_edge, "bob", first["id"])
    second = ask(same_edge, task="again")
    assert (second["id"], second["status"]) == (first["id"], "pending")
    assert second["ref"] != first["ref"]


def test_with_a_key_the_same_request_is_the_same_whatever_became_of_it(same_edge: Edge) -> None:
    first = ask(same_edge, task="keyed", hatchetEventKey="keyed:1")
    approve(same_edge, "bob", first["id"])
    again = ask(same_edge, task="keyed", hatchetEventKey="keyed:1")
    assert (again["status"], again["ref"], again["requestedAt"]) == ("approved", first["ref"], first["requestedAt"])


def test_a_newer_gate_opens_after_the_older_one_ended(same_edge: Edge) -> None:
    first = ask(same_edge, task="gates", hatchetEventKey="gates:1")
    early = request(same_edge, task="gates", hatchetEventKey="gates:2")
    assert (early.status_code, said(early)[:38]) == (409, "Another request of gates is open alrea")
    approve(same_edge, "bob", first["id"])
    second = ask(same_edge, task="gates", hatchetEventKey="gates:2")
    assert second["id"] == first["id"]
    assert approval(same_edge, first["id"])["ref"] == second["ref"]
    assert approval(same_edge, first["ref"])["status"] == "approved"


def test_a_newer_gate_opens_after_the_older_one_lapsed_though_nobody_noticed(edge: Edge) -> None:
    first = ask(edge, timeoutHours=1)
    edge.world.later(hours=1)
    second = ask(edge, timeoutHours=2)
    assert second["status"] == "pending"
    assert edge.world.audit(first["id"]) == ["start", "ask", "expire", "ask"]


def test_an_event_key_is_free_again_once_its_request_has_lapsed(edge: Edge) -> None:
    ask(edge, task="job-1", hatchetEventKey="key", timeoutHours=1)
    edge.world.later(hours=2)
    edge.world.sweep()
    assert ask(edge, task="job-2", hatchetEventKey="key")["status"] == "pending"


def test_a_run_that_has_ended_asks_nothing_any_more(same_edge: Edge) -> None:
    asked = ask(same_edge, task="ended")
    assert same_edge.post(f"/{asked['id']}/cancel", "bob").status_code == 200
    refused = request(same_edge, task="ended")
    assert (refused.status_code, said(refused)[:34]) == (409, "This run has ended (cancelled), so")


def test_an_idempotency_key_stands_for_its_first_request(same_edge: Edge) -> None:
    body, key = {**REQUEST, "taskId": "idem", "requestedBy": "ci-bot"}, {"Idempotency-Key": "idem 1"}
    first = same_edge.post("/approvals", "app:ci", body, headers=key)
    approve(same_edge, "bob", first.json()["id"])
    again = same_edge.post("/approvals", "app:ci", body, headers=key)
    assert (again.status_code, again.json()["ref"], again.json()["status"]) == (201, first.json()["ref"], "approved")
    other = same_edge.post("/approvals", "app:ci", {**body, "timeoutHours": 3}, headers=key)
    assert (other.status_code, said(other)[:53]) == (409, "This Idempotency-Key came before, with another body. ")
    assert same_edge.post("/approvals", "app:other", body, headers=key).json()["ref"] != first.json()["ref"]


# -- where and by whom ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("callback", [
    {"type": "none", "repositoryIdentifier": "no/such"}, {"type": "none", "repositoryIdentifier": "other/app"}])
def test_a_project_that_one_does_not_see_is_none(same_edge: Edge, callback: dict[str, Any]) -> None:
    refused = request(same_edge, "ann", "nowhere", callback=callback)
    assert (refused.status_code, said(refused)) == (400, "callback.repositoryIdentifier must name a project that you may use.")


def test_a_project_is_found_in_any_case(same_edge: Edge) -> None:
    assert ask(same_edge, task="case", callback={"type": "none", "repositoryIdentifier": "Acme/APP"})["status"] == "pending"


def test_without_a_callback_the_callers_only_project_is_meant(same_edge: Edge) -> None:
    assert ask(same_edge, "ann", "only", callback=None)["status"] == "pending"
    several = request(same_edge, "app:ci", "only", callback=None)
    assert several.status_code == 400
    body = {**REQUEST, "taskId": "only-app", "requestedBy": "ci-bot", "callback": None}
    assert same_edge.post("/approvals", None, body, headers=bearer(same_edge, "app:ci", projects=("acme/app",))).status_code == 201


def test_a_known_run_is_of_its_own_project(same_edge: Edge) -> None:
    ask(same_edge, task="here", hatchetRunId="here-1")
    refused = request(same_edge, task="here-1", callback={"type": "none", "repositoryIdentifier": "other/app"})
    assert (refused.status_code, said(refused)) == (400, "callback.repositoryIdentifier is another project than that of here-1.")


@pytest.mark.parametrize(("who", "requested_by", "status"), [
    ("ann", "ann@acme.org", 201), ("ann", "ANN@Acme.org", 201), ("ann", "bob@acme.org", 403), ("ann", "ann", 403),
    ("app:ci", "ann@acme.org", 201), ("app:ci", "the nightly build", 201)])
def test_a_person_asks_in_their_own_name_only(same_edge: Edge, who: str, requested_by: str, status: int) -> None:
    answer = request(same_edge, who, f"own-{who}-{requested_by}".replace("@", ".").replace(" ", "."), requestedBy=requested_by)
    assert answer.status_code == status
    if status == 403:
        assert said(answer).startswith("requestedBy must be your own e-mail")


# -- who could answer -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [
    {"approvers": ["ann@acme.org"]}, {"approvers": ["nobody@acme.org"]}, {"approvers": ["eve@other.org"]},
    {"approvers": ["bob@acme.org"], "context": {"username": "bob@acme.org"}}], ids=str)
def test_what_nobody_could_answer_is_not_asked(same_edge: Edge, more: dict[str, Any]) -> None:
    refused = request(same_edge, "ann", "nobody", **more)
    assert (refused.status_code, said(refused)) == (
        400, "1 must approve, but only 0 of the people named as approvers may: nobody who asks, starts it or benefits.")
    assert same_edge.world.rows("SELECT count(*) FROM executions WHERE task_id = 'nobody'") == [(0,)]


def test_a_project_whose_owners_all_asked_is_told_so(edge: Edge) -> None:
    edge.world.admit("cat", None)
    refused = request(edge, "bob", "alone")
    assert (refused.status_code, "but only 0 of the project's owners may" in said(refused)) == (400, True)


def test_a_body_narrows_who_may_answer_and_never_widens_it(same_edge: Edge) -> None:
    narrow = ask(same_edge, task="narrow-1", context={"taskType": "by-dan"}, approvers=["DAN@acme.org"])
    assert narrow["approvers"] == ["DAN@acme.org"]
    assert ask(same_edge, task="narrow-2", context={"taskType": "by-dan"})["approvers"] == ["dan@acme.org", "bob@acme.org"]
    wide = request(same_edge, task="narrow-3", context={"taskType": "by-dan"}, approvers=["dan@acme.org", "cat@acme.org"])
    assert (wide.status_code, said(wide)[:38]) == (403, "This kind of flow names who may answer")


# -- what is kept -----------------------------------------------------------------------------------------------------------------


def test_the_context_is_kept_as_it_came_and_is_part_of_the_digest(same_edge: Edge) -> None:
    context = {"taskType": "deploy", "ticket": {"id": 7, "tags": ["a", None, 1.5]}, "durationMinutes": 30, "empty": ""}
    asked = ask(same_edge, task="context-1", context=context)
    assert asked["context"] == {**context, "callback": REQUEST["callback"]}
    assert type(asked["context"]["durationMinutes"]) is int
    other = ask(same_edge, task="context-2", context={**context, "empty": "no"})
    assert other["digest"] != asked["digest"]


def test_a_context_has_16_kib_and_no_more(same_edge: Edge) -> None:
    room = 16 * 1024 - len('{"x":""}')
    assert request(same_edge, task="big-1", context={"x": "x" * room}).status_code == 201
    assert request(same_edge, task="big-2", context={"x": "x" * (room + 1)}).status_code == 400
    assert request(same_edge, task="big-3", context={"x": "\u00fc" * (room // 2 + 1)}).status_code == 400


@pytest.mark.parametrize(("hours", "seconds"), [(None, 86_400), (1, 3_600), (168, 604_800), (1 / 60, 60), (0.5, 1_800), (24.0, 86_400)])
def test_a_request_is_open_for_as_long_as_it_says(same_edge: Edge, hours: float | None, seconds: int) -> None:
    asked = ask(same_edge, task=f"hours-{hours}", timeoutHours=hours)
    assert (moment(asked["expiresAt"]) - moment(asked["requestedAt"])).total_seconds() == seconds


def moment(text: str) -> datetime:
    assert text.endswith("Z")
    return datetime.fromisoformat(text)


def test_a_request_is_told_by_its_shape(same_edge: Edge) -> None:
    asked = ask(same_edge, task="shape")
    assert set(asked) == {"id", "requestedBy", "requestedAt", "expiresAt", "approvers", "context", "status", "ref", "question", "digest"}
    assert len(asked["digest"]) == 64
    assert len(asked["ref"]) == 6
    assert set(asked["ref"]) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_a_token_for_one_run_asks_for_that_run_and_no_other(same_edge: Edge) -> None:
    own, other = ask(same_edge, task="bound-1", hatchetRunId="bound-run"), ask(same_edge, task="bound-2")
    approve(same_edge, "bob", own["id"])
    bound = bearer(same_edge, "app:ci", execution=own["id"])
    body = {**REQUEST, "requestedBy": "ci-bot", "context": {"taskType": "bound"}}
    for task, status in (("bound-run", 201), (own["id"], 409), ("bound-2", 400), (other["id"], 400), ("bound-3", 400)):
        answer = same_edge.post("/approvals", None, {**body, "taskId": task, "hatchetEventKey": f"k:{task}"}, headers=bound)
        assert answer.status_code == status, (task, answer.text)
    assert same_edge.get(f"/{own['id']}", None, headers=bound).status_code == 200
    assert same_edge.get(f"/{other['id']}", None, headers=bound).status_code == 404
    assert [a["id"] for a in same_edge.get("/approvals/pending", None, headers=bound).json()["approvals"]] == [own["id"]]


def test_one_person_has_so_many_open_requests_and_an_application_more(edge: Edge) -> None:
    for n in range(20):
        ask(edge, "ann", f"many-{n}")
    refused = request(edge, "ann", "many-20")
    assert refused.status_code == 429
    assert said(refused).startswith("20 requests of yours are open already")
    assert ask(edge, "ann", "many-7")["status"] == "pending"
    assert ask(edge, "app:ci", "many-20")["status"] == "pending"
    approve(edge, "bob", approval(edge, ask(edge, "ann", "many-3")["ref"])["id"])
    assert request(edge, "ann", "many-21").status_code == 201


def pipeline(edge: Edge) -> Execution:
    """A run that a pipeline reports."""
    with edge.world.database.begin() as tx:
        project = tx.projects.find(PROJECT)
        assert project is not None
        made = Execution(id=new_id(), project_id=project.id, mode=Mode.CICD, flow="build", task_type="build", category="build", payload={},
                         triggered_by="app:ci", initiators=("app:ci",), created_at=tx.now())
        tx.executions.add(made, due_at=None)
    return made


def test_a_pipelines_run_may_ask(same_edge: Edge) -> None:
    made = pipeline(same_edge)
    asked = ask(same_edge, task=made.id)
    assert asked["id"] == made.id
    now = shown(same_edge, made.id)
    assert (now["status"], now["startedAt"]) == ("Suspended", asked["requestedAt"])
