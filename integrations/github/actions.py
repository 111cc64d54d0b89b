"""Pipelines by GitHub Actions: a workflow that is dispatched, found again by the key in its name, looked at, and cancelled.

What the workflow promises: it takes the input `placet_execution`, and its `run-name` holds `[placet:<that>]`. Which run it is, is said by
GitHub where it can; else it is found by that name among those that we ourselves have dispatched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.homes import HomeAway, NotThere
from core.domain.executions import Status
from core.domain.json import Json
from core.flows.context import EffectRefused
from core.ports.dispatch import Errand, Handed, Progress, TryLater
from integrations.github.authors import whole
from integrations.github.connection import GONE, GitHub, Refused
from integrations.github.credentials import Needs
from integrations.github.keys import is_repository, repo_path

NAME = "github-actions"
INPUT = "placet_execution"
RUNS: Needs = {"actions": "write"}
SEEN_WITHIN = timedelta(seconds=60)  # until which GitHub may not list a run that was started
MOST_PAGES = 3
MOST_FAILED = 20
_WORKFLOW = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\.ya?ml")
_REF = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,199}")
_KEY = re.compile(r"\[placet:([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\]")
_ENDS: Mapping[str, Status] = {"success": Status.COMPLETED, "cancelled": Status.CANCELLED}  # every other conclusion is a failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    repository: str
    workflow: str
    ref: str

    def path(self, *more: str | int) -> str:
        return repo_path(self.repository, "actions", "workflows", self.workflow, *more)


def target_of(target: Mapping[str, str]) -> Target | None:
    """Return where a workflow is; None for what cannot be one."""
    found = Target(repository=target.get("repository", ""), workflow=target.get("workflow", ""), ref=target.get("ref", ""))
    fits = is_repository(found.repository) and _WORKFLOW.fullmatch(found.workflow) and _REF.fullmatch(found.ref)
    return found if fits else None


def key_in(title: str) -> str | None:
    """Return the run of ours that the name of a workflow's run bears."""
    found = _KEY.search(title)
    return found[1] if found else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsDispatcher:
    """A Dispatcher, and Watched."""

    hub: GitHub

    def dispatch(self, errand: Errand, parameters: Mapping[str, Json], seconds: float) -> Handed:
        """One that an earlier try has started is found, not started again: after a lost answer we wait until GitHub would list it."""
        target = _target(errand)
        try:
            found = self._find(target, errand.execution_id)
        except HomeAway as away:
            raise _later(away) from away
        except NotThere as refused:
            raise EffectRefused(refused.why) from refused
        if found is not None:
            return _handed(found)
        inputs = {**{name: _text(value) for name, value in parameters.items() if value is not None}, INPUT: errand.execution_id}
        try:
            return self._start(target, inputs)
        except HomeAway as away:
            raise TryLater(f"{away.platform} did not answer", max(SEEN_WITHIN, timedelta(seconds=away.after or 0))) from away
        except NotThere as refused:
            raise EffectRefused(refused.why) from refused

    def cancel(self, errand: Errand, seconds: float) -> None:
        target = _target(errand)
        try:
            found = self._find(target, errand.execution_id)
            if found is not None and found["status"] != "completed":
                self.hub.call("POST", repo_path(target.repository, "actions", "runs", whole(found["id"]), "cancel"), at=target.repository,
                              needs=RUNS)
        except Refused as refused:
            if refused.status not in (*GONE, 409):
                raise TryLater(refused.why) from refused
        except HomeAway as away:
            raise _later(away) from away

    def progress(self, errand: Errand, run_id: str | None, seconds: float) -> Progress | None:
        target = _target(errand)
        try:
            found = self._run(target, run_id) if run_id is not None else self._find(target, errand.execution_id)
            if found is None:
                return None
            status = _ENDS.get(str(found["conclusion"]), Status.FAILED) if found["status"] == "completed" else Status.RUNNING
            result = self._failures(target, found) if status is Status.FAILED else None
        except HomeAway as away:
            raise _later(away) from away
        except NotThere as refused:
            raise TryLater(refused.why) from refused
        handed = _handed(found)
        return Progress(status=status, run_id=str(handed.run_id), url=handed.url, result=result)

    def _start(self, target: Target, inputs: Mapping[str, Json]) -> Handed:
        """Ask GitHub to say which run it is; an older server that does not know the question has started nothing, and is asked without."""
        body: dict[str, Json] = {"ref": target.ref, "inputs": dict(inputs)}
        try:
            said: Any = self._post(target, {**body, "return_run_details": True})
        except Refused as refused:
            if refused.status != 422 or "return_run_details" not in refused.why:
                raise
            said = self._post(target, body)
        if not isinstance(said, dict) or "workflow_run_id" not in said:
            return Handed()
        return Handed(run_id=str(whole(said["workflow_run_id"])), url=str(said.get("html_url")) if said.get("html_url") else None)

    def _post(self, target: Target, body: Mapping[str, Json]) -> Json:
        return self.hub.call("POST", target.path("dispatches"), at=target.repository, needs=RUNS, body=body)

    def _run(self, target: Target, run_id: str) -> Any:
        return self.hub.call("GET", repo_path(target.repository, "actions", "runs", int(run_id)), at=target.repository, needs=RUNS)

    def _find(self, target: Target, key: str) -> Any | None:
        """Return the run of a key, the first of two: only of those that we have dispatched ourselves, since anybody may name a run so."""
        own = self.hub.myself().login
        found = [run for run in self._runs(target) if key_in(str(run.get("display_title"))) == key
                 and str((run.get("actor") or {}).get("login")).lower() == own]
        return min(found, key=lambda run: whole(run["id"]), default=None)

    def _runs(self, target: Target) -> Iterator[Any]:
        yield from self.hub.pages(target.path("runs"), at=target.repository, needs=RUNS, parameters={"event": "workflow_dispatch"},
                                  items="workflow_runs", most=MOST_PAGES)

    def _failures(self, target: Target, run: Any) -> dict[str, Json]:
        """Return the jobs that failed, each with the page of its log."""
        path = repo_path(target.repository, "actions", "runs", whole(run["id"]), "jobs")
        jobs = self.hub.pages(path, at=target.repository, needs=RUNS, items="jobs", most=1)
        failed: list[Any] = [job for job in jobs if isinstance(job, dict) and job.get("conclusion") not in ("success", "skipped", None)]
        return {"failedJobs": [{"name": str(job["name"]), "url": str(job["html_url"])} for job in failed[:MOST_FAILED]]}


def _target(errand: Errand) -> Target:
    found = target_of(errand.target)
    if found is None:
        raise EffectRefused("its workflow is none of GitHub's")
    return found


def _handed(run: Any) -> Handed:
    return Handed(run_id=str(whole(run["id"])), url=str(run["html_url"]))


def _text(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _later(away: HomeAway) -> TryLater:
    return TryLater(f"{away.platform} does not answer", timedelta(seconds=away.after) if away.after is not None else None)
