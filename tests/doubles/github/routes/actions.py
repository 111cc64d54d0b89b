"""Actions: workflows started by programs, their runs, and deployments that wait for an answer."""

from datetime import datetime

from tests.doubles.github import running
from tests.doubles.github.paging import page
from tests.doubles.github.permissions import role_in
from tests.doubles.github.routing import Answer, Ask, Refused, not_found, route
from tests.doubles.github.shapes_of_runs import deployment, job, pending, run, run_page, run_url, verdict, workflow
from tests.doubles.github.state import Run, Verdict, Workflow

MOST_INPUTS = 25
STATUSES = ("completed", "action_required", "cancelled", "failure", "neutral", "skipped", "stale", "success", "timed_out", "in_progress",
            "queued", "requested", "waiting", "pending")
FILTERS = ("actor", "branch", "event", "status", "created", "exclude_pull_requests", "check_suite_id", "head_sha")


@route("GET", "/repos/{owner}/{repo}/actions/workflows", needs="actions:read")
def list_workflows(ask: Ask) -> Answer:
    return page(ask, list(ask.repository.workflows.values()), lambda one: workflow(ask.base, ask.repository, one), under="workflows")


@route("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}", needs="actions:read")
def get_workflow(ask: Ask) -> Answer:
    return Answer(body=workflow(ask.base, ask.repository, _workflow(ask)))


@route("POST", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", needs="actions:write",
       fields={"ref*": str, "inputs": dict, "return_run_details": bool})
def dispatch(ask: Ask) -> Answer:
    """Start a run; which one it is, is only said if that is asked for."""
    found = _workflow(ask)
    if "return_run_details" in ask.body and not ask.stage.tells_runs:
        raise Refused(422, "Invalid request.\n\n\"return_run_details\" is not a permitted key.")
    inputs = ask.body.get("inputs", {})
    branch = ask.body["ref"].removeprefix("refs/heads/")
    if branch not in ask.repository.branches:
        raise Refused(422, f"No ref found for: {ask.body['ref']}")
    if found.inputs is None:
        raise Refused(422, "Workflow does not have 'workflow_dispatch' trigger")
    if len(inputs) > MOST_INPUTS or any(not isinstance(value, str | bool | int | float) for value in inputs.values()):
        raise Refused(422, "Invalid request.\n\nFor 'properties/inputs', the inputs are too many or not strings.")
    unexpected = sorted(inputs.keys() - found.inputs.keys())
    if unexpected:
        raise Refused(422, f"Unexpected inputs provided: {unexpected}".replace("'", '"'))
    for name, required in found.inputs.items():
        if required and not inputs.get(name):
            raise Refused(422, f"Required input '{name}' not provided")
    given = {name: str(value) for name, value in inputs.items()}
    running.dispatched(ask.stage, ask.repository, found, ask.caller.account, branch, given)
    made = running.start(ask.state, ask.stage, ask.repository, found, ask.caller.account, event="workflow_dispatch", branch=branch,
                         now=ask.now, inputs=given)
    if not ask.body.get("return_run_details", False):
        return Answer(status=204)
    return Answer(body={"workflow_run_id": made.id, "run_url": run_url(ask.base, ask.repository, made),
                        "html_url": run_page(ask.repository, made)})


@route("GET", "/repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs", needs="actions:read", query=FILTERS)
def list_runs_of_workflow(ask: Ask) -> Answer:
    found = _workflow(ask)
    return _runs(ask, [one for one in ask.repository.runs.values() if one.workflow.id == found.id])


@route("GET", "/repos/{owner}/{repo}/actions/runs", needs="actions:read", query=FILTERS)
def list_runs(ask: Ask) -> Answer:
    return _runs(ask, list(ask.repository.runs.values()))


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}", needs="actions:read", query=("exclude_pull_requests",))
def get_run(ask: Ask) -> Answer:
    return Answer(body=run(ask.base, ask.repository, _run(ask)))


@route("DELETE", "/repos/{owner}/{repo}/actions/runs/{run_id}", needs="actions:write")
def delete_run(ask: Ask) -> Answer:
    _run(ask).deleted = True
    return Answer(status=204)


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/cancel", needs="actions:write", fields={})
def cancel_run(ask: Ask) -> Answer:
    found = _run(ask)
    if found.status == "completed":
        raise Refused(409, "Cannot cancel a workflow run that is completed.")
    running.finish(ask.stage, ask.repository, found, "cancelled", now=ask.now, by=ask.caller.account)
    return Answer(status=202, body={})


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/force-cancel", needs="actions:write", fields={})
def force_cancel_run(ask: Ask) -> Answer:
    return cancel_run(ask)


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", needs="actions:read", query=("filter",))
def list_jobs(ask: Ask) -> Answer:
    found = _run(ask)
    return page(ask, found.jobs, lambda one: job(ask.base, ask.repository, found, one), under="jobs")


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments", needs="actions:read")
def list_pending(ask: Ask) -> Answer:
    return Answer(body=[pending(ask.base, ask.repository, gate, ask.caller.account) for gate in _run(ask).gates])


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/pending_deployments", needs="deployments:write",
       fields={"environment_ids*": list, "state*": str, "comment*": str})
