"""A release to several environments, each with its own approval, none waiting for another."""

from dataclasses import dataclass
from typing import Annotated

from core.domain.json import Json
from core.domain.parameters import Bounds, Title
from core.flows.context import FlowContext
from core.flows.execute_release import ExecuteRelease, execute_release
from core.flows.registry import flow


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseToEnvironments:
    release: Annotated[str, Title("Which release"), Bounds(most=200)]
    environments: Annotated[tuple[str, ...], Title("Where it goes, each asked for by itself"), Bounds(1, 50)]
    reason: Annotated[str, Title("Why it is needed")] = ""


@flow(id="request-a-release-to-release-envs", name="Release to environments", category="release", parameters=ReleaseToEnvironments,
      asks=True)
def request_a_release_to_release_envs(ctx: FlowContext, request: ReleaseToEnvironments) -> dict[str, Json]:
    """Ask for a release to each of several environments, and deploy it wherever somebody else has agreed."""
    started = {environment: ctx.spawn(execute_release.id, ExecuteRelease(
        release=request.release, environment=environment, reason=request.reason)) for environment in request.environments}
    ended = {child.id: child.status for child in ctx.children()}
    return {"release": request.release, "environments": {environment: ended[child] for environment, child in started.items()}}
