"""How GitHub writes workflows, their runs and jobs, and what holds a deployment back."""

from datetime import datetime

from tests.doubles.github.json import Json
from tests.doubles.github.shapes import WEB, account, maybe_time, minimal_repository, node, time
from tests.doubles.github.state import Account, Environment, Gate, Job, Repository, Run, Verdict, Workflow


def workflow(base: str, where: Repository, one: Workflow) -> Json:
    made = time(one.created_at)
    return {"id": one.id, "node_id": node("W", one.id), "name": one.name, "path": one.path, "state": "active", "created_at": made,
            "updated_at": made, "url": f"{base}/repos/{where.full_name}/actions/workflows/{one.id}",
            "html_url": f"{WEB}/{where.full_name}/blob/main/{one.path}",
            "badge_url": f"{WEB}/{where.full_name}/workflows/{one.name}/badge.svg"}


def run_page(where: Repository, one: Run) -> str:
    return f"{WEB}/{where.full_name}/actions/runs/{one.id}"


def run_url(base: str, where: Repository, one: Run) -> str:
    return f"{base}/repos/{where.full_name}/actions/runs/{one.id}"


def run(base: str, where: Repository, one: Run) -> Json:
    url = run_url(base, where, one)
    suite = f"{base}/repos/{where.full_name}/check-suites/{one.id}"
    place = minimal_repository(base, where)
    author = {"name": one.actor.login, "email": f"{one.actor.login}@acme.org"}
    return {"id": one.id, "name": one.workflow.name, "node_id": node("WFR", one.id), "check_suite_id": one.id,
            "check_suite_node_id": node("CS", one.id), "head_branch": one.head_branch, "head_sha": one.head_sha, "path": one.workflow.path,
            "display_title": one.title, "run_number": one.number, "run_attempt": one.attempt, "event": one.event, "status": one.status,
            "conclusion": one.conclusion, "workflow_id": one.workflow.id, "url": url, "html_url": run_page(where, one), "pull_requests": [],
            "created_at": time(one.created_at), "updated_at": time(one.updated_at), "actor": account(base, one.actor),
            "triggering_actor": account(base, one.triggering_actor), "run_started_at": time(one.created_at),
            "jobs_url": f"{url}/jobs", "logs_url": f"{url}/logs", "check_suite_url": suite, "artifacts_url": f"{url}/artifacts",
            "cancel_url": f"{url}/cancel", "rerun_url": f"{url}/rerun",
            "previous_attempt_url": None if one.attempt == 1 else f"{url}/attempts/{one.attempt - 1}",
            "workflow_url": f"{base}/repos/{where.full_name}/actions/workflows/{one.workflow.id}",
            "head_commit": {"id": one.head_sha, "tree_id": one.head_sha, "message": "A change", "timestamp": time(one.created_at),
                            "author": author, "committer": author},
            "repository": place, "head_repository": place, "referenced_workflows": []}


def job(base: str, where: Repository, of: Run, one: Job) -> Json:
    return {"id": one.id, "run_id": of.id, "run_url": run_url(base, where, of), "run_attempt": of.attempt, "node_id": node("CR", one.id),
            "head_sha": of.head_sha, "url": f"{base}/repos/{where.full_name}/actions/jobs/{one.id}",
            "html_url": f"{run_page(where, of)}/job/{one.id}", "status": one.status, "conclusion": one.conclusion,
            "created_at": time(one.started_at), "started_at": time(one.started_at), "completed_at": maybe_time(one.completed_at),
            "name": one.name, "steps": [], "check_run_url": f"{base}/repos/{where.full_name}/check-runs/{one.id}",
            "labels": ["ubuntu-latest"], "runner_id": None, "runner_name": None, "runner_group_id": None, "runner_group_name": None,
            "workflow_name": of.workflow.name,
            "head_branch": of.head_branch}


def environment(base: str, where: Repository, one: Environment) -> Json:
    return {"id": one.id, "node_id": node("EN", one.id), "name": one.name,
            "url": f"{base}/repos/{where.full_name}/environments/{one.name}",
            "html_url": f"{WEB}/{where.full_name}/deployments/activity_log?environments_filter={one.name}"}


def pending(base: str, where: Repository, gate: Gate, asks: Account) -> Json:
    reviewers = gate.environment.reviewers
    return {"environment": environment(base, where, gate.environment), "wait_timer": 0, "wait_timer_started_at": None,
            "current_user_can_approve": any(one.id == asks.id for one in reviewers),
            "reviewers": [{"type": "User", "reviewer": account(base, one)} for one in reviewers]}


def verdict(base: str, where: Repository, one: Verdict, by: Account) -> Json:
    made = time(one.at)
    place = {**environment(base, where, where.environments[one.environment]), "created_at": made, "updated_at": made}
    return {"environments": [place], "state": one.state or "pending", "user": account(base, by), "comment": one.comment}


def deployment(base: str, where: Repository, of: Run, gate: Gate, now: datetime) -> Json:
    url = f"{base}/repos/{where.full_name}/deployments/{gate.deployment_id}"
    return {"url": url, "id": gate.deployment_id, "node_id": node("DE", gate.deployment_id), "sha": of.head_sha, "ref": of.head_branch,
            "task": "deploy", "payload": {}, "original_environment": gate.environment.name, "environment": gate.environment.name,
            "description": None, "creator": account(base, of.actor), "created_at": time(gate.created_at), "updated_at": time(now),
            "statuses_url": f"{url}/statuses", "repository_url": f"{base}/repos/{where.full_name}", "transient_environment": False,
            "production_environment": False, "performed_via_github_app": None}
