"""Pipelines as they run in GitHub, and those who hold them back or let them through."""

from collections.abc import Iterable

from tests.doubles.github import running
from tests.doubles.github.routing import Stage
from tests.doubles.github.state import App, Environment, Job, Repository, Run, Verdict, Workflow


class Pipelines(Stage):
    """A part of the double; see `GitHub`."""

    def workflow(self, repository: str, file: str = "deploy.yml", *, name: str = "Deploy", inputs: dict[str, bool] | None = None,
                 run_name: str | None = None, environments: Iterable[str] = ()) -> Workflow:
        """Put a workflow into a repository. `inputs`: whether each must be given; None: nobody can dispatch it."""
        with self.lock:
            made = Workflow(id=self.state.new_id(), name=name, path=f".github/workflows/{file}", inputs=inputs, run_name=run_name or name,
                            created_at=self.now(), environments=tuple(environments))
            self.state.repository(repository).workflows[made.id] = made
            return made

    def environment(self, repository: str, name: str, *, apps: Iterable[App] = (), reviewers: Iterable[str] = ()) -> Environment:
        """Let deployments to an environment wait for these Apps' protection rules and for one of these people."""
        with self.lock:
            made = Environment(id=self.state.new_id(), name=name, apps=list(apps), reviewers=[self.state.account(one) for one in reviewers])
            self.state.repository(repository).environments[name] = made
            return made

    def request_deployment(self, login: str, repository: str, environment: str, *, event: str = "push", branch: str = "main") -> Run:
        """Push something that deploys to an environment; return the run, which waits if the environment asks somebody."""
        with self.lock:
            where = self.state.repository(repository)
            of = next((one for one in where.workflows.values() if environment in one.environments), None) or self.workflow(
                repository, f"{environment}.yml", name=f"Deploy to {environment}", environments=[environment])
            made = running.start(self.state, self, where, of, self.state.account(login), event=event, branch=branch, now=self.now())
        self.hooks.settle()
        return made

    def run_starts(self, run: Run) -> None:
        """Let a runner take it up."""
        with self.lock:
            running.go_on(self, self._where(run), run, now=self.now(), by=run.triggering_actor)
        self.hooks.settle()

    def run_finishes(self, run: Run, conclusion: str = "success", *, failed: Iterable[str] = ()) -> None:
        """Let it end; `failed`: the names of the jobs that did."""
        with self.lock:
            now = self.now()
            jobs = [Job(id=self.state.new_id(), name=name, status="completed", conclusion="failure", started_at=now, completed_at=now)
                    for name in failed] or [Job(id=self.state.new_id(), name="deploy", status="completed", conclusion=conclusion,
                                                started_at=now, completed_at=now)]
            running.finish(self, self._where(run), run, conclusion, now=now, by=run.triggering_actor, jobs=jobs)
        self.hooks.settle()

    def rerun(self, login: str, run: Run) -> None:
        """Start it once more, as somebody else may; its gates ask again."""
        with self.lock:
            where, now = self._where(run), self.now()
            run.attempt, run.status, run.conclusion, run.updated_at = run.attempt + 1, "queued", None, now
            run.triggering_actor = self.state.account(login)
            run.gates.clear()
            running.tell(self, where, run, run.triggering_actor, "requested")
            for name in run.workflow.environments:
                running.hold(self.state, self, where, run, name, now=now)
        self.hooks.settle()

    def cancel_run(self, login: str, run: Run) -> None:
        with self.lock:
            running.finish(self, self._where(run), run, "cancelled", now=self.now(), by=self.state.account(login))
        self.hooks.settle()

    def review_deployment(self, login: str, run: Run, environment: str, state: str, comment: str = "") -> None:
        """Let one of an environment's reviewers answer in the page of the run."""
        with self.lock:
            gate = next(one for one in run.gates if one.environment.name == environment)
            who = self.state.account(login)
            assert any(one.id == who.id for one in gate.environment.reviewers), f"{login} is not asked"
            running.judge(self, self._where(run), run, gate, "people", Verdict(
                by=login, environment=environment, state=state, comment=comment, at=self.now()), now=self.now(), by=who)
        self.hooks.settle()

    # -- what a test looks at

    def runs(self, repository: str) -> list[Run]:
        """Return a repository's runs, the oldest first; each with its inputs, verdicts, status and conclusion."""
        with self.lock:
            return list(self.state.repository(repository).runs.values())

    def verdicts(self, run: Run) -> list[tuple[str, str | None, str]]:
        """Return what was said of its deployments, as (environment, state, comment)."""
        with self.lock:
            return [(one.environment, one.state, one.comment) for one in run.verdicts]

    def _where(self, run: Run) -> Repository:
        return next(one for one in self.state.repositories.values() if run.id in one.runs)
