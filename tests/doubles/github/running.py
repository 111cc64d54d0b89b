"""What happens to a run, whoever starts or stops it, and the webhooks that tell of it."""

from datetime import datetime, timedelta

from tests.doubles.github.routing import Stage
from tests.doubles.github.shapes import time
from tests.doubles.github.shapes_of_runs import deployment, run_url
from tests.doubles.github.shapes_of_runs import run as run_shape
from tests.doubles.github.shapes_of_runs import workflow as workflow_shape
from tests.doubles.github.state import Account, Gate, Job, Repository, Run, State, Verdict, Workflow


def start(state: State, stage: Stage, repository: Repository, workflow: Workflow, by: Account, *, event: str, branch: str, now: datetime,
          inputs: dict[str, str] | None = None) -> Run:
    """Start a run; it waits at once if it deploys to an environment that asks somebody first."""
    given = dict.fromkeys(workflow.inputs or {}, "") | (inputs or {})
    made = Run(id=state.new_id(), workflow=workflow, number=sum(one.workflow is workflow for one in repository.runs.values()) + 1,
               event=event, head_branch=branch, head_sha=repository.branches[branch], title=workflow.run_name.format(**given), actor=by,
               triggering_actor=by, created_at=now, updated_at=now, listed_at=now + timedelta(seconds=stage.runs_appear_after),
               inputs=dict(inputs or {}))
    repository.runs[made.id] = made
    tell(stage, repository, made, by, "requested")
    for name in workflow.environments:
        hold(state, stage, repository, made, name, now=now)
    return made


def hold(state: State, stage: Stage, repository: Repository, run: Run, environment: str, *, now: datetime) -> None:
    """Let a deployment of a run wait for everyone whom its environment asks."""
    place = repository.environments[environment]
    waits_for = {app.slug for app in place.apps} | ({"people"} if place.reviewers else set())
    if not waits_for:
        return
    gate = Gate(deployment_id=state.new_id(), environment=place, waits_for=waits_for, created_at=now)
    run.gates.append(gate)
    run.status, run.updated_at = "waiting", now
    if place.apps:
        stage.happened("deployment_protection_rule", "requested", repository, run.triggering_actor, {
            "environment": environment, "event": run.event, "sha": run.head_sha, "ref": run.head_branch,
            "deployment_callback_url": f"{run_url(stage.base, repository, run)}/deployment_protection_rule",
            "deployment": deployment(stage.base, repository, run, gate, now), "pull_requests": []}, only={app.id for app in place.apps})


def judge(stage: Stage, repository: Repository, run: Run, gate: Gate, whom: str, verdict: Verdict, *, now: datetime, by: Account) -> None:
    """Let one of those who were asked agree or refuse; when all have agreed, it goes on."""
    run.verdicts.append(verdict)
    run.updated_at = now
    match verdict.state:
        case "rejected":
            run.gates.clear()
            finish(stage, repository, run, "failure", now=now, by=by)
        case "approved":
            gate.waits_for.discard(whom)
            if not gate.waits_for:
                run.gates.remove(gate)
            if not run.gates:
                go_on(stage, repository, run, now=now, by=by)


def go_on(stage: Stage, repository: Repository, run: Run, *, now: datetime, by: Account) -> None:
    run.status, run.updated_at = "in_progress", now
    tell(stage, repository, run, by, "in_progress")


def finish(stage: Stage, repository: Repository, run: Run, conclusion: str, *, now: datetime, by: Account,
           jobs: list[Job] | None = None) -> None:
    run.status, run.conclusion, run.updated_at = "completed", conclusion, now
    run.jobs.extend(jobs or [])
    tell(stage, repository, run, by, "completed")


def tell(stage: Stage, repository: Repository, run: Run, sender: Account, action: str) -> None:
    stage.happened("workflow_run", action, repository, sender, {
        "workflow_run": run_shape(stage.base, repository, run),
        "workflow": workflow_shape(stage.base, repository, run.workflow)})


def dispatched(stage: Stage, repository: Repository, workflow: Workflow, by: Account, ref: str, inputs: dict[str, str]) -> None:
    stage.happened("workflow_dispatch", None, repository, by, {"inputs": inputs or None, "ref": f"refs/heads/{ref}",
                                                              "workflow": workflow.path})


def within(created: str, at: datetime) -> bool:
    """Whether a time is in the range of a `created` filter: `>=x`, `>x`, `<=x`, `<x`, `x..y`, or a day."""
    said = time(at)

    def padded(text: str, end: bool) -> str:
        if len(text) == 10:
            return text + ("T23:59:59Z" if end else "T00:00:00Z")
        return time(datetime.fromisoformat(text))

    for sign in (">=", "<=", ">", "<"):
        if created.startswith(sign):
            edge = padded(created.removeprefix(sign), end=sign in (">", "<="))
            return {">=": said >= edge, "<=": said <= edge, ">": said > edge, "<": said < edge}[sign]
    first, dots, last = created.partition("..")
    return (first == "*" or padded(first, end=False) <= said) and (last == "*" or said <= padded(last if dots else first, end=True))
