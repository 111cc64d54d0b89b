"""A deployment that waits, where it runs, for people's yes: allowed after it, and refused however else this ends."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from core.domain.json import Json
from core.domain.parameters import Bounds, Title
from core.domain.steps import Retry
from core.flows import deployment
from core.flows.context import FlowContext
from core.flows.registry import flow

PATIENT = Retry(tries=180, first=timedelta(seconds=2), longest=timedelta(minutes=1))  # about three hours
SHOWN_COMMIT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDeployment:
    repository: Annotated[str, Title("Where it runs"), Bounds(most=200)]
    environment: Annotated[str, Title("Where it goes"), Bounds(most=255)]
    pipeline_run: Annotated[int, Title("Run of the pipeline, by its number"), Bounds(least=1)]
    ref: Annotated[str, Title("Branch or tag"), Bounds(most=255)] = ""
    commit: Annotated[str, Title("Commit"), Bounds(most=64)] = ""


@flow(id="approve-deployment", name="Deployment to an environment", category="release", parameters=WaitingDeployment, retry=PATIENT,
      asks=True)
def approve_deployment(ctx: FlowContext, request: WaitingDeployment) -> dict[str, Json]:
    """Let a waiting deployment go on after somebody else than who started it has agreed, and refuse it otherwise."""
    started_by = ctx.step("see", deployment.see, request, undo=deployment.refuse)
    ctx.approval(f"Deploy {_what(request)} to {request.environment}", excluding=started_by)
    ctx.step("allow", deployment.allow, request)
    ctx.log(f"allowed the deployment to {request.environment}")
    return {"environment": request.environment, "pipelineRun": request.pipeline_run}


def _what(request: WaitingDeployment) -> str:
    commit = request.commit[:SHOWN_COMMIT]
    return f"{request.ref} ({commit})" if request.ref and commit else request.ref or commit or request.repository
