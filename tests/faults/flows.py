"""Flows that the fault suite runs: like those of the product, in a hurry."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from core.domain.json import Json
from core.domain.parameters import Bounds, Secret, Subject
from core.domain.steps import Retry
from core.flows import access
from core.flows.context import FlowContext, StepFailed
from core.flows.registry import flow

HASTE = Retry(tries=4, first=timedelta(milliseconds=20), longest=timedelta(milliseconds=100))


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    username: Annotated[str, Subject()]
    target_org: str = "prod"
    access_level: str = "admin"
    duration_minutes: int = 60
    hold_ms: Annotated[int, Bounds(0, 600_000)] = 50
    open_ms: Annotated[int, Bounds(0, 600_000)] = 60_000
    fail: bool = False
    pin: Annotated[str | None, Secret()] = None


@flow(id="hasty-access", category="access", parameters=Access, retry=HASTE)
def hasty_access(ctx: FlowContext, request: Access) -> dict[str, Json]:
    """Access for a moment, and a failure on demand while it is given."""
    ctx.log(f"{request.username} asks")
    ctx.approval("May they?", timeout=timedelta(milliseconds=request.open_ms))
    grant = ctx.step("grant", access.grant, request, undo=access.revoke)
    ctx.log("granted")
    ctx.sleep(timedelta(milliseconds=request.hold_ms))
    if request.fail:
        raise RuntimeError("this flow fails")
    ctx.undo("grant")
    ctx.log("taken back")
    return {"grantedAt": grant["activatedAt"]}


@flow(id="kept-access", category="access", parameters=Access, retry=HASTE)
def kept_access(ctx: FlowContext, request: Access) -> dict[str, Json]:
    """Access until somebody cancels the run."""
    ctx.approval("May they?")
    ctx.step("grant", access.grant, request, undo=access.revoke)
    ctx.sleep(timedelta(hours=1))
    return {}


@flow(id="careless-access", category="access", parameters=Access, retry=HASTE)
def careless_access(ctx: FlowContext, request: Access) -> dict[str, Json]:
    """Access that the flow does without if it is not to be had."""
    ctx.approval("May they?")
    try:
        ctx.step("grant", access.grant, request, undo=access.revoke)
    except StepFailed:
        return {"granted": False}
    return {"granted": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    username: Annotated[str, Subject()]
    children: Annotated[int, Bounds(1, 10)] = 2
    hold_ms: Annotated[int, Bounds(0, 600_000)] = 50


@flow(id="team-access", category="access", parameters=Team, retry=HASTE)
def team_access(ctx: FlowContext, request: Team) -> dict[str, Json]:
    """Access granted twice over: by itself until its children, which each ask on their own, have settled."""
    ctx.approval("May the team?")
    ctx.step("grant", access.grant, Access(username=request.username), undo=access.revoke)
    for _ in range(request.children):
        ctx.spawn("hasty-access", Access(username=request.username, hold_ms=request.hold_ms))
    ended = ctx.children()
    ctx.undo("grant")
    return {"children": [child.status for child in ended]}


FLOWS = (hasty_access, kept_access, careless_access, team_access)