def review_deployments(ask: Ask) -> Answer:
    """A reviewer's own answer, by hand or by their token."""
    found = _run(ask)
    gates = [gate for gate in found.gates if gate.environment.id in ask.body["environment_ids"] and "people" in gate.waits_for
             and any(one.id == ask.caller.account.id for one in gate.environment.reviewers)]
    if not gates or ask.body["state"] not in ("approved", "rejected"):
        raise Refused(422, "No pending deployment requests to approve or reject")
    shown = [deployment(ask.base, ask.repository, found, gate, ask.now) for gate in gates]
    for gate in gates:
        running.judge(ask.stage, ask.repository, found, gate, "people", _verdict(ask, gate.environment.name), now=ask.now,
                      by=ask.caller.account)
    return Answer(body=shown)


@route("GET", "/repos/{owner}/{repo}/actions/runs/{run_id}/approvals", needs="actions:read")
def list_verdicts(ask: Ask) -> Answer:
    return Answer(body=[verdict(ask.base, ask.repository, one, ask.state.account(one.by)) for one in _run(ask).verdicts])


@route("POST", "/repos/{owner}/{repo}/actions/runs/{run_id}/deployment_protection_rule", needs="deployments:write",
       fields={"environment_name*": str, "state": str, "comment": str})
def answer_rule(ask: Ask) -> Answer:
    """The answer of an App that was asked; without a state, a word on how it stands."""
    if ask.caller.installation is None:
        raise Refused(403, "Resource not accessible by personal access token")
    assert ask.caller.app is not None
    slug = ask.caller.app.slug
    found = _run(ask)
    if ask.body.get("state") not in (None, "approved", "rejected") or not {"state", "comment"} & ask.body.keys():
        raise Refused(422, "Invalid request.\n\nNo subschema in \"anyOf\" matched.")
    gate = next((one for one in found.gates if one.environment.name == ask.body["environment_name"] and slug in one.waits_for), None)
    if gate is None:
        raise Refused(422, "No pending deployment requests to approve or reject")
    running.judge(ask.stage, ask.repository, found, gate, slug, _verdict(ask, gate.environment.name), now=ask.now, by=ask.caller.account)
    return Answer(status=204)


def _verdict(ask: Ask, environment: str) -> Verdict:
    return Verdict(by=ask.caller.account.login, environment=environment, state=ask.body.get("state"), comment=ask.body.get("comment", ""),
                   at=ask.now)


def _workflow(ask: Ask) -> Workflow:
    """Return a workflow by its number or by its file's name."""
    wanted = ask.args["workflow_id"]
    found = next((one for one in ask.repository.workflows.values() if wanted in (str(one.id), one.path.rpartition("/")[2])), None)
    if found is None:
        raise not_found()
    return found


def _run(ask: Ask) -> Run:
    found = ask.repository.runs.get(ask.number("run_id"))
    if found is None or found.deleted:
        raise not_found()
    return found


def _runs(ask: Ask, some: list[Run]) -> Answer:
    wanted = ask.query
    if wanted.get("status") not in (None, *STATUSES):
        raise Refused(422, "Validation Failed", errors=[])
    private = ask.repository.private and ask.caller.installation is None and role_in(ask.repository, ask.caller.account) == "none"
    found = [] if private else [one for one in some if _fits(ask, one, ask.now)]
    found.sort(key=lambda one: (one.created_at, one.id), reverse=True)
    return page(ask, found[:1_000], lambda one: run(ask.base, ask.repository, one), under="workflow_runs", total=len(found))


def _fits(ask: Ask, one: Run, now: datetime) -> bool:
    wanted = ask.query
    try:
        in_time = "created" not in wanted or running.within(wanted["created"], one.created_at)
    except ValueError:
        raise Refused(422, "Validation Failed", errors=[]) from None
    return (not one.deleted and one.listed_at <= now and in_time
            and wanted.get("actor", one.actor.login).lower() == one.actor.login.lower()
            and wanted.get("branch", one.head_branch) == one.head_branch and wanted.get("event", one.event) == one.event
            and wanted.get("status", one.status) in (one.status, one.conclusion) and wanted.get("head_sha", one.head_sha) == one.head_sha)
