"""Deployments that wait for us, as a protection rule of an environment: who started them, and our answer to them."""

import re
from dataclasses import dataclass
from typing import Any

from bot.homes import HomeAway
from core.domain.json import Json
from core.domain.messages import Wanted
from core.engine.answer_deployment import Deployment
from core.flows.approve_deployment import approve_deployment
from core.flows.context import Effect, EffectRefused
from integrations.github.authors import whole
from integrations.github.connection import GONE, GitHub, Refused
from integrations.github.credentials import Needs
from integrations.github.keys import PROVIDER, Site, is_repository, repo_path

RULE = "deployment_protection_rule"
LOOK: Needs = {"actions": "read"}
ANSWER: Needs = {"deployments": "write"}
NOTHING_WAITS = 422
LONGEST_NAME = 255
_RUN = re.compile("/actions/runs/([1-9][0-9]{0,18})/deployment_protection_rule$")


class NotToldYet(Exception):
    """GitHub did not say: try again."""


def waiting_of(told: Any, site: Site) -> Wanted | None:
    """Understand that a deployment waits. Of an address in it nothing is used but the number of the run."""
    if told["action"] != "requested":
        return None
    repository, environment, deployment = str(told["repository"]["full_name"]), str(told["environment"]), whole(told["deployment"]["id"])
    run = _RUN.search(str(told["deployment_callback_url"]))
    if run is None or not is_repository(repository):
        raise ValueError("it names no run of a repository")
    shown = {"ref": told.get("ref"), "commit": told.get("sha")}
    parameters: dict[str, Json] = {
        "repository": repository, "environment": environment, "pipelineRun": int(run[1]),
        **{name: str(text)[:LONGEST_NAME] for name, text in shown.items() if text}}
    return Wanted(provider=PROVIDER, id=f"{RULE}:{site.repository_id}/{run[1]}/{deployment}", place=site.place,
                  flow=approve_deployment.id, parameters=parameters)


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubDeployments:
    hub: GitHub
    accounts: str = PROVIDER

    def started_by(self, deployment: Deployment, seconds: float) -> list[str]:
        """Return whose run it is, and who triggered it (again); a run that cannot be read (yet) is asked for again."""
        try:
            run: Any = self.hub.call("GET", _path(deployment), at=deployment.repository, needs=LOOK)
            return sorted({str(whole(run[who]["id"])) for who in ("actor", "triggering_actor")})
        except (Refused, HomeAway) as error:
            raise NotToldYet(f"GitHub does not tell who started run {deployment.pipeline_run}") from error
        except (KeyError, TypeError, ValueError):
            raise NotToldYet(f"GitHub does not tell everybody who started run {deployment.pipeline_run}") from None

    def allow(self, deployment: Deployment, comment: str, effect: Effect) -> None:
        if not self._answer(deployment, "approved", comment) and not self._has_allowed(deployment, comment):
            raise EffectRefused(f"nothing waits before {deployment.environment} any more")

    def refuse(self, deployment: Deployment, comment: str, effect: Effect) -> None:
        self._answer(deployment, "rejected", comment)

    def _has_allowed(self, deployment: Deployment, comment: str) -> bool:
        """Tell whether an earlier try has arrived, though its answer has not."""
        try:
            said: Any = self.hub.call("GET", _path(deployment, "approvals"), at=deployment.repository, needs=LOOK)
        except (Refused, HomeAway) as error:
            raise NotToldYet(f"GitHub does not tell how run {deployment.pipeline_run} was answered") from error
        return any(each.get("state") == "approved" and each.get("comment") == comment
                   and any(place.get("name") == deployment.environment for place in each.get("environments", ())) for each in said)

    def _answer(self, deployment: Deployment, state: str, comment: str) -> bool:
        """Tell whether it waited; once it was answered, or is gone, nothing does."""
        try:
            self.hub.call("POST", _path(deployment, RULE), at=deployment.repository, needs=ANSWER,
                          body={"environment_name": deployment.environment, "state": state, "comment": comment})
        except Refused as refused:
            if refused.status in (*GONE, NOTHING_WAITS):
                return False
            raise NotToldYet(refused.why) from refused
        except HomeAway as away:
            raise NotToldYet(f"{away.platform} did not answer") from away
        return True


def _path(deployment: Deployment, *more: str) -> str:
    return repo_path(deployment.repository, "actions", "runs", deployment.pipeline_run, *more)
