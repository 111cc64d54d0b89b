"""A release to one environment: asked for, and deployed while no other run deploys there."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from core.domain.json import Json
from core.domain.parameters import Bounds, Title
from core.domain.steps import Retry
from core.flows import release
from core.flows.context import FlowContext
from core.flows.registry import flow

PATIENT = Retry(tries=180, first=timedelta(seconds=2), longest=timedelta(minutes=1))  # about three hours


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecuteRelease:
    release: Annotated[str, Title("Which release"), Bounds(most=200)]
    environment: Annotated[str, Title("Where it goes"), Bounds(most=200)]
    reason: Annotated[str, Title("Why it is needed")] = ""


@flow(id="execute-release", name="Release to one environment", category="release", parameters=ExecuteRelease, retry=PATIENT, asks=True)
def execute_release(ctx: FlowContext, request: ExecuteRelease) -> dict[str, Json]:
    """Deploy a release to an environment, after somebody else has agreed, and one at a time there."""
    ctx.approval(f"Release {request.release} to {request.environment}")
    ctx.lock(f"environment {request.environment}")
    deployed = ctx.step("deploy", release.deploy, request, undo=release.stop)
    ctx.log(f"deployed {request.release} to {request.environment}")
    return {"release": request.release, "environment": request.environment, **deployed}
